// The cursor of a heat map, for mouse and keys, and what a map says in words.
window.gradx = window.gradx || {};

(function () {
  "use strict";

  const gradx = window.gradx;
  const { number } = gradx;
  const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

  /** Lets mouse and keys move the cursor; `box(row, column)` is where a cell stands. */
  function listen(state, box) {
    const { stage } = state;
    stage.tabIndex = 0;
    stage.setAttribute("role", "img");
    stage.setAttribute("aria-label", summary(state));
    state.box = box;
    stage.addEventListener("pointermove", (event) => moveTo(state, under(state, event)));
    stage.addEventListener("pointerdown", (event) => moveTo(state, under(state, event)));
    stage.addEventListener("pointerleave", () => moveTo(state, null));
    stage.addEventListener("blur", () => moveTo(state, null));
    stage.addEventListener("keydown", (event) => key(state, event));
  }

  function under(state, event) {
    const { left, top } = state.canvas.getBoundingClientRect();
    const { layout } = state;
    const column = Math.floor((event.clientX - left - layout.left) / layout.across);
    const row = Math.floor((event.clientY - top - state.box(0, 0)[1]) / layout.up);
    return row >= 0 && row < state.rows.length && column >= 0 && column < state.columns.length ? [row, column] : null;
  }

  function key(state, event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") return moveTo(state, null);
    const move = MOVES[event.key];
    if (!move) return;
    event.preventDefault();
    const [row, column] = state.at || [state.rows.length - 1 + (move[0] < 0), move[1] < 0 ? state.columns.length : -(move[1] > 0)];
    const within = (at, most) => Math.min(Math.max(at, 0), most - 1);
    moveTo(state, [within(row + move[0], state.rows.length), within(column + move[1], state.columns.length)]);
    state.say(`${state.chart.x.label} ${state.columns[state.at[1]]}, ${state.chart.y.label} ${state.rows[state.at[0]]}: ${content(state, ...state.at)}`);
  }

  function moveTo(state, at) {
    state.at = at;
    outline(state);
  }

  /** The frame around the cell of the cursor, and its values beside it. */
  function outline(state) {
    state.frame.hidden = !state.at;
    if (!state.at) return state.tip.hide();
    const [row, column] = state.at;
    const [x, y, width, height] = state.box(row, column);
    const sides = { left: x - 1, top: y - 1, width: width + 2, height: height + 2 };
    for (const [name, pixels] of Object.entries(sides)) state.frame.style[name] = `${pixels}px`;
    const rows = [
      { label: state.chart.y.label, text: state.rows[row] },
      { label: state.chart.value.label, text: content(state, row, column) },
    ];
    state.tip.show(state, { x: state.columns[column], rows, hidden: 0 }, x + width, y + height / 2);
  }

  /** A cell in words: its word and its number. */
  function content(state, row, column) {
    const each = state.cells[row][column];
    const word = state.words && state.words[row][column];
    if (!state.words) return number(each);
    return word ? word + (each === null ? "" : ` (${number(each)})`) : "missing";
  }

  function summary({ chart, cells, rows, columns, words, symbols }) {
    const finite = cells.flat().filter(Number.isFinite);
    const low = finite.reduce((one, other) => Math.min(one, other), Infinity);
    const high = finite.reduce((one, other) => Math.max(one, other), -Infinity);
    const said = words ? `it is ${Array.from(symbols.keys()).join(", ")}` : `${chart.value.label} from ${number(low)} to ${number(high)}`;
    const size = `${columns.length} values of ${chart.x.label} across, ${rows.length} of ${chart.y.label} up`;
    return `Heat map: ${chart.title}. ${size}; ${finite.length || words ? said : "no number is finite"}. Arrow keys read the cells.`;
  }

  /** The rows of the table of the data, in the order of the picture. */
  function heatRows(state) {
    return state.rows.map((name, row) => [name, ...state.columns.map((_, column) => content(state, row, column))]);
  }

  Object.assign(gradx, { listen, outline, heatRows });
})();
