// The panel of one run: its facts, its evidence, its charts, and how to see it again.
window.gradx = window.gradx || {};

(function () {
  "use strict";

  const { made } = gradx;
  const TEXTS = ["evidence.depth", "evidence.time", "error"];

  class Panel {
    /** `order()`: the places of the runs as the reader sees them, for the buttons to the next and the one before. */
    constructor(runs, order) {
      this.runs = runs;
      this.order = order;
      this.dialog = document.getElementById("panel");
      window.addEventListener("hashchange", () => this.follow());
      this.dialog.addEventListener("close", () => this.left());
      this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
      this.follow();
    }

    /** Opens the run of the address, if it is one. */
    follow() {
      const anchor = decoded(window.location.hash);
      const place = anchor.startsWith("#run-") ? this.runs.places.get(anchor.slice("#run-".length)) : undefined;
      if (place !== undefined) this.open(place);
      else if (this.dialog.open) this.dialog.close();
    }

    open(place) {
      const anchor = this.runs.anchors[place];
      const sections = this.runs.drawn.has(anchor) ? gradx.read(`panel-${anchor}`) : null;
      this.dialog.replaceChildren(this.head(place), ...this.words(place, sections || []));
      this.dialog.append(made("dl", { class: "facts-of" }, ...this.facts(place)));
      if (!this.dialog.open) this.dialog.showModal();
      this.dialog.scrollTop = 0;
      this.charts(sections); // when it is open, and has a width
      this.dialog.append(this.shared(), ...this.again(place));
    }

    /** The address no longer names the run; the page stays where it is. */
    left() {
      if (window.location.hash.startsWith("#run-")) {
        window.history.replaceState(null, "", window.location.pathname + window.location.search);
      }
      this.dialog.replaceChildren();
    }

    head(place) {
      const title = made("h2", { id: "panel-title" }, this.runs.name(place) || "The run");
      const id = made("code", {}, String(this.runs.has("run") ? this.runs.column("run")[place] : this.runs.alike.run));
      const close = made("button", { type: "button", class: "quiet", autofocus: true }, "Close");
      close.addEventListener("click", () => this.dialog.close());
      const buttons = made(
        "div",
        { class: "turns" },
        this.turn("Previous", place, -1),
        this.turn("Next", place, 1),
        close,
      );
      return made("header", {}, made("div", {}, title, made("p", { class: "note" }, "run ", id)), buttons);
    }

    turn(label, place, by) {
      const order = this.order();
      const next = order[order.indexOf(place) + by];
      const possible = order.includes(place) && next !== undefined;
      const button = made("button", { type: "button", class: "quiet", disabled: !possible }, label);
      button.addEventListener("click", () => {
        window.history.replaceState(null, "", `#run-${this.runs.anchors[next]}`);
        this.open(next);
        const same = [...this.dialog.querySelectorAll(".turns button")].find((each) => each.textContent === label);
        (same.disabled ? this.dialog.querySelector(".turns button:not([disabled])") : same).focus();
      });
      return button;
    }

    /** Evidence and errors, in full, unless a section says them. */
    words(place, sections) {
      return TEXTS.filter((key) => this.runs.has(key)).flatMap((key) => {
        const text = this.runs.column(key)[place];
        if (text !== null && sections.some((section) => section.note.includes(text))) return [];
        if (text !== null) return [made("p", { class: key === "error" ? "evidence error" : "evidence" }, text)];
        const cut = this.runs.described.get(key).cut;
        return cut
          ? [
              made(
                "p",
                { class: "note" },
                `${key} is left out here to keep the page small; the command below shows it.`,
              ),
            ]
          : [];
      });
    }

    /** What tells this run from others: a term and a value for each column. */
    facts(place) {
      const keys = this.runs.columns.map((column) => column.key).filter((key) => !TEXTS.includes(key) && key !== "run");
      return keys
        .filter((key) => this.runs.column(key)[place] !== null)
        .map((key) => {
          const value = this.runs.column(key)[place];
          const word = key.startsWith("verdict.") || key === "status";
          const text = word ? gradx.withSymbol(value, this.runs.symbols) : this.runs.text(key, place);
          return made(
            "div",
            {},
            made("dt", {}, key),
            made("dd", { class: word ? gradx.wordClass(value) : null }, text),
          );
        });
    }

    shared() {
      const terms = Object.entries(this.runs.alike).map(([key, value]) =>
        made(
          "div",
          {},
          made("dt", {}, key),
          made("dd", {}, gradx.cellText(gradx.plainValue(value), { kind: "spec", digits: 6 })),
        ),
      );
      if (!terms.length) return "";
      return made(
        "details",
        {},
        made("summary", {}, "The same in all runs"),
        made("dl", { class: "facts-of" }, ...terms),
      );
    }

    charts(sections) {
      if (!sections) {
        this.dialog.append(
          made(
            "p",
            { class: "note" },
            "The charts of this run are not on the page, to keep it small; the command below draws them.",
          ),
        );
        return;
      }
      for (const section of sections) {
        const box = made("div", { class: "elements" });
        this.dialog.append(
          made("section", {}, made("h3", {}, section.title), made("p", { class: "note" }, section.note), box),
        );
        for (const element of section.elements) box.append(...figure(element));
        for (const element of section.elements) draw(box, element);
      }
    }

    again(place) {
      const run = this.runs.has("run") ? this.runs.column("run")[place] : this.runs.alike.run;
      if (!/^[0-9A-Za-z_-]+$/.test(run)) return [];
      const command = `${this.runs.again} --where 'run == "${run}"'`;
      return [
        made("h3", {}, "See it again"),
        made("p", {}, made("code", { class: "command" }, command)),
        made("p", {}, made("code", { class: "command" }, `${command} --figures figures --format pdf`)),
      ];
    }
  }

  function decoded(text) {
    try {
      return decodeURIComponent(text);
    } catch {
      return "";
    }
  }

  function figure(element) {
    if (element.kind === "table") return [tableOf(element)];
    const plot = made("div", { class: "plot", "data-panel": element.key });
    return [
      made(
        "figure",
        { class: "drawing" },
        made("h4", {}, element.title),
        plot,
        made("figcaption", {}, element.caption),
      ),
    ];
  }

  function draw(box, element) {
    if (element.kind === "table") return;
    const host = [...box.querySelectorAll("[data-panel]")].find((each) => each.dataset.panel === element.key);
    gradx.draw(host, element);
  }

  function tableOf(table) {
    const head = table.columns.map((column) => made("th", { scope: "col" }, column.label));
    const rows = (table.columns[0]?.values || []).map((_, place) =>
      made(
        "tr",
        {},
        ...table.columns.map((column) =>
          made("td", {}, gradx.cellText(gradx.plainValue(column.values[place]), { ...column, digits: 6 })),
        ),
      ),
    );
    const whole = made("table", {}, made("thead", {}, made("tr", {}, ...head)), made("tbody", {}, ...rows));
    return made(
      "figure",
      { class: "listing" },
      made("h4", {}, table.title),
      made("div", { class: "rows", role: "region", "aria-label": table.title, tabindex: "0" }, whole),
    );
  }

  Object.assign(window.gradx, { Panel });
})();
