// A table that can be sorted and filtered, a hundred rows at a time.
window.gradx = window.gradx || {};

(function () {
  "use strict";

  const PAGE = 100; // rows
  const FILTERED = 15; // rows, from which on a filter is of use; the runs always have one
  const LONG = 60; // characters, beyond which a text may have several lines
  const LONG_WORD = /\S{31}/; // may be broken
  const { made } = gradx;

  class Table {
    /** Takes over a table of the page. `runs`: all runs, whose columns the table may show. */
    constructor(element, runs) {
      this.element = element;
      this.runs = runs;
      this.data = gradx.read(`rows-${element.dataset.table}`);
      this.columns = this.data.columns.map((column) => ({
        ...column,
        values: column.values ? gradx.columnValues(column) : runs.column(column.key),
      }));
      this.places = [...Array(this.data.rows).keys()];
      this.lines = new Map();
      this.sorted = null;
      this.page = 0;
      this.figure = element.closest("figure");
      this.figure.querySelector(".left-out")?.remove();
      this.head();
      if (this.data.rows > (this.data.aligned ? 1 : FILTERED)) this.controls();
      this.pager = made("div", { class: "pager" });
      this.printed = made("p", { class: "note printed" });
      this.figure.querySelector(".rows").after(this.pager, this.printed);
      this.update();
    }

    /** Buttons in the headings. */
    head() {
      this.headings = [...this.element.querySelectorAll("th")];
      this.headings.forEach((heading, index) => {
        const button = made("button", { type: "button", title: this.columns[index].key }, heading.textContent);
        button.append(made("span", { class: "arrow", "aria-hidden": "true" }));
        button.addEventListener("click", () => this.sort(index));
        heading.dataset.label = heading.textContent; // Chromium repeats no head with buttons on the next page
        heading.replaceChildren(button);
      });
    }

    controls() {
      const name = `filter-${this.element.dataset.table}`;
      const example = this.example();
      this.input = made("input", {
        type: "search",
        id: name,
        placeholder: example,
        autocomplete: "off",
        spellcheck: "false",
      });
      this.input.addEventListener("input", () => this.filter());
      this.said = made("span", { class: "said", role: "status" });
      const box = made("div", { class: "controls scripted" }, made("label", { for: name }, "Filter "), this.input);
      if (this.data.aligned) box.append(...this.choices());
      box.append(this.said);
      this.element.closest(".rows").before(box);
    }

    /** A filter that finds something. */
    example() {
      const column = this.columns.find((each) => each.kind === "spec" && each.values.some((value) => value !== null));
      if (!column) return "words or key==value";
      return gradx.writtenTest(
        column.key,
        column.values.find((value) => value !== null),
      );
    }

    /** A choice for each axis of few values. */
    choices() {
      const few = this.runs.axes.filter((key) => new Set(this.runs.column(key)).size <= 30).slice(0, 6);
      return few.map((key) => {
        const select = made(
          "select",
          { id: `choice-${key}`, "aria-label": key },
          made("option", { value: "" }, `${key}: all`),
        );
        for (const value of gradx.distinct(this.runs.column(key))) {
          select.append(
            made("option", { value: gradx.writtenTest(key, value) }, `${key}: ${this.runs.write(key, value)}`),
          );
        }
        select.addEventListener("change", () => this.filter());
        return select;
      });
    }

    /** Shows only what `text` picks; the choices are reset. */
    show(text) {
      this.input.value = text;
      for (const select of this.input.parentElement.querySelectorAll("select")) select.value = "";
      this.filter();
    }

    filter() {
      const selects = [...this.input.parentElement.querySelectorAll("select")].map((select) => select.value);
      const text = [this.keyed(this.input.value), ...selects].join(" ");
      const { test, problem } = gradx.parsedFilter(
        text,
        (name) => this.named(name),
        (place) => this.line(place),
      );
      const all = [...Array(this.data.rows).keys()];
      this.places = problem ? all : all.filter(test);
      this.wanted = text.trim();
      this.input.setAttribute("aria-invalid", String(problem !== ""));
      this.problem = problem && `${problem}; columns: ${this.columns.map((column) => column.key).join(", ")}`;
      this.page = 0;
      this.arrange();
    }

    /** A filter with keys for headings of several words: `growth.time>1` for `growth per step>1`. */
    keyed(text) {
      const named = this.columns.filter(({ key, label }) => /[^\w.]/.test(label) && /^[A-Za-z_][\w.]*$/.test(key));
      const longest = named.sort((one, other) => other.label.length - one.label.length);
      return longest.reduce((found, { key, label }) => {
        const literal = label.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
        return found.replace(new RegExp(`(^|\\s)(["']?)${literal}\\2(?=\\s*[<>=!])`, "gi"), (_, before) => before + key);
      }, text);
    }

    /** The values of a column by its key or its heading, whatever the case; any column of the runs, where these are the rows. */
    named(name) {
      const wanted = name.toLowerCase();
      const own = this.columns.find((each) => each.key.toLowerCase() === wanted || each.label.toLowerCase() === wanted);
      if (own) return own.values;
      if (!this.data.aligned) return undefined;
      if (this.runs.has(name)) return this.runs.column(name);
      return name in this.runs.alike ? Array(this.data.rows).fill(gradx.plainValue(this.runs.alike[name])) : undefined;
    }

    line(place) {
      if (!this.lines.has(place)) {
        const texts = this.columns.map((column) => gradx.cellText(column.values[place], column));
        this.lines.set(place, texts.join(" ").toLowerCase());
      }
      return this.lines.get(place);
    }

    /** By a column: upwards, then downwards, then as it was. */
    sort(index) {
      if (this.sorted?.index !== index) this.sorted = { index, descending: false };
      else this.sorted = this.sorted.descending ? null : { index, descending: true };
      this.page = 0;
      this.arrange();
    }

    /** Order and page, for a page that takes its place. */
    view() {
      const sort = this.sorted && { key: this.columns[this.sorted.index].key, descending: this.sorted.descending };
      return { sort, page: this.page };
    }

    /** Shows it so again, as far as there still are such columns and rows. */
    look({ sort, page }) {
      const index = sort ? this.columns.findIndex((column) => column.key === sort.key) : -1;
      this.sorted = index < 0 ? null : { index, descending: sort.descending };
      this.page = Math.min(page, Math.max(Math.ceil(this.places.length / PAGE) - 1, 0));
      this.arrange();
    }

    arrange() {
      this.headings.forEach((heading, index) => {
        const active = this.sorted?.index === index;
        if (active) heading.setAttribute("aria-sort", this.sorted.descending ? "descending" : "ascending");
        else heading.removeAttribute("aria-sort");
      });
      this.update();
    }

    /** The places of the rows that are shown, in their order. */
    order() {
      const upwards = [...this.places].sort((a, b) => a - b);
      if (!this.sorted) return upwards;
      return gradx.sortedPlaces(upwards, this.columns[this.sorted.index].values, this.sorted.descending);
    }

    update() {
      this.ordered = this.order();
      const part = this.ordered.slice(this.page * PAGE, (this.page + 1) * PAGE);
      const body = document.createDocumentFragment();
      for (const place of part) body.append(made("tr", {}, ...this.columns.map((column) => this.cell(column, place))));
      if (!part.length)
        body.append(made("tr", {}, made("td", { colspan: this.columns.length }, "no row is like that")));
      this.element.tBodies[0].replaceChildren(body);
      if (this.said) {
        const amount = this.ordered.length.toLocaleString("en");
        const all = this.data.rows.toLocaleString("en");
        this.said.textContent = this.problem || (amount === all ? `${all} rows` : `${amount} of ${all} rows`);
      }
      this.paging();
      this.printed.textContent = this.onPaper(part.length);
    }

    /** What the reader of a print has to know: which of the rows these are. */
    onPaper(amount) {
      const first = this.page * PAGE + 1;
      const which = amount < this.ordered.length ? `rows ${first} to ${first + amount - 1} of ${this.ordered.length}` : "";
      const chosen = this.ordered.length < this.data.rows ? `${this.ordered.length} of ${this.data.rows} rows, with ${this.wanted}` : "";
      const by = this.sorted && `sorted by ${this.columns[this.sorted.index].label}${this.sorted.descending ? ", downwards" : ""}`;
      const said = [which, chosen, by].filter(Boolean).join("; ");
      const file = this.data.aligned ? "--csv" : "--json"; // the rows of the former are runs
      const rest = which || chosen ? ` All rows: this page in a browser, or gradx report ${file}.` : "";
      return said && `Printed: ${said}.${rest}`;
    }

    cell(column, place) {
      const value = column.values[place];
      if (column.kind === "word" && value !== null) {
        return made("td", { class: gradx.wordClass(value) }, gradx.withSymbol(value, this.runs.symbols));
      }
      const text = gradx.cellText(value, column);
      if (column.key === "run") {
        const anchor = this.data.aligned ? this.runs.anchors[place] : this.runs.anchorOf(value);
        if (anchor) return made("td", {}, made("a", { href: `#run-${anchor}` }, text));
      }
      if (!column.numeric && (text.length > LONG || LONG_WORD.test(text))) return made("td", { class: "long" }, text);
      const odd = typeof value === "number" && !Number.isFinite(value);
      return made("td", { class: `${column.numeric ? "number" : ""}${odd ? " odd" : ""}`.trim() || null }, text);
    }

    /** Buttons to the pages before and after. */
    paging() {
      const pages = Math.ceil(this.ordered.length / PAGE);
      this.pager.replaceChildren();
      if (pages < 2) return;
      const first = this.page * PAGE + 1;
      const last = Math.min(first + PAGE - 1, this.ordered.length);
      const range = `${first.toLocaleString("en")}–${last.toLocaleString("en")} of ${this.ordered.length.toLocaleString("en")}`;
      this.pager.append(
        this.turn("Previous", -1, this.page > 0),
        made("span", { role: "status" }, range),
        this.turn("Next", 1, this.page < pages - 1),
      );
    }

    turn(label, by, possible) {
      const button = made("button", { type: "button", class: "quiet", disabled: !possible }, label);
      button.addEventListener("click", () => {
        this.page += by;
        this.update();
        const same = [...this.pager.querySelectorAll("button")].find((each) => each.textContent === label);
        (same.disabled ? this.pager.querySelector("button:not([disabled])") : same)?.focus();
      });
      return button;
    }
  }

  Object.assign(window.gradx, { Table });
})();
