// What stands in a cell: the same texts as cells.py makes, and symbols beside words.
window.gradx = window.gradx || {};

(function () {
  "use strict";

  const MISSING = "-";
  const WORDS = new Set(["vanishing", "exploding", "stable", "finished", "diverged", "failed"]);
  const DIGITS = 3;
  const FULL = 10000; // below which numbers that are whole are shown in full
  const EXACT = 1e15; // the same for values of a spec

  /** The text of a value in a column of that kind (with `kind`, `whole`, `digits`), without a symbol. */
  function cellText(value, { kind, whole, digits } = {}) {
    if (value === null || value === undefined) return MISSING;
    if (typeof value === "boolean") return value ? "yes" : "no";
    if (typeof value !== "number") return String(value);
    if (Number.isInteger(value) && (whole || (kind === "spec" && Math.abs(value) < EXACT))) return String(value);
    return short(value, kind === "spec" ? digits : DIGITS);
  }

  /** A number with so many significant digits: 0.0123, 1e-20, inf, nan. */
  function short(value, digits) {
    if (!Number.isInteger(value) || Math.abs(value) < FULL) return gradx.number(value, digits);
    const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
    return exponent < Math.max(digits, 5)
      ? String(Number(value.toPrecision(digits)))
      : `${Number(mantissa)}e${Number(exponent)}`;
  }

  /** The text with the symbol of a verdict or a status before it. */
  function withSymbol(word, symbols) {
    return WORDS.has(word) ? `${symbols[word]} ${word}` : cellText(word);
  }

  /** The classes that give a word its colour. */
  function wordClass(word) {
    return WORDS.has(word) ? `word ${word}` : "word";
  }

  /** A new element. `content`: texts and elements; `attributes`: by name, those that are null or false left out. */
  function made(tag, attributes = {}, ...content) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...content);
    return element;
  }

  Object.assign(window.gradx, { cellText, withSymbol, wordClass, made });
})();
