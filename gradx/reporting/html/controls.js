// Around a line chart: buttons for the view, the legend that turns series on and off, and what stands under the cursor.
window.gradx = window.gradx || {};

(function () {
  "use strict";

  const { element, shape, number } = window.gradx;
  const MOST = 12; // values under the cursor
  const MANY = 8; // series, from which on there are buttons for all and none

  /** Buttons of the view: `actions` are pairs of what is seen and what is said and done. */
  function toolbar(host, actions) {
    const bar = element("div", host, "chart-tools");
    bar.setAttribute("role", "group");
    bar.setAttribute("aria-label", "view");
    for (const [text, name, act] of actions) {
      const button = element("button", bar, "", text);
      button.type = "button";
      button.title = name;
      button.setAttribute("aria-label", name);
      button.addEventListener("click", act);
    }
  }

  /** A button for each series: pressed while it is shown. `state.toggle(number, on)` does it. */
  function legend(host, state) {
    const list = element("div", host, "chart-legend");
    list.setAttribute("role", "group");
    list.setAttribute("aria-label", "series");
    const buttons = state.plane.series.map((series, place) => {
      const button = element("button", list, "chart-key");
      button.type = "button";
      button.title = series.label;
      sample(button, state.styles[place], series.low !== null);
      element("span", button, "", series.label);
      button.addEventListener("click", () => state.toggle([place], !state.shown[place]));
      button.addEventListener("dblclick", () => state.only(place));
      for (const [event, focus] of [["pointerenter", place], ["focus", place], ["pointerleave", null], ["blur", null]]) {
        button.addEventListener(event, () => state.focusOn(focus));
      }
      return button;
    });
    const all = buttons.map((_, place) => place);
    if (buttons.length > MANY) {
      for (const [text, on] of [["all", true], ["none", false]]) {
        const button = element("button", list, "chart-all", text);
        button.type = "button";
        button.addEventListener("click", () => state.toggle(all, on));
      }
    }
    return () => buttons.forEach((button, place) => button.setAttribute("aria-pressed", String(state.shown[place])));
  }

  const OUTLINES = {
    square: "17,3 25,3 25,11 17,11",
    triangle: "21,2 26,11 16,11",
    wedge: "21,12 26,3 16,3",
    diamond: "21,1 27,7 21,13 15,7",
  };

  /** The line, the band and the point of a series as a small picture. */
  function sample(parent, style, band) {
    const picture = shape("svg", parent, { width: 42, height: 14, viewBox: "0 0 42 14", "aria-hidden": "true" });
    picture.style.color = `var(--${style.colour}, currentColor)`;
    if (band) shape("rect", picture, { x: 1, y: 1, width: 40, height: 12, fill: "currentColor", "fill-opacity": 0.18 });
    const stroke = { stroke: "currentColor", "stroke-width": 2, fill: "none" };
    shape("path", picture, { d: "M1 7H41", ...stroke, "stroke-dasharray": style.dash.join(" ") || "none" });
    if (style.shape === "circle") shape("circle", picture, { cx: 21, cy: 7, r: 4, fill: "currentColor" });
    if (OUTLINES[style.shape]) shape("polygon", picture, { points: OUTLINES[style.shape], fill: "currentColor" });
    const crosses = { plus: "M16 7H26M21 2V12", cross: "M17 3L25 11M25 3L17 11" };
    if (crosses[style.shape]) shape("path", picture, { d: crosses[style.shape], ...stroke, "stroke-width": 3 });
  }

  /** x and y at one place, as texts: what is under the cursor, or read aloud. */
  function values(state, index, near = null) {
    const { series, x } = state.plane;
    let found = series.map((each, place) => ({ place, label: each.label, y: each.y[index], low: each.low?.[index], high: each.high?.[index] }));
    found = found.filter(({ place, y }) => state.shown[place] && y !== undefined);
    const hidden = found.length - MOST;
    if (hidden > 0 && near) found = found.sort((one, other) => near(one.y) - near(other.y)).slice(0, MOST);
    const rows = found.map((each) => ({ ...each, text: number(each.y) + band(each) }));
    return { x: xText(state.chart, x[index]), rows: rows.slice(0, MOST), hidden: Math.max(hidden, 0) };
  }

  function band({ low, high }) {
    const none = (y) => y === undefined || y === null || Number.isNaN(y);
    return none(low) || none(high) ? "" : ` (${number(low)} to ${number(high)})`;
  }

  function xText(chart, x) {
    return chart.x.words.length ? String(chart.x.words[x] ?? x) : number(x, 6);
  }

  /** The box beside the cursor. */
  function tooltip(host) {
    const box = element("div", host, "chart-tip");
    box.hidden = true;
    const hide = () => (box.hidden = true);
    const show = (state, found, left, top) => {
      box.replaceChildren();
      element("div", box, "chart-tip-x", `${state.chart.x.label}: ${found.x}`);
      for (const event of found.events || []) element("div", box, "chart-tip-event", event);
      for (const row of found.rows) {
        const line = element("div", box, "chart-tip-row");
        if (row.place !== undefined) sample(line, state.styles[row.place], false);
        element("span", line, "chart-tip-label", row.label);
        element("b", line, "", row.text);
      }
      if (found.hidden) element("div", box, "", `and ${found.hidden} more`);
      place(box, host, left, top);
    };
    return { show, hide };
  }

  /** Beside the point, on the side where there is room. */
  function place(box, host, left, top) {
    box.hidden = false;
    box.style.left = box.style.top = "0px";
    const [width, height] = [host.clientWidth, host.clientHeight];
    const right = left + 14 + box.offsetWidth <= width;
    const x = right ? left + 14 : Math.max(left - 14 - box.offsetWidth, 0);
    const y = Math.max(Math.min(top - box.offsetHeight / 2, height - box.offsetHeight), 0);
    box.style.left = `${x}px`;
    box.style.top = `${y}px`;
  }

  /** What a screen reader says when the cursor moves by keys. */
  function voice(host) {
    const region = element("div", host, "chart-voice");
    region.setAttribute("aria-live", "polite");
    return (text) => (region.textContent = text);
  }

  Object.assign(window.gradx, { toolbar, legend, values, xText, tooltip, voice });
})();
