// The order of values: numbers from -inf to inf, then texts, then nan, and at the end what is missing.
window.gradx = window.gradx || {};

(function () {
  "use strict";

  const collator = new Intl.Collator("en", { numeric: true });

  /** The places 0 ... values.length - 1 in the order of their values; nan and missing stay last either way. */
  function sortedPlaces(places, values, descending) {
    const sign = descending ? -1 : 1;
    return [...places].sort((one, other) => {
      const [a, b] = [values[one], values[other]];
      const [first, second] = [rank(a), rank(b)];
      if (first !== second) return first < 2 && second < 2 ? sign * (first - second) : first - second;
      return sign * (first === 0 ? ascending(a, b) : first === 1 ? collator.compare(a, b) : 0) || one - other;
    });
  }

  function rank(value) {
    if (value === null || value === undefined) return 3;
    if (typeof value === "number") return Number.isNaN(value) ? 2 : 0;
    return typeof value === "boolean" ? 0 : 1;
  }

  function ascending(a, b) {
    return a < b ? -1 : a > b ? 1 : 0; // infinities, too: their difference is no number
  }

  /** The different values of a column: numbers upwards, texts as they come, nan and missing last. */
  function distinct(values) {
    const found = [...new Set(values)];
    const places = [...found.keys()];
    return sortedPlaces(
      places,
      found.map((value) => (typeof value === "string" ? "" : value)),
      false,
    ).map((place) => found[place]);
  }

  Object.assign(window.gradx, { sortedPlaces, distinct });
})();
