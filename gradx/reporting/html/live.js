// Follows a running sweep: asks the server whether there is news, and reloads the page as it was left.
window.gradx = window.gradx || {};

(function () {
  "use strict";

  const EVERY = 2000; // milliseconds between questions
  const CALM = 1500; // milliseconds without a key or a click before the page is replaced
  const KEPT = "gradx-live";
  const shown = document.documentElement.dataset.version;
  const failed = shown?.endsWith(" failed"); // the page that says why there is none
  const { gradx } = window;
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
    return `${chartOf(key)} ${key.title}`;
  }

  /** The name of the chart around an element, on the page or in a panel. */
  function chartOf(element) {
    const { chart, panel } = element.closest("[data-chart], [data-panel]").dataset;
    return chart ?? panel;
  }

  function charts() {
    const hosts = [...document.querySelectorAll("[data-chart], [data-panel]")];
    return hosts.map((host) => [chartOf(host), gradx.views.get(host)]).filter(([, view]) => view);
  }

  /** What scrolls in itself. */
  function boxes() {
    return [...document.querySelectorAll("[role=region][aria-label], #panel")];
  }

  const labelOf = (box) => box.id || box.closest("figure[id]")?.id || box.ariaLabel; // titles count, ids do not

  /** Reloads; what the reader has chosen is kept for the page that comes. A page of an error has nothing to keep. */
  function again() {
    if (!failed) window.sessionStorage.setItem(KEPT, JSON.stringify(chosen()));
    window.location.reload();
  }

  function chosen() {
    return {
      scroll: [window.scrollX, window.scrollY],
      focus: document.activeElement?.id || "",
      folded: [...document.querySelectorAll("details")].map((details) => details.open),
      fields: fields().map((field) => [field.id, field.type === "checkbox" ? field.checked : field.value]),
      hidden: hidden(),
      tables: [...gradx.tables ?? []].map(([key, table]) => [key, table.view()]),
      charts: charts().map(([key, view]) => [key, view.now()]).filter(([, view]) => view),
      boxes: boxes().map((box) => [labelOf(box), box.scrollLeft, box.scrollTop]),
    };
  }

  /** What the page before has left, once. */
  function taken() {
    if (failed) return null;
    const kept = window.sessionStorage.getItem(KEPT);
    window.sessionStorage.removeItem(KEPT);
    return kept && JSON.parse(kept);
  }

  function restore(left) {
    for (const [id, value] of left.fields) fill(document.getElementById(id), value);
    const folds = [...document.querySelectorAll("details")];
    if (folds.length === left.folded.length) folds.forEach((details, place) => (details.open = left.folded[place]));
    for (const key of document.querySelectorAll(".chart-key")) if (left.hidden.includes(named(key))) key.click();
    const tables = new Map(left.tables);
    for (const [key, table] of gradx.tables ?? []) if (tables.has(key)) table.look(tables.get(key));
    const views = new Map(left.charts);
    for (const [key, view] of charts()) if (views.has(key)) view.show(views.get(key));
    const places = new Map(left.boxes.map(([label, ...place]) => [label, place]));
    for (const box of boxes()) [box.scrollLeft, box.scrollTop] = places.get(labelOf(box)) ?? [0, 0];
    document.getElementById(left.focus)?.focus({ preventScroll: true });
    window.scrollTo(...left.scroll);
  }

  function fill(field, value) {
    if (!field || (field.type === "checkbox" ? field.checked : field.value) === value) return;
    if (field.type === "checkbox") field.checked = value;
    else if (!field.options || [...field.options].some((option) => option.value === value)) field.value = value;
    else return; // there is no such choice any more
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
