// The axes of a line chart: ticks that fit beside each other, with their texts.
window.gradx = window.gradx || {};

(function () {
  "use strict";

  const { number, clipped, linearTicks, logTicks, logTexts, widthOf } = window.gradx;
  const WORD = 22; // characters at most
  const GAP = 14; // pixels between labels
  const SLANT = 40; // degrees of words that do not fit beside each other

  /** The axes of uPlot for the chart of `state`, with labels of `size` pixels. */
  function lineAxes(state, size) {
    const wide = (text) => widthOf(text, size, state.theme.font);
    const common = {
      stroke: () => state.theme.fg,
      font: () => `${size}px ${state.theme.font}`,
      grid: { stroke: () => state.theme.grid, width: 1 },
      ticks: { stroke: () => state.theme.grid, width: 1, size: 5 },
      border: { show: true, stroke: () => state.theme.muted, width: 1 },
      gap: 4,
    };
    for (const key of ["font"]) common[key] = common[key]();
    const across = words(state) ? wordAxis(state, wide) : numberAxis(state, wide);
    const upward = {
      scale: "y",
      splits: (plot, _, low, high) => upTicks(state, plot, low, high),
      values: (plot, splits) => texts(state.chart.y.log, splits),
      size: (plot, labels) => Math.ceil(Math.max(...(labels || [""]).map(wide), 10)) + 16,
    };
    return [{ ...common, ...across, scale: "x" }, { ...common, ...upward }];
  }

  function words(state) {
    return state.chart.x.words.length > 0;
  }

  function upTicks(state, plot, low, high) {
    if (state.empty) return [];
    const most = Math.min(Math.max(Math.floor((plot.bbox.height || 200) / (window.devicePixelRatio || 1) / 36), 2), 8);
    return state.chart.y.log ? logTicks(low, high, most) : linearTicks(low, high, most, state.chart.y.integer);
  }

  function texts(log, ticks) {
    return log ? logTexts(ticks) : ticks.map((tick) => number(tick, 6));
  }

  /** Numbers below: as many as fit; what has no place on the scale has its own tick beside the others. */
  function numberAxis(state, wide) {
    const { log, integer } = state.chart.x;
    const { odd } = state.plane;
    const usual = (low, high) => {
      const width = Math.max(state.stage.clientWidth - 90, 120);
      for (let most = 10; most > 2; most -= 1) {
        const ticks = log ? logTicks(low, high, most) : linearTicks(low, high, most, integer);
        const needed = texts(log, ticks).map((text) => wide(text) + GAP);
        if (Math.max(...needed) * ticks.length <= width) return ticks;
      }
      return log ? logTicks(low, high, 2) : linearTicks(low, high, 2, integer);
    };
    const ends = state.plane.at.filter((at) => !odd.has(at));
    const splits = (plot, _, low, high) => {
      const inner = odd.size ? usual(Math.max(low, Math.min(...ends)), Math.min(high, Math.max(...ends))) : usual(low, high);
      const extra = Array.from(odd.keys()).filter((at) => at >= low && at <= high);
      const kept = inner.filter((tick) => !extra.some((at) => Math.abs(at - tick) < (high - low) * 0.04));
      return [...kept, ...extra].sort((one, other) => one - other);
    };
    const values = (plot, ticks) => {
      const plain = texts(log, ticks.filter((tick) => !odd.has(tick)));
      return ticks.map((tick) => (odd.has(tick) ? number(odd.get(tick)) : plain.shift()));
    };
    return { splits, values, size: 28 };
  }

  /** Words below: beside each other where they fit, else slanted, and only every second, third ... of them. */
  function wordAxis(state, wide) {
    const all = state.chart.x.words.map((word) => clipped(String(word), WORD));
    const longest = Math.max(...all.map(wide));
    const shown = (low, high) => all.map((_, index) => index).filter((index) => index >= low && index <= high);
    const each = (low, high) => Math.max(state.stage.clientWidth - 90, 120) / Math.max(high - low, 1);
    const slanted = (plot) => longest + GAP > each(plot.scales.x.min ?? state.x[0], plot.scales.x.max ?? state.x[1]);
    const splits = (plot, _, low, high) => {
      const step = Math.max(1, Math.ceil(18 / each(low, high)));
      return shown(low, high).filter((index) => index % step === 0);
    };
    const reach = (plot) => {
      const [low, high] = [plot.scales.x.min ?? state.x[0], plot.scales.x.max ?? state.x[1]];
      const room = each(low, high);
      const beyond = (index) => wide(all[index]) * Math.cos((SLANT * Math.PI) / 180) - 30 - room * (index - low);
      const part = (index) => 1 - Math.min((index - low) / Math.max(high - low, 1), 0.9); // the others move, too
      return Math.max(0, ...shown(low, high).map((index) => beyond(index) / part(index)));
    };
    return {
      splits,
      padding: (plot) => (slanted(plot) ? reach(plot) : 0), // words that go out to the left
      values: (plot, ticks) => ticks.map((tick) => all[tick]),
      rotate: (plot) => (slanted(plot) ? SLANT : 0),
      size: (plot) => (slanted(plot) ? Math.ceil(longest * Math.sin((SLANT * Math.PI) / 180)) + 26 : 28),
      grid: { show: false },
    };
  }

  Object.assign(window.gradx, { lineAxes });
})();
