// Runs put together over two axes: what the map shows.
window.gradx = window.gradx || {};

(function () {
  "use strict";

  const MOST = 40; // values along an axis; numbers beyond are put together
  const BINS = 16;

  /**
   * The places along an axis: `{label, test(place), written}`, where `written` is the filter that picks its runs.
   * Many different numbers are put together, as many runs in each place as far as they allow.
   */
  function placesAlong(runs, key) {
    const values = runs.column(key);
    const found = gradx.distinct(values);
    const numbers = found.filter((value) => typeof value === "number" && Number.isFinite(value));
    if (found.length > MOST && numbers.length > MOST) return binned(runs, key, numbers);
    return found.map((value) => ({
      label: runs.write(key, value),
      numeric: typeof value === "number",
      written: gradx.writtenTest(key, value),
      test: (place) => Object.is(values[place], value),
    }));
  }

  function binned(runs, key, numbers) {
    const values = runs.column(key);
    const starts = [...Array(BINS).keys()].map((bin) => numbers[Math.floor((bin * numbers.length) / BINS)]);
    return starts.map((low, bin) => {
      const last = bin === BINS - 1;
      const high = last ? numbers.at(-1) : starts[bin + 1];
      return {
        label: `${gradx.number(low, 2)}–${gradx.number(high, 2)}`,
        numeric: true,
        written: `${key}>=${low} ${key}${last ? "<=" : "<"}${high}`,
        test: (place) => values[place] >= low && (last ? values[place] <= high : values[place] < high),
      };
    });
  }

  /**
   * The cells over two axes: `cells[row][column]` with `runs`, the places of its runs; `value`; and of numbers `low`,
   * `high`, `nan` and `infinite`, how many there are; of words `word` and `times`.
   */
  function grid(runs, across, up, value, fixed) {
    const columns = placesAlong(runs, across);
    const rows = placesAlong(runs, up);
    const [column, row] = [assigned(runs.count, columns), assigned(runs.count, rows)];
    const members = rows.map(() => columns.map(() => []));
    for (let place = 0; place < runs.count; place += 1) {
      if (column[place] < 0 || row[place] < 0 || !fixed.every((test) => test(place))) continue;
      members[row[place]][column[place]].push(place);
    }
    const values = runs.column(value.key);
    const without = new Set(value.without);
    const summary = { number: (known) => numberOf(known, value.factors), share: shareOf, word: wordOf }[value.kind];
    const cells = members.map((line) =>
      line.map((places) => {
        const known = places
          .filter((place) => !without.has(place))
          .map((place) => values[place])
          .filter((each) => each !== null && each !== undefined);
        return {
          runs: places,
          missing: places.length - known.length,
          ...(known.length ? summary(known) : { value: null }),
        };
      }),
    );
    return { columns, rows, cells };
  }

  /** For each run the number of its place along an axis; -1 where it has none. */
  function assigned(count, places) {
    const found = new Int32Array(count).fill(-1);
    places.forEach((each, number) => {
      for (let place = 0; place < count; place += 1) if (found[place] < 0 && each.test(place)) found[place] = number;
    });
    return found;
  }

  /** The median, where nan counts as larger than any number; the middle of two factors is their geometric mean. */
  function numberOf(values, factors) {
    const order = values
      .map(Number)
      .sort((a, b) => (Number.isNaN(a) ? 1 : 0) - (Number.isNaN(b) ? 1 : 0) || (a < b ? -1 : a > b ? 1 : 0));
    const numbers = order.filter((each) => !Number.isNaN(each));
    const half = Math.floor(order.length / 2);
    const [before, middle] = [order[order.length % 2 ? half : half - 1], order[half]];
    const geometric = factors && before >= 0 && Number.isFinite(middle);
    const between = geometric ? Math.sqrt(before) * Math.sqrt(middle) : before / 2 + middle / 2;
    return {
      value: before === middle ? middle : between,
      low: numbers.length ? numbers[0] : NaN,
      high: numbers.length ? numbers.at(-1) : NaN,
      nan: order.length - numbers.length,
      infinite: numbers.filter((each) => !Number.isFinite(each)).length,
    };
  }

  function shareOf(values) {
    const times = values.filter((each) => each === true || each === 1).length;
    return { value: times / values.length, times };
  }

  /** The most frequent word; of several the first by the alphabet. */
  function wordOf(values) {
    const counts = new Map();
    for (const value of values) counts.set(String(value), (counts.get(String(value)) || 0) + 1);
    const [[word, times]] = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    return { value: times, word, times, counts };
  }

  Object.assign(window.gradx, { grid });
})();
