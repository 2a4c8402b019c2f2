"""Value forms: `{range: [0, 5]}`, `{logspace: [1e-4, 1, 5]}` ... written out as the values that they stand for."""

import difflib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from random import Random
from typing import Any

from gradx.base.document import KeyPath, shown
from gradx.base.seeds import stream

Number = int | float
Mistake = tuple[KeyPath, str]

MAX_VALUES = 1_000_000
LARGEST = 1e300  # of a number in a form: beyond it, differences overflow
DIGITS = 12  # of a value of logspace: 0.001, not 0.0010000000000000002
DRAWN_DIGITS = 8  # of a drawn value, relative to the interval: enough for a million different ones
FORMS = ("range", "linspace", "logspace", "random")
DRAWS = ("uniform", "log_uniform", "randint")
SHAPES = "{range: [a, b, step]}, {linspace: [a, b, n]}, {logspace: [a, b, n]} or {random: {log_uniform: [a, b]}, n: 50}"


class FormError(Exception):
    """A form is wrong; `mistakes` are its mistakes, each with the path from the form to where it stands."""

    def __init__(self, *mistakes: Mistake) -> None:
        self.mistakes = mistakes
        super().__init__("; ".join(message for _, message in mistakes))


def is_form(value: Any) -> bool:
    """Whether `value` is meant as a value form (a part has a `kind`, a form has none)."""
    return isinstance(value, dict) and "kind" not in value and any(key in FORMS for key in value)


def expand(form: Mapping[str, Any], name: str) -> list[Number]:
    """The values of a form.

    range: [a, b, step] from a in steps (1 unless given) up to b, which is left out; ceil((b - a) / step) values.
    linspace: [a, b, n] n values in equal steps, both ends included.
    logspace: [a, b, n] n values by equal factors, both ends (not exponents) included.
    random: {uniform: [a, b]} or {log_uniform: [a, b]} n numbers; {randint: [a, b]} n different whole numbers below b.

    range and linspace count with the decimals as written, so there is no accumulated error: [0, 1, 0.1] holds 0.3.
    Whole numbers stay whole. Draws come from the stream of `seed` (0 unless given) and `name`; a larger n goes on
    where a smaller one ended. Raises FormError.
    """
    given = [key for key in form if key in FORMS]
    if len(given) != 1:
        close = [f"; did you mean {match!r}?" for key in form for match in difflib.get_close_matches(key, FORMS, n=1)]
        hint = close[0] if close and not given else ""
        raise FormError(((), f"must be a list of values or one of {SHAPES}{hint}"))
    kind = given[0]
    known = ("random", "n", "seed") if kind == "random" else (kind,)
    if unknown := [key for key in form if key not in known]:
        raise FormError(*(((key,), f"unknown key {key!r} (allowed here: {', '.join(known)})") for key in unknown))
    if kind == "random":
        return _random(form, name)
    make = {"range": _range, "linspace": _linspace, "logspace": _logspace}[kind]
    return make(_numbers(form[kind], (kind,), (2, 3) if kind == "range" else (3,)))


def _range(given: Sequence[Number]) -> list[Number]:
    start, stop, step = (Fraction(repr(number)) for number in (*given, 1)[:3])
    if step == 0:
        raise FormError((("range", 2), "the step must not be 0"))
    count = math.ceil((stop - start) / step)
    if count < 1:
        raise FormError((("range",), f"holds no value: from {given[0]} to {given[1]} in steps of {float(step):g}"))
    _few(count, ("range",))
    whole = math.lcm(start.denominator, step.denominator)
    first, by = int(start * whole), int(step * whole)
    if all(isinstance(number, int) for number in given):
        return [first + index * by for index in range(count)]
    return [(first + index * by) / whole for index in range(count)]


