// The map: any result over any two axes, as a table with coloured cells.
window.gradx = window.gradx || {};

(function () {
  "use strict";

  const STEPS = 21; // of the picture of a scale
  const FEW = 6; // choices beside each other
  const { made } = gradx;

  /** Takes over the section of the map. `choose(text, places)`: what happens when a cell is chosen. */
  function map(runs, choose) {
    const controls = document.getElementById("map-controls");
    if (!controls || !runs.values.length) return document.getElementById("explore")?.remove();
    const draw = () => drawn(runs, state(runs, controls), choose);
    const axes = runs.axes.map((key) => [key, key]);
    const numeric = runs.axes.filter((key) => runs.column(key).some((value) => typeof value === "number"));
    const across = numeric[0] || runs.axes[0]; // what has an order goes across
    controls.append(
      choice("across", axes, across),
      choice(
        "up",
        axes,
        runs.axes.find((key) => key !== across),
      ),
      choice(
        "value",
        runs.values.map((value) => [value.key, value.label]),
        runs.values[0].key,
      ),
      made("span", { id: "map-fixed" }),
    );
    controls.addEventListener("change", (event) => {
      if (["map-across", "map-up"].includes(event.target.id)) apart(runs, controls, event.target);
      others(runs);
      draw();
    });
    others(runs);
    draw();
  }

  function choice(name, options, selected, label = name) {
    const select = made("select", { id: `map-${name}` });
    for (const [value, text] of options) select.append(made("option", { value, selected: value === selected }, text));
    return made("label", {}, `${label} `, select);
  }

  /** The two axes are never the same: the other one gives way. */
  function apart(runs, controls, changed) {
    const other = controls.querySelector(changed.id === "map-up" ? "#map-across" : "#map-up");
    if (other.value === changed.value) other.value = runs.axes.find((key) => key !== changed.value);
  }

  /** Choices for the axes that go neither across nor up; what was chosen stays. */
  function others(runs) {
    const box = document.getElementById("map-fixed");
    const used = ["across", "up"].map((name) => document.getElementById(`map-${name}`).value);
    const before = new Map([...box.querySelectorAll("select")].map((each) => [each.dataset.key, each.value]));
    box.replaceChildren();
    const rest = runs.axes.filter((each) => !used.includes(each));
    const parent = rest.length > FEW ? folded(box, rest.length) : box;
    for (const key of rest) {
      const values = gradx.distinct(runs.column(key));
      if (values.length > 40) continue;
      const options = values.map((value) => [gradx.writtenTest(key, value), runs.write(key, value)]);
      const label = choice(`fixed-${key}`, [["", "all"], ...options], before.get(key) || "", key);
      label.querySelector("select").dataset.key = key;
      parent.append(label, " ");
    }
  }

  /** Room for many choices, folded. */
  function folded(box, amount) {
    const inner = made("div", { class: "controls" });
    box.append(made("details", {}, made("summary", {}, `only where … (${amount} more keys)`), inner));
    return inner;
  }

  function state(runs, controls) {
    const at = (name) => controls.querySelector(`#map-${name}`).value;
    const fixed = [...controls.querySelectorAll("#map-fixed select")].map((each) => each.value).filter(Boolean);
    const value = runs.values.find((each) => each.key === at("value"));
    return { across: at("across"), up: at("up"), value, fixed };
  }

  function drawn(runs, { across, up, value, fixed }, choose) {
    const column = (key) => (runs.has(key) ? runs.column(key) : undefined);
    const tests = fixed.map((text) => gradx.parsedFilter(text, column, () => "").test);
    const found = gradx.grid(runs, across, up, value, tests);
    const scale = scaleOf(value);
    const numeric = found.rows.every((row) => row.numeric);
    const order = [...found.rows.keys()];
    if (numeric) order.reverse(); // numbers go up
    const head = made("tr", {}, made("th", { class: "corner" }, `${up} ${numeric ? "↑" : "↓"}  ${across} →`));
    for (const each of found.columns) head.append(made("th", { scope: "col" }, each.label));
    const body = order.map((row) => {
      const line = made("tr", {}, made("th", { scope: "row" }, found.rows[row].label));
      found.cells[row].forEach((cell, number) => {
        const written = [found.columns[number].written, found.rows[row].written, ...fixed].join(" ");
        line.append(
          cellOf(
            runs,
            cell,
            value,
            scale,
            `${across} ${found.columns[number].label}, ${up} ${found.rows[row].label}`,
            () => choose(written, cell.runs),
          ),
        );
      });
      return line;
    });
    const table = made("table", { class: "map" }, made("thead", {}, head), made("tbody", {}, ...body));
    document.getElementById("map-rows").replaceChildren(table);
    document.getElementById("map-legend").replaceChildren(...legend(value, scale));
    document.getElementById("map-held").textContent = fixed.length ? `Only runs with ${fixed.join(" and ")}.` : "";
  }

  /** The colours of numbers: those of all maps of this result. Words have none. */
  function scaleOf(value) {
    return value.kind === "word" ? null : gradx.scale([], value.log, value.centre, value.bounds);
  }

  function cellOf(runs, cell, value, scale, where, chosen) {
    if (!cell.runs.length) return made("td", { class: "empty", title: `${where}: no run` });
    const { look, text, fill } = shown(runs, cell, value, scale);
    const title = `${where}\n${explained(cell, value)}${verdicts(runs, cell)}`;
    const button = made("button", { type: "button", title, "aria-label": title.replaceAll("\n", "; ") }, text);
    const symbol = value.kind === "word" ? "" : symbolOf(runs, cell);
    if (symbol) button.append(" ", made("span", { class: "symbol" }, symbol));
    button.addEventListener("click", chosen);
    const box = made("td", { class: look }, button);
    if (fill) Object.assign(box.style, { background: fill, color: gradx.ink(fill) });
    return box;
  }

  function shown(runs, cell, value, scale) {
    if (cell.value === null) return { look: "empty", text: "-" };
    if (value.kind === "word") {
      const text = `${runs.symbols[cell.word] || "?"} ${cell.times}/${cell.runs.length - cell.missing}`;
      return { look: `${gradx.wordClass(cell.word)} tinted`, text };
    }
    if (!Number.isFinite(cell.value)) return { look: "odd", text: gradx.number(cell.value) };
    const text = value.kind === "share" ? `${Math.round(100 * cell.value)} %` : gradx.number(cell.value, 3);
    return { look: "", text, fill: scale.of(cell.value) };
  }

  /** The symbol of the most frequent verdict, or status, of the runs of a cell. */
  function symbolOf(runs, cell) {
    const words = wordsOf(runs, cell);
    return words.length ? runs.symbols[words[0][0]] || "" : "";
  }

  function wordsOf(runs, cell) {
    const key = ["verdict.depth", "verdict.time", "status"].find(
      (each) => runs.has(each) && cell.runs.some((place) => runs.column(each)[place] !== null),
    );
    if (!key) return [];
    const counts = new Map();
    for (const place of cell.runs) {
      const word = runs.column(key)[place];
      if (word !== null) counts.set(word, (counts.get(word) || 0) + 1);
    }
    return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  }

  function verdicts(runs, cell) {
    return wordsOf(runs, cell)
      .map(([word, times]) => `\n${runs.symbols[word] || ""} ${times} ${word}`)
      .join("");
  }

  function explained(cell, value) {
    const amount = `${cell.runs.length} ${cell.runs.length === 1 ? "run" : "runs"}`;
    const missing = cell.missing ? `, ${cell.missing} without it` : "";
    if (cell.value === null) return `${amount}${missing}`;
    if (value.kind === "share") return `${value.label}: ${cell.times} of ${amount}${missing}`;
    if (value.kind === "word")
      return `${value.label}: ${[...cell.counts].map(([word, times]) => `${times} ${word}`).join(", ")}${missing}`;
    const range = cell.runs.length > 1 ? ` (${gradx.number(cell.low, 3)} to ${gradx.number(cell.high, 3)})` : "";
    const odd = [
      [cell.nan, "nan"],
      [cell.infinite, "inf"],
    ]
      .filter(([times]) => times)
      .map(([times, word]) => `, ${times} ${word}`);
    return `${value.label}: ${cell.runs.length > 1 ? "median " : ""}${gradx.number(cell.value, 4)}${range} of ${amount}${odd.join("")}${missing}`;
  }

  function legend(value, scale) {
    if (!scale) return [value.label];
    const steps = [...Array(STEPS).keys()].map((step) => {
      const part = made("span", { class: "step" });
      part.style.background = scale.at(step / (STEPS - 1));
      return part;
    });
    const [low, high] = value.bounds;
    const text = (each) => (value.kind === "share" ? `${100 * each} %` : gradx.number(each, 3));
    const middle = value.centre === null ? "" : `, ${gradx.number(value.centre)} in the middle`;
    const bar = made("span", { class: "ramp", "aria-hidden": "true" }, ...steps);
    return [
      `${value.label}: ${text(low)} `,
      bar,
      ` ${text(high)}${middle}${scale.log ? ", logarithmic" : ""}`,
    ];
  }

  Object.assign(window.gradx, { map });
})();
