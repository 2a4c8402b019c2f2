// Follows a running sweep: asks the server whether there is news, and reloads the page as it was left.
window.gradx = window.gradx || {};

(function () {
  "use strict";

  const EVERY = 2000; // milliseconds between questions
  const CALM = 1500; // milliseconds without a key or a click before the page is replaced
  const KEPT = "gradx-live";
  const shown = document.documentElement.dataset.version;
  let touched = 0;

  function said() {
    const found = document.getElementById("live");
    if (found) return found;
    const made = document.createElement("p");
    made.setAttribute("role", "status");
    document.body.prepend(made);
    return made;
  }

  function say(text) {
    const status = said();
    if (status.textContent !== text) status.textContent = text;
    status.dataset.state = text;
  }

  async function ask() {
    try {
      const reply = await fetch("/version", { cache: "no-store" });
      if (!reply.ok) throw new Error(String(reply.status));
      const now = await reply.text();
      if (now === shown) say(performance.now() < 5000 && updated ? "updated" : "live");
      else if (performance.now() - touched < CALM) say("new results");
      else return again();
    } catch {
      say("connection lost");
    }
    window.setTimeout(ask, EVERY);
  }

  /** Only what is looked at asks. */
  function whenSeen() {
    if (!document.hidden) return ask();
    document.addEventListener("visibilitychange", whenSeen, { once: true });
  }

  function fields() {
    return [...document.querySelectorAll("input[id], select[id], textarea[id]")];
  }

  function hidden() {
    return [...document.querySelectorAll(".chart-key[aria-pressed=false]")].map(named);
  }

  function named(key) {
    return `${key.closest("[data-chart]")?.dataset.chart} ${key.title}`;
  }

  /** Reloads; what the reader has chosen is kept for the page that comes. */
  function again() {
    const left = {
      scroll: [window.scrollX, window.scrollY],
      focus: document.activeElement?.id || "",
      folded: [...document.querySelectorAll("details")].map((details) => details.open),
      fields: fields().map((field) => [field.id, field.type === "checkbox" ? field.checked : field.value]),
      hidden: hidden(),
    };
    window.sessionStorage.setItem(KEPT, JSON.stringify(left));
    window.location.reload();
  }

  /** What the page before has left, once. */
  function taken() {
    const kept = window.sessionStorage.getItem(KEPT);
    window.sessionStorage.removeItem(KEPT);
    return kept && JSON.parse(kept);
  }

  function restore(left) {
    for (const [id, value] of left.fields) fill(document.getElementById(id), value);
    const folds = [...document.querySelectorAll("details")];
    if (folds.length === left.folded.length) folds.forEach((details, place) => (details.open = left.folded[place]));
    for (const key of document.querySelectorAll(".chart-key")) if (left.hidden.includes(named(key))) key.click();
    document.getElementById(left.focus)?.focus({ preventScroll: true });
    window.scrollTo(...left.scroll);
  }

  function fill(field, value) {
    if (!field || (field.type === "checkbox" ? field.checked : field.value) === value) return;
    if (field.type === "checkbox") field.checked = value;
    else field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  window.history.scrollRestoration = "manual";
  for (const event of ["keydown", "pointerdown", "wheel"]) {
    document.addEventListener(event, () => (touched = performance.now()), { passive: true });
  }
  const updated = taken();
  say(updated ? "updated" : "live");
  if (updated) restore(updated);
  window.setTimeout(whenSeen, EVERY);
})();
