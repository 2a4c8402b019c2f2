// What uPlot does not draw: bands, points of different shapes, marks at the edges, limits and events.
window.gradx = window.gradx || {};

(function () {
  "use strict";

  const { height, edge, widthOf, clipped } = window.gradx;
  const ROW = 13; // pixels between marks at an edge, or labels, that stand over each other
  const MOST_LABELS = 6; // rows of event labels
  const SIZE = 11; // of labels
  const EDGE_ROWS = 5; // series beyond share them

  /** Calls `draw(context, ratio, box)` with the plot area as clip, in pixels of the canvas. */
  function within(plot, draw) {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    draw(ctx, bbox.width / plot.over.clientWidth || 1, bbox);
    ctx.restore();
  }

  /** Bands of the shown series, over the grid and under the lines; a bar where a point has no neighbour. */
  function drawBands(plot, state) {
    within(plot, (ctx, ratio, box) => {
      state.plane.series.forEach((series, number) => {
        if (!state.shown[number] || !series.low) return;
        ctx.fillStyle = ctx.strokeStyle = state.theme[state.styles[number].colour];
        ctx.lineWidth = 1.5 * ratio;
        const points = ends(plot, state, series, box);
        for (const part of stretches(points, "sure")) {
          ctx.globalAlpha = state.faded(number) * (part.length > 1 ? 0.18 : 0.7);
          part.length > 1 ? area(ctx, part, "from", "to") : bar(ctx, part[0], 4 * ratio);
        }
        for (const [side, from, to] of [["below", "low", "from"], ["above", "to", "high"]]) {
          for (const part of stretches(points, side)) {
            ctx.globalAlpha = state.faded(number) * (part.length > 1 ? 0.06 : 0.18);
            area(ctx, part.length > 1 ? part : wide(part[0], 3.5 * ratio), from, to);
          }
        }
      });
    });
  }

  /**
   * Low and high of each point in pixels; `from` and `to` are the same, save where the band has no end: it is lighter
   * beyond its line there, so that it does not look like what was measured, and only there: between such a point
   * (`below` or `above`) and one with an end nothing is known to be open. `sure`: what lies between is known.
   */
  function ends(plot, state, series, box) {
    const pixel = (y) => {
      const at = height(y, state.chart.y.log);
      if (at !== null) return plot.valToPos(at, "y", true);
      return y === Infinity ? box.top : box.top + box.height;
    };
    const own = series.low.map((low, index) => ({ low, high: series.high[index], index }));
    return own.filter(({ low, high }) => low !== undefined || high !== undefined).map(({ low, high, index }) => {
      if ([low, high].some((y) => y === null || Number.isNaN(y))) return {};
      const line = height(series.y[index], state.chart.y.log);
      const inner = (other) => (line === null ? pixel(other) : plot.valToPos(line, "y", true));
      return {
        x: plot.valToPos(state.plane.at[index], "x", true),
        low: pixel(low),
        high: pixel(high),
        from: low === -Infinity ? inner(high) : pixel(low),
        to: high === Infinity ? inner(low) : pixel(high),
        sure: line !== null || (Number.isFinite(low) && Number.isFinite(high)),
        below: low === -Infinity && high > low,
        above: high === Infinity && low < high,
      };
    });
  }

  /** Neighbours that all have it, and all or none of them a line. */
  function stretches(points, key) {
    const found = [[]];
    points.forEach((point, at) => {
      if (!point[key] || point.sure !== points[at - 1]?.sure) found.push([]);
      if (point[key]) found[found.length - 1].push(point);
    });
    return found.filter((part) => part.length);
  }

  /** A point alone as an area. */
  function wide(point, half) {
    return [{ ...point, x: point.x - half }, { ...point, x: point.x + half }];
  }

  function area(ctx, part, from, to) {
    ctx.beginPath();
    part.forEach((point) => ctx.lineTo(point.x, point[from]));
    part.slice().reverse().forEach((point) => ctx.lineTo(point.x, point[to]));
    ctx.fill();
  }

  function bar(ctx, { x, from, to }, half) {
    ctx.beginPath();
    for (const [y, end] of [[from, to], [to, from]]) {
      ctx.moveTo(x - half, y);
      ctx.lineTo(x + half, y);
      ctx.moveTo(x, y);
      ctx.lineTo(x, end);
    }
    ctx.stroke();
  }

  /** Points of the shown series: some twelve of each, those without a neighbour, and the marks at the edges. */
  function drawPoints(plot, state) {
    const ratio = plot.bbox.width / plot.over.clientWidth || 1;
    const { ctx, bbox } = plot;
    const rows = { top: 0, bottom: 0 };
    ctx.save();
    state.plane.series.forEach((series, number) => {
      if (!state.shown[number]) return;
      ctx.globalAlpha = state.faded(number);
      ctx.fillStyle = ctx.strokeStyle = state.theme[state.styles[number].colour];
      const inside = (x, y) => x >= bbox.left - 1 && x <= bbox.left + bbox.width + 1 && y >= bbox.top - 1 && y <= bbox.top + bbox.height + 1;
      for (const [x, y] of chosen(plot, state, series, number)) {
        if (inside(x, y)) drawShape(ctx, state.styles[number].shape, x, y, 3.6 * ratio);
      }
      drawEdges(plot, state, series, rows, ratio);
    });
    ctx.restore();
  }

  function chosen(plot, state, series, number) {
    if (!state.styles[number].shape) return [];
    const own = state.plane.at.map((_, index) => index).filter((index) => series.y[index] !== undefined);
    const up = own.map((index) => height(series.y[index], state.chart.y.log));
    const [from, to] = [plot.scales.x.min, plot.scales.x.max];
    const seen = own.map((_, at) => at).filter((at) => {
      const x = state.plane.at[own[at]];
      return up[at] !== null && x >= from && x <= to;
    });
    const step = Math.max(Math.floor(seen.length / 12), 1);
    const alone = (at) => (up[at - 1] ?? null) === null && (up[at + 1] ?? null) === null;
    const kept = seen.filter((at, index) => index % step === (number * 3) % step || alone(at));
    return kept.map((at) => [plot.valToPos(state.plane.at[own[at]], "x", true), plot.valToPos(up[at], "y", true)]);
  }

  /** 0, ∞ and ? of one series, in a row of its own at the edge; a line joins neighbours. */
  function drawEdges(plot, state, series, rows, ratio) {
    const { ctx, bbox } = plot;
    const used = { top: false, bottom: false };
    let last = null;
    ctx.setLineDash([]);
    ctx.font = `bold ${13 * ratio}px ${state.theme.font}`;
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    ctx.lineWidth = ratio;
    series.y.forEach((y, index) => {
      if (y === undefined) return;
      const mark = edge(y, state.chart);
      const x = mark ? plot.valToPos(state.plane.at[index], "x", true) : 0;
      if (!mark || x < bbox.left - 1 || x > bbox.left + bbox.width + 1) return void (last = null);
      const side = mark.top ? "top" : "bottom";
      used[side] = true;
      const inwards = (9 + ROW * (rows[side] % EDGE_ROWS)) * ratio;
      const at = mark.top ? bbox.top + inwards : bbox.top + bbox.height - inwards;
      const same = last && last.text === mark.text;
      if (same) line(ctx, last.x, at, x, at);
      if (same && x - last.written < 12 * ratio) return void (last = { ...last, x });
      ctx.lineWidth = 4 * ratio;
      ctx.strokeStyle = state.theme.panel;
      ctx.strokeText(mark.text, x, at); // a halo: lines may pass behind
      [ctx.lineWidth, ctx.strokeStyle] = [ratio, ctx.fillStyle];
      ctx.fillText(mark.text, x, at);
      last = { text: mark.text, x, written: x };
    });
    for (const side of ["top", "bottom"]) rows[side] += used[side];
  }

  function line(ctx, fromX, fromY, toX, toY) {
    ctx.beginPath();
    ctx.moveTo(fromX, fromY);
    ctx.lineTo(toX, toY);
    ctx.stroke();
  }

  const CORNERS = {
    square: [[-1, -1], [1, -1], [1, 1], [-1, 1]],
    triangle: [[0, -1.3], [1.2, 1], [-1.2, 1]],
    wedge: [[0, 1.3], [1.2, -1], [-1.2, -1]],
    diamond: [[0, -1.4], [1.4, 0], [0, 1.4], [-1.4, 0]],
  };

  function drawShape(ctx, name, x, y, size) {
    ctx.beginPath();
    if (name === "circle") ctx.arc(x, y, size, 0, 2 * Math.PI);
    else if (CORNERS[name]) CORNERS[name].forEach(([right, down]) => ctx.lineTo(x + right * size, y + down * size));
    if (name === "circle" || CORNERS[name]) return ctx.fill();
    ctx.lineWidth = size * 0.65;
    const arms = name === "plus" ? [[1.3, 0], [0, 1.3]] : [[1, 1], [1, -1]];
    for (const [right, down] of arms) line(ctx, x - right * size, y - down * size, x + right * size, y + down * size);
  }

  /** Limits (line, shade beyond, label inside) and the reference line. */
  function drawLimits(plot, state) {
    within(plot, (ctx, ratio, box) => {
      const bottom = box.top + box.height;
      for (const limit of state.limits()) {
        const y = Math.min(Math.max(plot.valToPos(limit.at, "y", true), box.top - 9), bottom + 9);
        ctx.fillStyle = state.theme.muted;
        ctx.globalAlpha = 0.1;
        limit.beyond === "below" ? ctx.fillRect(box.left, y, box.width, bottom - y) : ctx.fillRect(box.left, box.top, box.width, y - box.top);
        ctx.globalAlpha = 1;
        ctx.strokeStyle = state.theme.muted;
        ctx.lineWidth = 1.2 * ratio;
        line(ctx, box.left, y, box.left + box.width, y);
      }
      for (const at of state.references) {
        ctx.strokeStyle = state.theme.fg;
        ctx.lineWidth = ratio;
        ctx.setLineDash([1.5 * ratio, 3 * ratio]);
        const y = plot.valToPos(at, "y", true);
        line(ctx, box.left, y, box.left + box.width, y);
      }
    });
  }

  /** Labels of limits, over the lines: at the right, on the side that is shaded. */
  function drawLimitLabels(plot, state) {
    within(plot, (ctx, ratio, box) => {
      let last = -Infinity;
      for (const limit of state.limits().sort((one, other) => other.at - one.at)) {
        const y = plot.valToPos(limit.at, "y", true);
        let middle = y + (limit.beyond === "below" ? 9 : -9) * ratio;
        if (middle < last + ROW * ratio) middle = last + ROW * ratio;
        if (middle < box.top + 6 * ratio || middle > box.top + box.height - 4 * ratio) continue;
        last = middle;
        label(ctx, state, fitted(limit.label, box.width / ratio - 16, state), box.left + box.width - 8 * ratio, middle, "right", ratio);
      }
    });
  }

  function label(ctx, state, text, x, y, align, ratio) {
    ctx.setLineDash([]);
    ctx.font = `${SIZE * ratio}px ${state.theme.font}`;
    ctx.textAlign = align;
    ctx.textBaseline = "middle";
    ctx.lineJoin = "round";
    ctx.lineWidth = 4 * ratio;
    ctx.strokeStyle = state.theme.panel;
    ctx.fillStyle = state.theme.fg;
    ctx.strokeText(text, x, y); // a halo, so that it can be read over lines
    ctx.fillText(text, x, y);
  }

  /** A text cut until it is at most so many pixels wide. */
  function fitted(text, width, state, size = SIZE) {
    let length = Array.from(text).length;
    let shown = text;
    while (length > 1 && widthOf(shown, size, state.theme.font) > width) shown = clipped(text, (length -= 1));
    return shown;
  }

  /** Places of the events that are seen, in pixels, and their labels, from left to right. */
  function eventsIn(plot, state, box) {
    const order = state.chart.events.map((event, index) => [plot.valToPos(state.plane.events[index], "x", true), event.label]);
    return order.filter(([x]) => x >= box.left - 1 && x <= box.left + box.width + 1).sort((one, other) => one[0] - other[0]);
  }

  /** Events: dashed lines, under the marks at the edge. */
  function drawEventLines(plot, state) {
    within(plot, (ctx, ratio, box) => {
      ctx.strokeStyle = state.theme.fg;
      ctx.lineWidth = ratio;
      ctx.setLineDash([5 * ratio, 4 * ratio]);
      for (const [x] of eventsIn(plot, state, box)) line(ctx, x, box.top, x, box.top + box.height);
    });
  }

  /** As many labels of events as have room beside each other or over each other, at the side of their lines with room. */
  function drawEvents(plot, state) {
    within(plot, (ctx, ratio, box) => {
      const ends = [];
      for (const [x, text] of eventsIn(plot, state, box)) {
        const shown = fitted(text, box.width / ratio - 16, state);
        const width = widthOf(shown, SIZE, state.theme.font) * ratio;
        const fits = x + width + 8 * ratio <= box.left + box.width;
        const start = Math.max(fits ? x + 5 * ratio : x - width - 5 * ratio, box.left + 3 * ratio);
        const row = Array.from({ length: MOST_LABELS }, (_, each) => each).find((each) => (ends[each] ?? -Infinity) < start);
        if (row === undefined) continue;
        ends[row] = start + width + 6 * ratio;
        label(ctx, state, shown, start, box.top + (10 + ROW * (row + state.rows.top)) * ratio, "left", ratio);
      }
    });
  }

  Object.assign(window.gradx, { drawBands, drawPoints, drawLimits, drawLimitLabels, drawEventLines, drawEvents, drawShape, fitted, ROW, EDGE_ROWS });
})();