def _linspace(given: Sequence[Number]) -> list[Number]:
    low, high, count = _ends(given, "linspace")
    start, stop = Fraction(repr(low)), Fraction(repr(high))
    whole = math.lcm(start.denominator, stop.denominator)
    first, last, parts = int(start * whole), int(stop * whole), count - 1
    tops = (first * (parts - index) + last * index for index in range(count))
    if isinstance(low, int) and isinstance(high, int) and (high - low) % parts == 0:
        return [top // parts for top in tops]
    return [top / (whole * parts) for top in tops]


def _logspace(given: Sequence[Number]) -> list[Number]:
    low, high, count = _ends(given, "logspace")
    if wrong := [place for place in (0, 1) if given[place] <= 0]:
        raise FormError(*((("logspace", place), f"must be greater than 0 (got {given[place]})") for place in wrong))
    start, width = math.log(low), math.log(high) - math.log(low)
    inner = [_rounded(math.exp(start + width * index / (count - 1)), DIGITS) for index in range(1, count - 1)]
    if isinstance(low, int) and isinstance(high, int) and all(value.is_integer() for value in inner):
        return [low, *map(int, inner), high]
    return [float(low), *inner, float(high)]


def _random(form: Mapping[str, Any], name: str) -> list[Number]:
    inner, mistakes = form["random"], list[Mistake]()
    if not isinstance(inner, dict) or len(inner) != 1 or next(iter(inner)) not in DRAWS:
        mistakes.append((("random",), f"must be one of {', '.join(f'{{{draw}: [a, b]}}' for draw in DRAWS)}"))
    count, seed = form.get("n"), form.get("seed", 0)
    if "n" not in form:
        mistakes.append(((), "missing key 'n': how many values are drawn"))
    elif type(count) is not int or not 1 <= count <= MAX_VALUES:
        mistakes.append((("n",), f"must be a whole number from 1 to {MAX_VALUES:,} (got {shown(count)})"))
    if type(seed) is not int or seed < 0:
        mistakes.append((("seed",), f"must be a whole number, at least 0 (got {shown(seed)})"))
    if mistakes or type(count) is not int:
        raise FormError(*mistakes)
    draw, ends = next(iter(inner.items()))
    place = ("random", draw)
    low, high = _numbers(ends, place, (2,))
    if not low < high:
        raise FormError((place, f"the first number must be less than the second (got {low} and {high})"))
    source = Random(stream(seed, "sweep", name)).random  # Python promises the same numbers in every version
    if draw == "randint":
        if not (isinstance(low, int) and isinstance(high, int)):
            raise FormError((place, "must be whole numbers"))
        if count > high - low:
            raise FormError((("n",), f"only {high - low} whole numbers from {low} to {high - 1} (got {count})"))
        return list(_different(low, high - low, count, source))
    if draw == "log_uniform" and low <= 0:
        raise FormError(((*place, 0), f"must be greater than 0 (got {low})"))
    return _spread(draw, low, high, count, source, place)


def _spread(
    draw: str, low: float, high: float, count: int, source: Callable[[], float], place: KeyPath
) -> list[Number]:
    """`count` different numbers from low to high, rounded to what a person can read."""
    found: dict[float, None] = {}
    log = draw == "log_uniform"
    width = math.log(high) - math.log(low) if log else high - low
    digits = DRAWN_DIGITS - math.floor(math.log10(width)) if width else 17
    for _ in range(2 * count + 1000):
        if len(found) == count:
            break
        share = source()
        if log:
            value = _rounded(low * math.exp(width * share), min(max(DRAWN_DIGITS, digits), 17))
        else:
            value = round(low + width * share, digits)
        found[min(max(value, low), high)] = None
    if len(found) < count:
        raise FormError((place, f"too close together for {count} different numbers (got {low} and {high})"))
    return list(found)


def _different(low: int, size: int, count: int, source: Callable[[], float]) -> Iterator[int]:
    """`count` of the `size` whole numbers from `low`, none twice: a shuffle that only notes what it has moved."""
    moved: dict[int, int] = {}
    for index in range(count):
        other = index + min(int(source() * (size - index)), size - index - 1)
        yield low + moved.get(other, other)
        moved[other] = moved.get(index, index)


def _ends(given: Sequence[Number], kind: str) -> tuple[Number, Number, int]:
    low, high, count = given
    if not isinstance(count, int) or count < 2:
        raise FormError(((kind, 2), f"the number of values must be a whole number, at least 2 (got {count})"))
    if low == high:
        raise FormError(((kind,), f"both ends are {low}: the values would coincide"))
    _few(count, (kind, 2))
    return low, high, count


def _few(count: int, place: KeyPath) -> None:
    if count > MAX_VALUES:
        raise FormError((place, f"{count:,} values; at most {MAX_VALUES:,} are allowed"))


def _numbers(given: Any, place: KeyPath, lengths: Sequence[int]) -> list[Number]:
    """The numbers of a list of one of these lengths."""
    if not isinstance(given, list) or len(given) not in lengths:
        what = f"{len(given)} items" if isinstance(given, list) else shown(given)
        raise FormError((place, f"must be a list of {' or '.join(map(str, lengths))} numbers (got {what})"))
    mistakes: list[Mistake] = []
    for index, number in enumerate(given):
        if type(number) not in (int, float):
            mistakes.append(((*place, index), f"must be a number (got {shown(number)})"))
        elif isinstance(number, float) and not math.isfinite(number):
            mistakes.append(((*place, index), f"must be a finite number (got {shown(number)})"))
        elif abs(number) > LARGEST:
            mistakes.append(((*place, index), f"must lie between -{LARGEST:g} and {LARGEST:g}"))
    if mistakes:
        raise FormError(*mistakes)
    return given


def _rounded(value: float, digits: int) -> float:
    return float(f"{value:.{digits}g}")
