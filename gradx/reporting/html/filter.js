// The filter of a table: `depth>=20 clipping==norm tanh`, all of which must be so.
window.gradx = window.gradx || {};

(function () {
  "use strict";

  const TERM = /([A-Za-z_][\w.]*)\s*(>=|<=|==|!=|=|>|<)\s*("[^"]*"|'[^']*'|[^\s"']+)|"([^"]*)"|'([^']*)'|(\S+)/g;
  const SPECIAL = { nan: NaN, inf: Infinity, "-inf": -Infinity };
  const HOLDS = {
    "==": (a, b) => a === b,
    "!=": (a, b) => a !== b,
    ">": (a, b) => a > b,
    "<": (a, b) => a < b,
    ">=": (a, b) => a >= b,
    "<=": (a, b) => a <= b,
  };

  /**
   * What a filter says.
   *
   * `column(name)`: the values of a column, undefined where there is none. `line(place)`: all that a row shows, in lower
   * case. Gives `test(place)` and `problem`, a sentence or "". As in the filters of gradx, a value that is missing meets
   * no comparison; `== missing` finds it, `== nan` what is nan.
   */
  function parsed(text, column, line) {
    const tests = [];
    const problems = [];
    for (const [, name, sign, operand, double, single, word] of text.matchAll(TERM)) {
      if (!name) {
        const wanted = (double ?? single ?? word).toLowerCase();
        if (wanted !== "and") tests.push((place) => line(place).includes(wanted));
        continue;
      }
      const values = column(name);
      if (values === undefined) problems.push(`there is no column ${name}`);
      else tests.push(comparison(values, sign === "=" ? "==" : sign, operand));
    }
    return { test: (place) => tests.every((each) => each(place)), problem: problems.join("; ") };
  }

  function comparison(values, sign, written) {
    const bare = written.replace(/^(["'])(.*)\1$/, "$2");
    if (bare === "missing" && bare === written) return (place) => (values[place] === null) === (sign === "==");
    const number = bare in SPECIAL ? SPECIAL[bare] : Number(bare);
    const isNumber = bare in SPECIAL || (bare !== "" && !Number.isNaN(number));
    const holds = HOLDS[sign];
    return (place) => {
      const value = values[place];
      if (value === null || value === undefined) return false;
      if (typeof value === "boolean") return holds(value, ["true", "yes", "1"].includes(bare.toLowerCase()));
      if (typeof value !== "number") return holds(String(value), bare);
      if (Number.isNaN(value) || Number.isNaN(number)) {
        const both = isNumber && Number.isNaN(value) && Number.isNaN(number);
        return sign === "==" ? both : sign === "!=" && isNumber && !both;
      }
      return isNumber && holds(value, number);
    };
  }

  /** A comparison as text that `parsed` reads again. */
  function written(name, value) {
    if (value === null) return `${name}==missing`;
    if (typeof value !== "string") return `${name}==${Number.isNaN(value) ? "nan" : value}`;
    const plain = /^[^\s"'=<>!]+$/.test(value) && value !== "missing";
    return `${name}==${plain ? value : value.includes('"') ? `'${value}'` : `"${value}"`}`;
  }

  Object.assign(window.gradx, { parsedFilter: parsed, writtenTest: written });
})();
