// A line chart as uPlot wants it: one common x, logarithms where an axis is logarithmic, and the ranges of its axes.
window.gradx = window.gradx || {};

(function () {
  "use strict";

  const NEAR = 3; // decades: a limit is shown where values come this close to it
  const LEAST = 2; // decades that a log axis shows at least: one fitted to a flat line would make it look steep
  const { value } = window.gradx;

  /**
   * The chart as numbers. `x`: the measured x, ascending; `at`: where they stand; `odd`: those that have no place on
   * their scale and stand beside it; `series`: with y, low and high for each x, undefined where the series has no point.
   */
  function plane(chart) {
    const raw = chart.series.map((series) => ({ ...series, x: series.x.map(value) }));
    const events = chart.events.map((event) => value(event.x));
    const place = placer([...raw.flatMap((series) => series.x), ...events], chart.x.log);
    const keyed = raw.map((series) => keys(series.x));
    const points = new Map(keyed.flatMap((own, index) => own.map((key, at) => [key, raw[index].x[at]])));
    const order = Array.from(points.keys()).sort((one, other) => place.at(points.get(one)) - place.at(points.get(other)));
    const index = new Map(order.map((key, at) => [key, at]));
    const aligned = (values, own) => {
      const all = new Array(order.length).fill(undefined);
      own.forEach((key, at) => (all[index.get(key)] = value(values[at])));
      return all;
    };
    const x = order.map((key) => points.get(key));
    const series = raw.map((each, number) => ({
      ...each,
      y: aligned(each.y, keyed[number]),
      low: each.low.length ? aligned(each.low, keyed[number]) : null,
      high: each.high.length ? aligned(each.high, keyed[number]) : null,
    }));
    return { x, at: x.map(place.at), events: events.map(place.at), odd: place.odd, series };
  }

  /** Equal x of one series stay different points. */
  function keys(values) {
    const seen = new Map();
    return values.map((each) => {
      seen.set(each, (seen.get(each) || 0) + 1);
      return `${each}#${seen.get(each)}`;
    });
  }

  function placer(values, log) {
    const fits = (each) => Number.isFinite(each) && (!log || each > 0);
    const inside = values.filter(fits).map((each) => (log ? Math.log10(each) : each));
    const [low, high] = inside.length ? extent(inside) : [0, 0];
    const gap = Math.max((high - low) * 0.08, log ? 0.3 : 0) || 1;
    const at = (each) => {
      if (fits(each)) return log ? Math.log10(each) : each;
      if (Number.isNaN(each)) return high + 2 * gap;
      return each > 0 ? high + gap : low - gap;
    };
    const odd = new Map(values.filter((each) => !fits(each)).map((each) => [at(each), each]));
    return { at, odd };
  }

  function extent(values) {
    return values.reduce(([low, high], each) => [Math.min(low, each), Math.max(high, each)], [Infinity, -Infinity]);
  }

  /** Where a y stands on its scale; null where it is missing or has no place there. */
  function height(y, log) {
    if (y === null || y === undefined || !Number.isFinite(y) || (log && y <= 0)) return null;
    return log ? Math.log10(y) : y;
  }

  /**
   * The mark of what was measured and has no place on its scale, and the edge where it stands; null for the others.
   * NaN stands where it counts as: above everything, or where more is better below.
   */
  function edge(y, { y: { log }, worst }) {
    if (y === null || y === undefined || height(y, log) !== null) return null;
    if (Number.isNaN(y)) return { text: "?", top: value(worst) !== -Infinity };
    if (y === Infinity) return { text: "∞", top: true };
    if (y === 0) return { text: "0", top: false };
    return { text: y === -Infinity ? "-∞" : "<0", top: false };
  }

  /** The whole x axis. */
  function wholeX(chart, plane) {
    if (chart.x.words.length) return [-0.5, chart.x.words.length - 0.5];
    const [low, high] = extent([...plane.at, ...plane.events]);
    const margin = high > low ? (high - low) * 0.02 : chart.x.log ? 0.3 : 0.5;
    return [low - margin, high + margin];
  }

  /** The y axis over what is shown between `from` and `to`: [low, high], and `rows` of marks at either edge. */
  function fittedY(chart, plane, shown, [from, to]) {
    const heights = [];
    const edges = { top: new Set(), bottom: new Set() };
    const top = highest(chart);
    plane.series.forEach((series, number) => {
      if (!shown[number]) return;
      plane.at.forEach((at, index) => {
        if (at < from || at > to) return;
        for (const values of [series.y, series.low, series.high]) {
          const found = values ? height(values[index], chart.y.log) : null;
          if (found !== null && found <= top) heights.push(found);
        }
        const mark = edge(series.y[index], chart);
        if (mark) edges[mark.top ? "top" : "bottom"].add(number);
      });
    });
    const rows = { top: edges.top.size, bottom: edges.bottom.size };
    return { range: stretched(chart, heights), rows, empty: heights.length === 0 };
  }

  /** Where the axis ends even if lines do not. */
  function highest(chart) {
    return height(value(chart.top), chart.y.log) ?? Infinity;
  }

  function stretched(chart, heights) {
    if (!heights.length) return [-1, 1];
    let [low, high] = extent(heights);
    const least = chart.y.log ? LEAST : (Math.abs(high) || 1) * 1e-3;
    const lack = Math.max(least - (high - low), 0) / 2;
    [low, high] = [low - lack, high + lack];
    const marks = [...nearLimits(chart, heights).map((limit) => limit.at), ...reference(chart)];
    const room = (high - low) * 0.1;
    for (const at of marks) [low, high] = [Math.min(low, at - room), Math.max(high, at + room)];
    const margin = (high - low) * 0.05;
    return [low - margin, high + margin];
  }

  function reference(chart) {
    const at = height(value(chart.reference), chart.y.log);
    return at === null ? [] : [at];
  }

  /** The limits to which some of the values come near, each with its place. */
  function nearLimits(chart, heights) {
    if (!heights.length) return [];
    const [low, high] = extent(heights);
    const near = chart.y.log ? NEAR : (high - low) / 2;
    return chart.limits
      .map((limit) => ({ ...limit, at: height(value(limit.value), chart.y.log) }))
      .filter(({ at, beyond }) => at !== null && (beyond === "below" ? low < at + near : high > at - near));
  }

  /** All heights of the shown series, for `nearLimits`. */
  function heights(chart, plane, shown) {
    const chosen = plane.series.filter((_, number) => shown[number]);
    const found = chosen.flatMap((each) => each.y.map((y) => height(y, chart.y.log)));
    return found.filter((each) => each !== null && each <= highest(chart));
  }

  Object.assign(window.gradx, { plane, height, edge, wholeX, fittedY, nearLimits, heights, reference });
})();
