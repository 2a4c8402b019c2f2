// Numbers of the report: from its JSON, to text, and the ticks of axes.
window.gradx = window.gradx || {};

(function () {
  "use strict";

  const SPECIAL = { nan: NaN, inf: Infinity, "-inf": -Infinity };

  /** A value of the JSON as a number: null is missing; "nan", "inf" and "-inf" are what was measured. */
  function value(encoded) {
    if (encoded === null || encoded === undefined) return null;
    if (typeof encoded === "boolean") return Number(encoded);
    return typeof encoded === "string" ? SPECIAL[encoded] : encoded;
  }

  /** A number as text with so many significant digits; integers below ten million in full. */
  function number(number, digits = 4) {
    if (number === null || number === undefined) return "missing";
    if (Number.isNaN(number)) return "nan";
    if (!Number.isFinite(number)) return number > 0 ? "inf" : "-inf";
    if (Number.isInteger(number) && Math.abs(number) < 1e7) return String(number);
    const [mantissa, exponent] = number.toExponential(digits - 1).split("e");
    if (exponent < -4 || exponent >= Math.max(digits, 5)) return `${Number(mantissa)}e${Number(exponent)}`;
    return String(Number(number.toPrecision(digits)));
  }

  /** What stands on one line at most so long, with an ellipsis where something is cut off. */
  function clipped(text, length) {
    const characters = Array.from(text);
    return characters.length <= length ? text : characters.slice(0, length - 1).join("") + "…";
  }

  /** At most `most` round numbers from low to high, 1, 2 or 5 times a power of ten apart. */
  function linearTicks(low, high, most, integer = false) {
    const span = high - low;
    if (!(span > 0)) return [low];
    let step = 10 ** Math.floor(Math.log10(span / most));
    step *= [1, 2, 5, 10].find((factor) => span / (step * factor) <= most) || 10;
    if (integer) step = Math.max(1, Math.round(step));
    const ticks = [];
    for (let index = Math.ceil(low / step - 1e-9); index * step <= high + step * 1e-9; index += 1) {
      ticks.push(Number((index * step).toPrecision(12)));
    }
    return ticks;
  }

  /** Decimal logarithms of at most some `most` round numbers between 10^low and 10^high. */
  function logTicks(low, high, most) {
    const decades = high - low;
    if (decades >= 3) {
      const step = [1, 2, 3, 5, 10, 20, 30, 50, 100].find((each) => decades / each <= most) || 200;
      const ticks = [];
      for (let tick = Math.ceil(low / step) * step; tick <= high; tick += step) ticks.push(tick);
      if (ticks.length > 1) return ticks;
    }
    for (const digits of [[1, 2, 5], [1, 3], [1]]) {
      const ticks = [];
      for (let decade = Math.floor(low); decade <= high; decade += 1) {
        for (const digit of digits) ticks.push(decade + Math.log10(digit));
      }
      const inside = ticks.filter((tick) => tick >= low && tick <= high);
      if (inside.length > 2 && inside.length <= most + 2) return inside;
    }
    return linearTicks(10 ** low, 10 ** high, most).filter((tick) => tick > 0).map(Math.log10);
  }

  /** Texts of ticks on a log axis, by their logarithms: plain numbers near 1, else 1e-20. */
  function logTexts(ticks) {
    const plain = ticks.every((tick) => tick > -3.01 && tick < 4.01);
    const exact = ticks.map((tick) => (Number.isInteger(tick) ? tick : Number((10 ** tick).toPrecision(4))));
    return exact.map((each, index) => {
      if (!Number.isInteger(ticks[index])) return number(each);
      if (plain) return String(Number(`1e${each}`));
      return each === 0 ? "1" : `1e${each}`;
    });
  }

  Object.assign(window.gradx, { value, number, clipped, linearTicks, logTicks, logTexts });
})();
