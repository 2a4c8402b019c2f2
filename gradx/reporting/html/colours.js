// The colours of heat maps: a scale from numbers to colours, and the words that have one.
window.gradx = window.gradx || {};

(function () {
  "use strict";

  const { linearTicks, logTicks, logTexts, number } = window.gradx;
  // viridis (van der Walt and Smith, 2015): perceptually uniform, whatever one's colour vision
  const ONE = ["#440154", "#482878", "#3e4989", "#31688e", "#26828e", "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725"];
  const TWO = ["#0b4f8a", "#2a7ab8", "#86b5da", "#f4f4f1", "#f0aa86", "#d85f28", "#8f3408"]; // blue, white, vermilion
  const BESIDE = { one: { under: "#000000", over: "#d4145a" }, two: { under: "#0a1633", over: "#4a0d0d" } };

  const WORDS = {
    vanishing: ["▼", "vanishing"], exploding: ["▲", "exploding"], stable: ["●", "stable"], finished: ["●", "stable"],
    diverged: ["✖", "diverged"], failed: ["✖", "failed"],
  };
  const OTHERS = ["◆", "■", "★", "✚", "◇", "□", "☆"];

  /**
   * From numbers to colours, between `bounds`. `of(number)` is a colour, `beside(number)` the name of what has no place on the scale
   * ("zero", "below", "inf", "-inf", "nan", "missing") or null, `share(number)` its place from 0 to 1.
   */
  function scale(values, logarithmic, centre, bounds) {
    const log = logarithmic && !(centre <= 0 && centre !== null);
    const fits = (each) => Number.isFinite(each) && (!log || each > 0);
    const up = (each) => (log ? Math.log10(each) : each);
    const [low, high] = bounds.map(up);
    const two = centre !== null && centre !== undefined;
    const ramp = two ? TWO : ONE;
    const share = (each) => Math.min(Math.max((up(each) - low) / (high - low), 0), 1);
    const beside = (each) => (each !== null && fits(each) ? null : named(each));
    const ends = BESIDE[two ? "two" : "one"];
    const of = (each) => (beside(each) ? (beside(each) === "inf" ? ends.over : ends.under) : mixed(ramp, share(each)));
    return { low, high, log, share, beside, of, at: (place) => mixed(ramp, place), ends, empty: !values.some(fits) };
  }

  function named(each) {
    if (each === null || each === undefined) return "missing";
    if (Number.isNaN(each)) return "nan";
    if (!Number.isFinite(each)) return each > 0 ? "inf" : "-inf";
    return each === 0 ? "zero" : "below";
  }

  /** Ticks of a colour bar: [place from 0 to 1, text]. */
  function barTicks({ low, high, log }, most) {
    const ticks = log ? logTicks(low, high, most) : linearTicks(low, high, most);
    const texts = log ? logTexts(ticks) : ticks.map((tick) => number(tick));
    return ticks.map((tick, index) => [(tick - low) / (high - low), texts[index]]);
  }

  function mixed(ramp, place) {
    const at = place * (ramp.length - 1);
    const before = Math.min(Math.floor(at), ramp.length - 2);
    const [one, other] = [channels(ramp[before]), channels(ramp[before + 1])];
    return `rgb(${one.map((each, index) => Math.round(each + (other[index] - each) * (at - before))).join(",")})`;
  }

  function channels(colour) {
    if (colour[0] === "#") return [1, 3, 5].map((place) => parseInt(colour.slice(place, place + 2), 16));
    return colour.match(/[\d.]+/g).slice(0, 3).map(Number);
  }

  /** Black or white, whichever can be read better on a colour. */
  function ink(colour) {
    const linear = channels(colour).map((each) => (each / 255 <= 0.04045 ? each / 255 / 12.92 : ((each / 255 + 0.055) / 1.055) ** 2.4));
    const luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
    return luminance > 0.179 ? "#000000" : "#ffffff";
  }

  /** Symbol and variable of the colour of each of these words: those of verdicts, else the next that is free. */
  function symbols(words) {
    let free = 0;
    const next = () => [OTHERS[free % OTHERS.length], `c${(free++ % 7) + 1}`];
    return new Map(words.map((word) => [word, WORDS[word] || next()]));
  }

  Object.assign(window.gradx, { scale, barTicks, ink, symbols });
})();
