// `gradx.drawLines(host, chart)`: a line chart, with zoom, cursor, legend and its data as a table.
window.gradx = window.gradx || {};

(function () {
  "use strict";

  const gradx = window.gradx;
  const { element, number, value } = gradx;
  const TEXT = 12; // pixels
  const DENSE = 400; // points, from which on lines are thin
  gradx.views = new WeakMap(); // what each chart shows, by its host: `now()`, and `show(view)` of an earlier one

  /** Draws `chart` (a `LineChart` as JSON) in `host` and keeps it as wide as that. */
  function drawLines(host, chart) {
    host.classList.add("chart");
    const plane = gradx.plane(chart);
    if (!plane.series.some((series) => series.y.some((y) => y !== null && y !== undefined))) {
      element("p", host, "chart-empty", "nothing was measured");
      return;
    }
    const state = made(chart, plane, host);
    const head = element("div", host, "chart-head");
    element("div", head, "chart-y", gradx.titled(chart.y));
    state.stage = element("div", host, "chart-stage");
    state.tip = gradx.tooltip(state.stage);
    element("div", host, "chart-x", gradx.titled(chart.x));
    gradx.toolbar(head, [
      ["+", "zoom in", () => zoom(state, 1 / 1.5)],
      ["−", "zoom out", () => zoom(state, 1.5)],
      ["reset", "reset the view", () => look(state, null, null)],
    ]);
    state.pressed = gradx.legend(host, state);
    state.say = gradx.voice(host);
    gradx.data(host, chart.title, headings(chart), () => rows(chart, plane));
    const resized = (width, height) => sized(state, width, height);
    gradx.watch(state.stage, resized, () => recoloured(state), () => state.plot.destroy());
  }

  function made(chart, plane, host) {
    const state = { chart, plane, host, shown: plane.series.map(() => true), focus: null, rows: { top: 0, bottom: 0 } };
    state.styles = gradx.styles(plane.series);
    state.references = gradx.reference(chart);
    state.whole = gradx.wholeX(chart, plane);
    state.x = state.whole;
    state.zoomedY = null;
    state.faded = (place) => (state.focus === null || state.focus === place ? 1 : 0.2);
    state.limits = () => gradx.nearLimits(chart, gradx.heights(chart, plane, state.shown));
    gradx.views.set(host, { now: () => seen(state), show: (view) => show(state, view) });
    state.toggle = (places, on) => {
      for (const place of places) state.shown[place] = on;
      refresh(state);
    };
    state.only = (place) => {
      state.shown = state.shown.map((_, each) => each === place);
      refresh(state);
    };
    state.focusOn = (place) => {
      state.focus = place !== null && state.shown[place] ? place : null;
      if (state.plot) state.plot.redraw(false);
    };
    state.theme = gradx.theme(host);
    return state;
  }

  function recoloured(state) {
    state.theme = gradx.theme(state.host);
    state.plot.redraw(false, true);
  }

  function sized(state, width, height = Math.round(Math.min(Math.max(width * 0.5, 260), 380))) {
    const size = { width, height };
    if (state.plot) return void state.plot.setSize(size);
    range(state, size.height);
    state.plot = new uPlot({ ...size, ...options(state) }, data(state), state.stage);
    const { over } = state.plot;
    over.tabIndex = 0;
    over.setAttribute("role", "img");
    over.setAttribute("aria-label", summary(state));
    over.addEventListener("keydown", (event) => key(state, event));
    over.addEventListener("blur", () => state.tip.hide());
    state.pressed();
  }

  function data({ plane, chart }) {
    const up = (y) => (y === undefined ? undefined : gradx.height(y, chart.y.log));
    return [plane.at, ...plane.series.map((series) => series.y.map(up))];
  }

  /** The y range for what is shown, with room for the marks at its edges. */
  function range(state, height) {
    const fitted = gradx.fittedY(state.chart, state.plane, state.shown, state.x);
    state.rows = fitted.rows;
    state.empty = fitted.empty;
    const [low, high] = fitted.range;
    const pixel = (high - low) / Math.max(height - 60, 60);
    const room = (rows) => (rows ? (8 + Math.min(rows, gradx.EDGE_ROWS) * gradx.ROW) * pixel : 0);
    const labels = state.chart.events.length ? 16 * pixel : 0;
    state.y = state.zoomedY || [low - room(fitted.rows.bottom), high + room(fitted.rows.top) + labels];
  }

  /** Shows x from and to; y as fits where it is null. Both null: everything. */
  function look(state, x, y) {
    state.x = x || state.whole;
    state.zoomedY = y;
    refresh(state);
  }

  /** What is seen of the whole, in values that another page can know; null for all of it. */
  function seen({ chart, x, whole, zoomedY }) {
    return x === whole && !zoomedY ? null : { on: scales(chart), x: x === whole ? null : x, y: zoomedY };
  }

  /** An earlier view, as far as there still are such values. */
  function show(state, { on, x, y }) {
    if (on !== scales(state.chart)) return;
    const [low, high] = state.whole;
    const kept = x && [Math.max(x[0], low), Math.min(x[1], high)];
    if (!x || kept[0] < kept[1]) look(state, kept, y);
  }

  function scales({ x, y }) {
    return JSON.stringify([x.log, x.words, y.log]);
  }

  function refresh(state) {
    if (!state.plot) return; // not yet seen: it will be drawn so
    range(state, state.plot.height);
    state.pressed();
    state.plot.batch(() => {
      state.shown.forEach((show, place) => state.plot.setSeries(place + 1, { show }));
      state.plot.setScale("x", { min: state.x[0], max: state.x[1] });
      state.plot.setScale("y", { min: state.y[0], max: state.y[1] });
    });
    state.plot.redraw(true, true);
  }

  function zoom(state, factor) {
    const [low, high] = state.x;
    const { idx } = state.plot.cursor;
    const at = state.plane.at[idx];
    const middle = idx !== null && at > low && at < high ? at : (low + high) / 2;
    const whole = state.whole[1] - state.whole[0];
    const span = Math.min(Math.max((high - low) * factor, whole * 1e-4), whole);
    if (span >= whole) return look(state, null, null);
    pan(state, middle - ((middle - low) / (high - low)) * span, span, null);
  }

  /** Shows `span` from `low` on, moved so that it stays within the whole. */
  function pan(state, low, span, y) {
    const from = Math.min(Math.max(low, state.whole[0]), state.whole[1] - span);
    look(state, [from, from + span], y);
  }

  function options(state) {
    const { plane } = state;
    const axes = gradx.lineAxes(state, TEXT);
    const width = (series) => (series.predicted ? 2.5 : plane.at.length > DENSE ? 1.25 : 2);
    const stroke = (place) => () => state.theme[state.styles[place].colour];
    return {
      legend: { show: false },
      padding: [8, 14, 0, axes[0].padding || 0],
      focus: { alpha: 1 },
      scales: {
        x: { time: false, auto: false, range: () => state.x },
        y: { auto: false, range: () => state.y },
      },
      series: [{}, ...plane.series.map((series, place) => ({
        label: series.label, stroke: stroke(place), width: width(series), dash: state.styles[place].dash,
        points: { show: false }, alpha: 1,
      }))],
      axes,
      cursor: {
        y: false,
        points: { size: 9 },
        drag: { x: true, y: true, uni: 24, dist: 6, setScale: false },
        bind: { mousedown: (plot, target, handler) => (event) => (event.shiftKey ? drag(state, event) : handler(event)), dblclick: () => () => look(state, null, null) },
      },
      hooks: {
        drawClear: [(plot) => plot.series.slice(1).forEach((series, place) => (series.alpha = state.faded(place)))],
        drawAxes: [(plot) => gradx.drawLimits(plot, state), (plot) => gradx.drawBands(plot, state)],
        draw: [
          (plot) => gradx.drawEventLines(plot, state),
          (plot) => gradx.drawPoints(plot, state),
          (plot) => gradx.drawEvents(plot, state),
          (plot) => gradx.drawLimitLabels(plot, state),
        ],
        setSelect: [(plot) => select(state, plot)],
        setCursor: [(plot) => hover(state, plot)],
      },
    };
  }

  /** A box drawn by the mouse: what is in it is shown. */
  function select(state, plot) {
    const { left, top, width, height } = plot.select;
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    if (width < 2 || height < 2) return;
    const x = width < plot.over.clientWidth ? [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")] : state.x;
    const y = height < plot.over.clientHeight ? [plot.posToVal(top + height, "y"), plot.posToVal(top, "y")] : null;
    look(state, x, y);
  }

  /** Shift and the mouse move what is shown. */
  function drag(state, event) {
    const [x, y, zoomed] = [state.x, state.y, state.zoomedY !== null];
    const { over } = state.plot;
    const move = (now) => {
      const right = ((now.clientX - event.clientX) / over.clientWidth) * (x[1] - x[0]);
      const up = ((now.clientY - event.clientY) / over.clientHeight) * (y[1] - y[0]);
      pan(state, x[0] - right, x[1] - x[0], zoomed ? [y[0] + up, y[1] + up] : null);
    };
    const end = () => {
      document.removeEventListener("mousemove", move);
      document.removeEventListener("mouseup", end);
    };
    event.preventDefault();
    document.addEventListener("mousemove", move);
    document.addEventListener("mouseup", end);
  }

  function key(state, event) {
    const { plane, plot } = state;
    const [low, high] = state.x;
    const side = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (side && event.shiftKey) pan(state, low + (side * (high - low)) / 8, high - low, state.zoomedY);
    else if (side) step(state, side);
    else if (event.key === "+" || event.key === "=") zoom(state, 1 / 1.5);
    else if (event.key === "-") zoom(state, 1.5);
    else if (event.key === "0" || event.key === "Escape") look(state, null, null);
    else if (event.key === "Home" || event.key === "End") cursorAt(state, event.key === "Home" ? inView(state)[0] : inView(state).at(-1));
    else return;
    event.preventDefault();
  }

  function inView({ plane, x }) {
    return plane.at.map((_, index) => index).filter((index) => plane.at[index] >= x[0] && plane.at[index] <= x[1]);
  }

  function step(state, side) {
    const places = inView(state);
    const now = places.indexOf(state.at ?? -1);
    cursorAt(state, now < 0 ? places.at(side > 0 ? 0 : -1) : places[Math.min(Math.max(now + side, 0), places.length - 1)]);
  }

  function cursorAt(state, index) {
    if (index === undefined) return;
    state.at = index;
    const { plot, plane } = state;
    plot.setCursor({ left: plot.valToPos(plane.at[index], "x"), top: plot.over.clientHeight / 3 });
    const found = gradx.values(state, index);
    state.say([`${state.chart.x.label} ${found.x}`, ...found.rows.map((row) => `${row.label} ${row.text}`)].join("; "));
  }

  function hover(state, plot) {
    const { idx, left, top } = plot.cursor;
    if (idx === null || idx === undefined || left < 0) return state.tip.hide();
    const point = plot.valToPos(state.plane.at[idx], "x");
    plot.root.querySelector(".u-cursor-x").style.transform = `translate(${Math.round(point)}px, 0px)`; // not at the mouse
    const middle = plot.posToVal(top, "y");
    const found = gradx.values(state, idx, (y) => Math.abs((gradx.height(y, state.chart.y.log) ?? Infinity) - middle));
    const close = (at) => Math.min(Math.abs(plot.valToPos(at, "x") - left), Math.abs(plot.valToPos(at, "x") - point)) < 8;
    found.events = state.chart.events.filter((_, index) => close(state.plane.events[index])).map((event) => event.label);
    state.tip.show(state, found, point + plot.over.offsetLeft, top + plot.over.offsetTop);
  }

  /** The chart in one sentence, for those who do not see it. */
  function summary({ chart, plane }) {
    const all = plane.series.flatMap((series) => series.y).filter((y) => y !== null && y !== undefined);
    const finite = all.filter(Number.isFinite);
    const low = finite.reduce((one, other) => Math.min(one, other), Infinity);
    const high = finite.reduce((one, other) => Math.max(one, other), -Infinity);
    const odd = [["0", (y) => y === 0], ["inf", (y) => Math.abs(y) === Infinity], ["nan", Number.isNaN]];
    const counted = odd.map(([word, test]) => [word, all.filter(test).length]).filter(([, amount]) => amount);
    const ends = [plane.x[0], plane.x[plane.x.length - 1]].map((x) => gradx.xText(chart, x));
    return [
      `Line chart: ${chart.title}.`,
      `${chart.y.label} from ${number(low)} to ${number(high)} over ${chart.x.label} from ${ends[0]} to ${ends[1]};`,
      `${plane.series.length} series: ${plane.series.slice(0, 10).map((series) => series.label).join(", ")}.`,
      ...counted.map(([word, amount]) => `${amount} values are ${word}.`),
      ...chart.events.slice(0, 5).map((event) => `${event.label}, marked at ${number(value(event.x), 6)}.`),
      "Arrow keys read the values, + and - zoom, 0 resets.",
    ].join(" ");
  }

  function headings(chart) {
    const of = (series) => [series.label, ...(series.low.length ? [`${series.label}, low`, `${series.label}, high`] : [])];
    return [chart.x.label, ...chart.series.flatMap(of)];
  }

  function rows(chart, plane) {
    const text = (y) => (y === undefined ? "" : number(y, 5));
    return plane.x.map((x, index) => [
      gradx.xText(chart, x),
      ...plane.series.flatMap((series) => [series.y, series.low, series.high].filter(Boolean).map((values) => text(values[index]))),
    ]);
  }

  gradx.drawLines = drawLines;
})();
