// The runs of the page: columns of values by key, made from its JSON when they are first asked for.
window.gradx = window.gradx || {};

(function () {
  "use strict";

  /** The data of a script element; null where there is none. */
  function read(id) {
    const element = document.getElementById(id);
    return element ? JSON.parse(element.textContent) : null;
  }

  /** The values of a column of the JSON: numbers with NaN and infinities, texts, booleans; null is missing. */
  function values(column) {
    if (column.codes) return column.codes.map((code) => (code === null ? null : column.words[code]));
    if (column.kind === "number" || column.numeric) return column.values.map(measured);
    return column.values;
  }

  function measured(encoded) {
    return typeof encoded === "string" || encoded === null ? special(encoded) : encoded;
  }

  /** A single value of the JSON. */
  function special(encoded) {
    if (typeof encoded === "boolean") return encoded;
    const found = gradx.value(encoded);
    return found === undefined ? encoded : found; // a text among numbers stays what it is
  }

  /** All about the runs of the page. */
  class Runs {
    constructor(data) {
      Object.assign(this, data);
      this.drawn = new Set(data.drawn.map((place) => data.anchors[place]));
      this.places = new Map(data.anchors.map((anchor, place) => [anchor, place]));
      this.described = new Map(data.columns.map((column) => [column.key, column]));
      this.made = new Map();
    }

    has(key) {
      return this.described.has(key);
    }

    /** The values of a column, one for each run. */
    column(key) {
      if (!this.made.has(key)) this.made.set(key, values(this.described.get(key)));
      return this.made.get(key);
    }

    /** The anchor of the first run with that id; undefined where there is none. */
    anchorOf(run) {
      if (!this.byId) {
        const ids = this.has("run") ? this.column("run") : [this.alike.run];
        this.byId = new Map(ids.map((id, place) => [id, this.anchors[place]]).reverse());
      }
      return this.byId.get(run);
    }

    /** The text of a value of a column. */
    text(key, place) {
      return this.write(key, this.column(key)[place]);
    }

    write(key, value) {
      const { digits, whole } = this.described.get(key);
      return gradx.cellText(value, { kind: digits === undefined ? "number" : "spec", digits, whole });
    }

    /** Where a run is among the others: `clipping norm, optimizer.lr 0.01, seed 0`. */
    name(place) {
      const known = this.axes.filter((key) => this.column(key)[place] !== null);
      return known.map((key) => `${key} ${this.text(key, place)}`).join(", ");
    }
  }

  const all = () => new Runs(read("all-runs"));

  Object.assign(window.gradx, { read, columnValues: values, plainValue: special, allRuns: all });
})();
