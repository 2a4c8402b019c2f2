// Brings the page to life: charts, tables, map, panels, the colour scheme, the contents, print.
window.gradx = window.gradx || {};

(function () {
  "use strict";

  const root = document.documentElement;
  const KEPT = "gradx-scheme";
  const FOLDED = "details:not([open], .chart-data, .again, .sources, .sources *)"; // and opened for print

  /** A chart in its place. One that cannot be drawn says so and leaves the others alone. */
  function draw(host, chart) {
    try {
      (chart.kind === "lines" ? gradx.drawLines : gradx.drawHeat)(host, chart);
    } catch (error) {
      host.textContent = `This chart cannot be drawn: ${error.message}`;
      console.error(error);
    }
  }

  /** The button that chooses light or dark, whatever the system prefers. */
  function scheme() {
    const button = document.getElementById("theme");
    const dark = window.matchMedia("(prefers-color-scheme: dark)");
    const now = () => root.dataset.theme || (dark.matches ? "dark" : "light");
    const name = () => (button.textContent = now() === "dark" ? "Light" : "Dark");
    const kept = remembered();
    if (kept === "light" || kept === "dark") root.dataset.theme = kept;
    name();
    button.addEventListener("click", () => {
      root.dataset.theme = now() === "dark" ? "light" : "dark";
      remember(root.dataset.theme);
      name();
      document.dispatchEvent(new Event("gradx:scheme"));
    });
    dark.addEventListener("change", name);
  }

  function remembered() {
    try {
      return window.localStorage.getItem(KEPT);
    } catch {
      return null; // not every browser lets a file remember
    }
  }

  function remember(choice) {
    try {
      window.localStorage.setItem(KEPT, choice);
    } catch {
      // then it holds until the page is left
    }
  }

  /** Marks in the contents the first section of which half is seen, or fills half of the window, or the one just chosen. */
  function contents() {
    const links = new Map([...document.querySelectorAll(".contents a")].map((link) => [link.hash.slice(1), link]));
    const sections = [...links.keys()].map((id) => document.getElementById(id)).filter(Boolean);
    let chosen = null;
    const seen = (section) => {
      const { top, bottom } = section.getBoundingClientRect();
      const part = Math.min(bottom, window.innerHeight) - Math.max(top, 0);
      return part / Math.min(bottom - top, window.innerHeight); // 1: as much as can be
    };
    const mark = () => {
      const read = chosen || sections.find((each) => seen(each) >= 0.5) || sections.findLast((each) => seen(each) > 0);
      for (const [id, link] of links) {
        if (id === read?.id) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    };
    for (const [id, link] of links) {
      link.addEventListener("click", () => {
        chosen = document.getElementById(id);
        mark();
      });
    }
    for (const name of ["wheel", "touchmove", "keydown", "pointerdown"]) {
      document.addEventListener(name, () => (chosen = null), { passive: true });
    }
    document.addEventListener("scroll", mark, { passive: true });
    mark();
  }

  /** Printed, what is folded is open, save for what paper does without. */
  function print() {
    let opened = [];
    window.addEventListener("beforeprint", () => {
      opened = [...document.querySelectorAll(FOLDED)];
      for (const details of opened) details.open = true;
    });
    window.addEventListener("afterprint", () => {
      for (const details of opened) details.open = false;
    });
  }

  function start() {
    root.classList.add("js");
    gradx.draw = draw;
    scheme();
    for (const host of document.querySelectorAll("[data-chart]")) draw(host, gradx.read(`data-${host.dataset.chart}`));
    const runs = gradx.allRuns();
    const tables = new Map(
      [...document.querySelectorAll("[data-table]")].map((each) => [each.dataset.table, new gradx.Table(each, runs)]),
    );
    gradx.tables = tables;
    const points = tables.get("points");
    gradx.map(runs, (text, places) => {
      if (places.length === 1 || !points?.input) window.location.hash = `#run-${runs.anchors[places[0]]}`;
      else {
        points.show(text);
        points.figure.scrollIntoView({ block: "start" });
        points.input.focus({ preventScroll: true });
      }
    });
    new gradx.Panel(runs, () => points?.ordered || [...runs.anchors.keys()]);
    contents();
    print();
  }

  start();
})();
