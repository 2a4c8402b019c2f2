// Below a heat map: its colour bar, and what the cells without a number, or with words, mean.
window.gradx = window.gradx || {};

(function () {
  "use strict";

  const gradx = window.gradx;
  const { element, widthOf } = gradx;
  const TEXT = 12; // pixels
  const WIDEST = 360;
  const NAMES = { zero: "0", below: "below 0", inf: "inf", "-inf": "-inf", nan: "nan", missing: "missing" };
  const SIGNS = { zero: "0", below: "<0", inf: "∞", "-inf": "-∞", nan: "?" };

  /** The key of `state`, drawn with `sized` and `paint` of the map. */
  function drawKey(state, draw) {
    state.bar.replaceChildren();
    if (state.words) drawWords(state, draw);
    else if (!state.scale.empty) drawBar(state, draw);
    const found = new Set(state.cells.flat().map(state.scale.beside));
    if (state.words) found.clear();
    for (const name of Object.keys(NAMES)) {
      if (found.has(name)) swatch(state, draw, fillOf(state, name), name === "nan", SIGNS[name] || "", NAMES[name]);
    }
    if (state.words && state.words.flat().some((word) => !word)) swatch(state, draw, null, false, "", NAMES.missing);
  }

  function fillOf(state, name) {
    if (name === "nan" || name === "missing") return null;
    return name === "inf" ? state.scale.ends.over : state.scale.ends.under;
  }

  /** The words that occur, each with its colour and symbol, and how often it does. */
  function drawWords(state, draw) {
    const all = state.words.flat();
    for (const [word, [symbol, name]] of state.symbols) {
      const amount = all.filter((each) => each === word).length;
      swatch(state, draw, state.theme[name], false, symbol, `${word} (${amount})`);
    }
    if (state.numbered) element("span", state.bar, "", `numbers: ${gradx.titled({ ...state.chart.value, log: false })}`);
  }

  function swatch(state, draw, fill, nan, sign, name) {
    const key = element("span", state.bar, "heat-key");
    const ctx = draw.sized(element("canvas", key), 22, 16);
    draw.paint(ctx, state, fill, nan, 0, 0, 22, 16);
    ctx.strokeStyle = state.theme.muted;
    ctx.strokeRect(0.5, 0.5, 21, 15);
    if (nan) ctx.clearRect(6, 2, 10, 12);
    ctx.font = `${TEXT}px ${state.theme.font}`;
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    ctx.fillStyle = fill ? gradx.ink(fill) : state.theme.fg;
    ctx.fillText(sign, 11, 9);
    element("span", key, "", name);
  }

  /** The colour bar with its ticks and the label of the values. */
  function drawBar(state, { sized }) {
    const key = element("div", state.bar);
    element("div", key, "", gradx.titled(state.chart.value));
    const width = Math.min(WIDEST, state.width);
    const ctx = sized(element("canvas", key), width, 34);
    const margin = 24;
    const length = width - 2 * margin;
    for (let x = 0; x < length; x += 1) {
      ctx.fillStyle = state.scale.at(x / (length - 1));
      ctx.fillRect(margin + x, 0, 1.5, 13);
    }
    ctx.strokeStyle = state.theme.muted;
    ctx.strokeRect(margin - 0.5, 0.5, length + 1, 13);
    ctx.font = `${TEXT}px ${state.theme.font}`;
    ctx.textBaseline = "top";
    ctx.fillStyle = state.theme.fg;
    ctx.textAlign = "center";
    for (const [place, label] of ticks(state, length)) {
      const x = margin + place * length;
      ctx.beginPath();
      ctx.moveTo(x, 13);
      ctx.lineTo(x, 17);
      ctx.stroke();
      const half = widthOf(label, TEXT, state.theme.font) / 2;
      ctx.fillText(label, Math.min(Math.max(x, half), width - half), 19);
    }
  }

  /** As many ticks as have room for their labels. */
  function ticks(state, length) {
    for (let most = 7; most > 1; most -= 1) {
      const found = gradx.barTicks(state.scale, most);
      const widest = Math.max(...found.map(([, label]) => widthOf(label, TEXT, state.theme.font)));
      const closest = found.slice(1).reduce((least, [place], at) => Math.min(least, place - found[at][0]), 1);
      if (closest * length > widest + 10) return found;
    }
    return gradx.barTicks(state.scale, 1).slice(0, 1);
  }

  Object.assign(gradx, { drawKey });
})();
