// Colours and styles of charts, small parts of the page, and when to draw again.
window.gradx = window.gradx || {};

(function () {
  "use strict";

  const LIGHT = {
    "--fg": "#1b1f24", "--muted": "#57606a", "--panel": "#ffffff", "--grid": "#d8dee4", "--accent": "#0050a0",
    "--c1": "#0072b2", "--c2": "#d55e00", "--c3": "#009e73", "--c4": "#b8558f", "--c5": "#b57600", "--c6": "#3d8fc4",
    "--c7": "#000000",
  };
  const DARK = {
    "--fg": "#e6edf3", "--muted": "#9aa4af", "--panel": "#161b22", "--grid": "#30363d", "--accent": "#79b8ff",
    "--c1": "#4aa8e0", "--c2": "#ff8a3d", "--c3": "#2bc79a", "--c4": "#e59ac4", "--c5": "#f0b429", "--c6": "#8fd0ff",
    "--c7": "#ffffff",
  };
  const DASHES = [[], [10, 4], [10, 4, 2, 4], [4, 4]];
  const PREDICTED = [[2, 3], [7, 3], [2, 3, 7, 3], [1, 2]];
  const PAPER = [660, 240]; // pixels between the margins of an upright page; so high that two charts stand on it
  const SHAPES = ["circle", "square", "triangle", "diamond", "wedge", "plus", "cross"];

  /** Colours and font of the page as they are now; those of `page.css` where it has them. */
  function theme(host) {
    const fallback = window.matchMedia("(prefers-color-scheme: dark)").matches ? DARK : LIGHT;
    const probe = element("span", host);
    const colour = (name) => {
      probe.style.color = `var(${name}, ${fallback[name]})`;
      return getComputedStyle(probe).color; // resolved, whatever the variable is made of
    };
    const names = Object.keys(LIGHT).map((name) => [name.slice(2), colour(name)]);
    probe.remove();
    return { ...Object.fromEntries(names), font: getComputedStyle(host).fontFamily || "sans-serif" };
  }

  /**
   * Variable of the colour, dash pattern and shape of the points of each series: no two of the first 49 share colour
   * and shape. A label looks as in the charts before where that is free. A prediction takes none of these: it has the
   * colour of what it names, else a neutral one.
   */
  function styles(series) {
    const places = new Array(series.length).fill(null);
    const taken = new Set();
    const take = (index, place) => {
      if (place === undefined || taken.has(place)) return;
      taken.add((places[index] = place));
    };
    const predictions = series.filter((each) => each.predicted);
    series.forEach(({ label, predicted }, index) => !predicted && take(index, known.get(label)));
    series.forEach(({ label, predicted }, index) => {
      if (predicted) return;
      for (let place = 0; places[index] === null; place += 1) take(index, place);
      known.set(label, places[index]);
    });
    return series.map((each, index) => {
      if (!each.predicted) return look(places[index]);
      const of = named(each.label, series);
      if (of !== undefined) return { colour: look(places[of]).colour, dash: PREDICTED[0], shape: null };
      return { colour: "muted", dash: PREDICTED[predictions.indexOf(each) % PREDICTED.length], shape: null };
    });
  }

  /** The place of the measured series whose label, the longest, stands in `label` as whole words. */
  function named(label, series) {
    const words = (text) => ` ${text.split(/[^\p{L}\p{N}._]+/u).join(" ").trim()} `;
    const fits = series.map((_, place) => place).filter((place) => !series[place].predicted && words(label).includes(words(series[place].label)));
    return fits.sort((one, other) => series[other].label.length - series[one].label.length)[0];
  }

  const known = new Map(); // label to place

  function look(place) {
    const colour = `c${(place % 7) + 1}`;
    return { colour, dash: DASHES[place % 4], shape: SHAPES[(place + Math.floor(place / 7)) % 7] };
  }

  /** The label of an axis, with its scale. */
  function titled({ label, log }) {
    return log ? `${label}, log scale` : label;
  }

  /** A new element with a class and a text, at the end of `parent`. */
  function element(tag, parent, name = "", text = "") {
    const made = document.createElement(tag);
    if (name) made.className = name;
    if (text !== "") made.textContent = text;
    if (parent) parent.append(made);
    return made;
  }

  /** As `element`, for SVG. */
  function shape(tag, parent, attributes) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, setting] of Object.entries(attributes)) made.setAttribute(name, setting);
    parent.append(made);
    return made;
  }

  /** Calls `draw` before the page is printed, with the colours of the light scheme: no media query tells. */
  function onPaper(draw, signal) {
    window.addEventListener("beforeprint", () => {
      const { dataset } = document.documentElement;
      const kept = dataset.theme;
      dataset.theme = "light";
      draw();
      if (kept === undefined) delete dataset.theme;
      else dataset.theme = kept;
    }, { signal });
  }

  /**
   * Calls `resized(width)` when `host` gets a width or another one, with a height too for paper, `recoloured()` when the
   * scheme changes, and `left()` when it has gone from the page: nothing then keeps it in memory.
   */
  function watch(host, resized, recoloured, left = () => {}) {
    let width = 0;
    let printing = false; // pages have been counted: what grew now would be cut
    const gone = new AbortController();
    const { signal } = gone;
    const measure = () => {
      if (width && !host.isConnected) {
        observer.disconnect();
        gone.abort();
        return left();
      }
      const now = Math.floor(host.clientWidth);
      if (now > 0 && now !== width && !printing) resized((width = now));
    };
    const changed = () => width && recoloured();
    const observer = new ResizeObserver(measure);
    observer.observe(host);
    document.addEventListener("gradx:scheme", changed, { signal });
    onPaper(() => {
      printing = true;
      if (width) resized(...PAPER);
      changed();
    }, signal);
    window.addEventListener("afterprint", () => {
      printing = false;
      if (width) resized(width);
      changed();
    }, { signal });
    for (const query of ["(prefers-color-scheme: dark)", "print"]) {
      window.matchMedia(query).addEventListener("change", () => {
        measure();
        changed();
      }, { signal });
    }
    measure();
  }

  /** How many pixels wide a text is. */
  const ruler = document.createElement("canvas").getContext("2d");
  function widthOf(text, size, family) {
    ruler.font = `${size}px ${family}`;
    return ruler.measureText(text).width;
  }

  /** `rows` of texts under `head`, made when the reader opens it. */
  function data(host, title, head, rows) {
    const details = element("details", host, "chart-data");
    element("summary", details, "", "data");
    details.addEventListener("toggle", () => {
      if (details.open && details.childElementCount === 1) table(details, title, head, rows());
    });
  }

  const MOST_ROWS = 2000;

  function table(parent, title, head, rows) {
    const box = element("div", parent, "chart-rows");
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", `data of ${title}`);
    const made = element("table", box);
    element("caption", made, "", title);
    const line = element("tr", element("thead", made));
    head.forEach((text) => (element("th", line, "", text).scope = "col"));
    const body = element("tbody", made);
    for (const row of rows.slice(0, MOST_ROWS)) {
      const line = element("tr", body);
      row.forEach((text) => element("td", line, "", text));
    }
    if (rows.length > MOST_ROWS) element("p", box, "", `the first ${MOST_ROWS} of ${rows.length} rows`);
  }

  Object.assign(window.gradx, { theme, styles, titled, element, shape, watch, widthOf, data });
})();
