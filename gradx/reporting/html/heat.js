// `gradx.drawHeat(host, map)`: a heat map, with its colour scale, a cursor for mouse and keys, and its data as a table.
window.gradx = window.gradx || {};

(function () {
  "use strict";

  const gradx = window.gradx;
  const { element, number, value, fitted, widthOf } = gradx;
  const TEXT = 12; // pixels
  const MOST_NUMBERS = 150; // cells that show their numbers
  const WIDEST = 130; // pixels of a cell
  const TALLEST = 34;
  const TOP = 8; // pixels above the map, for half of a label
  const LONG = 40; // characters of an axis label that may have several lines
  const SYMBOL = 10; // pixels of the smallest symbol
  const HEIGHT = 420; // pixels of many rows
  const SLANT = (40 * Math.PI) / 180;

  /** Draws `chart` (a `HeatMap` as JSON) in `host` and keeps it as wide as that. */
  function drawHeat(host, chart) {
    host.classList.add("chart");
    const cells = chart.cells.map((row) => row.map(value));
    const words = chart.words.length ? chart.words : null;
    if (!cells.some((row) => row.some((each) => each !== null)) && !(words && words.some((row) => row.some(Boolean)))) {
      element("p", host, "chart-empty", "nothing was measured");
      return;
    }
    const state = made(host, chart, cells, words);
    element("div", host, "chart-y", gradx.titled(chart.y));
    state.stage = element("div", host, "heat-stage");
    state.canvas = element("canvas", state.stage);
    state.frame = element("div", state.stage, "heat-cursor");
    state.frame.hidden = true;
    state.tip = gradx.tooltip(state.stage);
    const below = `chart-x heat-x${chart.x.label.length > LONG ? " long" : ""}`;
    state.below = element("div", host, below, gradx.titled(chart.x));
    state.bar = element("div", host, "heat-bar");
    state.say = gradx.voice(host);
    gradx.data(host, chart.title, [`${chart.y.label} \\ ${chart.x.label}`, ...state.columns], () => gradx.heatRows(state));
    gradx.listen(state, (row, column) => box(state, row, column));
    const draw = () => drawn(state);
    gradx.watch(state.stage, (width) => {
      state.width = width;
      draw();
    }, draw);
  }

  function made(host, chart, cells, words) {
    const numeric = chart.rows.every((row) => typeof value(row) === "number");
    const place = (at) => (numeric ? chart.rows.length - 1 - at : at); // numbers go up, words go down
    const all = chart.rows.map((_, at) => place(at));
    const known = words ? Array.from(new Set(words.flat().filter(Boolean))) : [];
    return {
      host, chart, columns: chart.columns.map(text), drawn: all.map((at) => chart.rows[at]), rows: all.map((at) => text(chart.rows[at])),
      cells: all.map((at) => cells[at]), words: words && all.map((at) => words[at]), symbols: gradx.symbols(known),
      scale: gradx.scale(cells.flat(), chart.value.log, value(chart.centre), chart.bounds), at: null,
    };
  }

  function text(each) {
    if (each === null || each === undefined) return "-";
    if (typeof each === "boolean") return String(each);
    const found = value(each);
    return typeof found === "number" ? number(found, 6) : String(each);
  }

  /** Where everything stands, in pixels. */
  function layout(state) {
    const { columns, rows, width, theme } = state;
    const wide = (label) => widthOf(label, TEXT, theme.font);
    const names = rows.map((label) => fitted(label, width * 0.32, state, TEXT));
    const left = Math.ceil(Math.max(...names.map(wide))) + 10;
    const across = Math.min((width - left - 12) / columns.length, WIDEST);
    const up = Math.min(Math.max(HEIGHT / rows.length, state.words ? SYMBOL + 2 : 2), TALLEST);
    const longest = Math.max(...columns.map(wide));
    const numeric = state.chart.columns.every((each) => typeof value(each) === "number");
    const flat = longest + 8 <= across || numeric;
    const heads = columns.map((label) => (flat ? label : fitted(label, 130, state, TEXT)));
    const every = Math.ceil((flat ? longest + 8 : 17) / across);
    const everyRow = Math.ceil(15 / up);
    const bottom = flat ? 24 : Math.ceil(Math.max(...heads.map(wide)) * Math.sin(SLANT)) + 22;
    const beyond = (head, at) => (wide(head) * Math.cos(SLANT) + 8 - left - across * (at + 0.5)) / (1 - (at + 0.5) / columns.length);
    const slantLeft = flat ? 0 : Math.max(0, ...heads.map(beyond)); // what goes out to the left
    const shown = { columns: thinned(state.chart.columns, every), rows: thinned(state.drawn, everyRow) };
    return { left: left + slantLeft, across: across - slantLeft / columns.length, up, names, heads, flat, bottom, shown };
  }

  /** Places of labels at least so many cells apart: those of round numbers where there are enough, else every so many. */
  function thinned(values, every) {
    const all = values.map((_, at) => at);
    const numbers = values.map(value);
    if (every > 1 && numbers.every((each) => Number.isFinite(each))) {
      const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
      for (let most = Math.ceil(values.length / every); most > 2; most -= 1) {
        const ticks = new Set(gradx.linearTicks(low, high, most));
        const found = all.filter((at) => ticks.has(numbers[at]));
        if (found.length > 2 && found.slice(1).every((at, place) => at - found[place] >= every)) return new Set(found);
      }
    }
    return new Set(all.filter((at) => at % every === 0));
  }

  function drawn(state) {
    state.theme = gradx.theme(state.host);
    for (const name of ["vanishing", "exploding", "stable", "diverged", "failed"]) state.theme[name] = colour(state, name);
    const place = (state.layout = layout(state));
    state.digits = digits(state);
    const height = Math.ceil(place.up * state.rows.length + TOP + 2 + place.bottom);
    const ctx = sized(state.canvas, state.width, height);
    state.numbered = false;
    state.rows.forEach((_, row) => state.columns.forEach((_, column) => drawCell(ctx, state, row, column)));
    ctx.strokeStyle = state.theme.muted;
    ctx.lineWidth = 1;
    ctx.strokeRect(place.left - 0.5, TOP - 0.5, place.across * state.columns.length + 1, place.up * state.rows.length + 1);
    drawLabels(ctx, state);
    state.below.style.paddingLeft = `${Math.floor(place.left)}px`;
    state.below.style.paddingRight = `${Math.floor(state.width - place.left - place.across * state.columns.length)}px`;
    gradx.drawKey(state, { sized, paint });
    gradx.outline(state);
  }

  /** With how many digits all numbers fit in their cells; null where they do not. */
  function digits({ cells, words, layout, theme }) {
    const numbers = cells.flat().filter(Number.isFinite);
    if (words || cells.length * cells[0].length > MOST_NUMBERS) return null;
    const fits = (amount) => numbers.every((each) => widthOf(number(each, amount), TEXT, theme.font) <= layout.across - 4);
    return [3, 2].find(fits) || null;
  }

  const FALLBACK = { vanishing: "#0a5fa8", exploding: "#b5400c", stable: "#1a754a", diverged: "#873a8d", failed: "#a5262c" };

  function colour(state, name) {
    const probe = element("span", state.host);
    probe.style.color = `var(--${name}, ${FALLBACK[name]})`;
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  }

  function sized(canvas, width, height) {
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    const ctx = canvas.getContext("2d");
    ctx.scale(ratio, ratio);
    return ctx;
  }

  function box({ layout }, row, column) {
    const x = Math.round(layout.left + column * layout.across);
    const y = Math.round(TOP + row * layout.up);
    return [x, y, Math.round(layout.left + (column + 1) * layout.across) - x, Math.round(TOP + (row + 1) * layout.up) - y];
  }

  /** Colour and text of a cell: a word has its own, else that of the number. */
  function look(state, row, column) {
    const each = state.cells[row][column];
    const word = state.words && state.words[row][column];
    if (word) {
      const [symbol, name] = state.symbols.get(word);
      const behind = each === null ? [] : [3, 2].map((amount) => `${symbol} ${number(each, amount)}`);
      return { fill: state.theme[name], texts: [...behind, symbol] };
    }
    const beside = state.words ? "missing" : state.scale.beside(each);
    if (beside === "missing") return { fill: null, texts: [] };
    if (beside === "nan") return { fill: null, nan: true, texts: ["?"] };
    const sign = { zero: "0", below: "<0", inf: "∞", "-inf": "-∞" }[beside];
    return { fill: state.scale.of(each), texts: [sign || number(each, state.digits || 2)], plain: !sign };
  }

  function drawCell(ctx, state, row, column) {
    const [x, y, width, height] = box(state, row, column);
    const { fill, nan, texts, plain } = look(state, row, column);
    paint(ctx, state, fill, nan, x, y, width, height);
    if (width > 6 && height > 6) {
      ctx.strokeStyle = state.theme.panel;
      ctx.lineWidth = 1;
      ctx.strokeRect(x + 0.5, y + 0.5, width, height);
    }
    const size = Math.min(TEXT, Math.max(height - 2, SYMBOL));
    if (height < SYMBOL || (plain && !state.digits)) return;
    const text = texts.find((each) => widthOf(each, size, state.theme.font) <= width - (each.length > 1 ? 4 : 0));
    if (!text) return;
    state.numbered ||= text.length > 1 && text !== texts.at(-1);
    ctx.font = `${size}px ${state.theme.font}`;
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    ctx.fillStyle = fill ? gradx.ink(fill) : state.theme.fg;
    if (nan) ctx.clearRect(x + width / 2 - 7, y + height / 2 - 8, 14, 16);
    ctx.fillText(text, x + width / 2, y + height / 2 + 1);
  }

  /** A colour; hatched where there is none: thin for missing, a dense grid for NaN. */
  function paint(ctx, state, fill, nan, x, y, width, height) {
    ctx.save();
    ctx.beginPath();
    ctx.rect(x, y, width, height);
    ctx.clip();
    if (fill) {
      ctx.fillStyle = fill;
      ctx.fillRect(x, y, width, height);
    } else {
      ctx.strokeStyle = nan ? state.theme.fg : state.theme.muted;
      ctx.globalAlpha = nan ? 0.8 : 0.45;
      ctx.lineWidth = 1;
      const gap = nan ? 4 : 7;
      ctx.beginPath();
      const first = Math.floor((x - y - height) / gap) * gap; // one pattern over all cells
      for (let at = first; at <= x + width - y; at += gap) {
        ctx.moveTo(at + y, y);
        ctx.lineTo(at + y + height, y + height);
      }
      for (let at = Math.floor((x + y) / gap) * gap; nan && at <= x + width + y + height; at += gap) {
        ctx.moveTo(at - y, y);
        ctx.lineTo(at - y - height, y + height);
      }
      ctx.stroke();
    }
    ctx.restore();
  }

  function drawLabels(ctx, state) {
    const { layout } = state;
    ctx.font = `${TEXT}px ${state.theme.font}`;
    ctx.fillStyle = state.theme.fg;
    ctx.textBaseline = "middle";
    ctx.textAlign = "right";
    layout.names.forEach((name, row) => {
      if (layout.shown.rows.has(row)) ctx.fillText(name, layout.left - 6, TOP + (row + 0.5) * layout.up);
    });
    const y = TOP + layout.up * state.rows.length + (layout.flat ? 13 : 8);
    layout.heads.forEach((head, column) => {
      if (!layout.shown.columns.has(column)) return;
      const x = layout.left + (column + 0.5) * layout.across;
      ctx.textAlign = layout.flat ? "center" : "right";
      ctx.save();
      ctx.translate(layout.flat ? Math.min(x, state.width - widthOf(head, TEXT, state.theme.font) / 2) : x, y);
      if (!layout.flat) ctx.rotate(-SLANT);
      ctx.fillText(head, 0, 0);
      ctx.restore();
    });
  }

  gradx.drawHeat = drawHeat;
})();
