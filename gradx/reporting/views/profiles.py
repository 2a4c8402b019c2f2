"""The gradient by depth and by time: a line for each group of runs, its seeds as a band, and where formats end."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf, isfinite, isnan, log10
from typing import Any

from gradx.reporting.elements import Axis, LineChart, Section, Series
from gradx.reporting.runs.material import Material
from gradx.reporting.runs.middle import geometric_note
from gradx.reporting.runs.profiles import QUANTITIES, Profile, differ, ends
from gradx.reporting.runs.readings import Readings, split
from gradx.reporting.runs.units import UNITS, Direction
from gradx.reporting.text import count, number
from gradx.reporting.views import taps
from gradx.reporting.views.alike import before_training
from gradx.reporting.views.limits import gradient_limits, near
from gradx.reporting.views.picking import Line, Picked, picked
from gradx.reporting.views.seeds import BEYOND, Curve, over_seeds
from gradx.reporting.views.thinning import MOST, thinned

Prediction = Callable[[Mapping[str, Any], Direction, Series], Series | None]
"""What a theory says of a profile before training, None where it says nothing.

Its arguments are a row of `runs/`, the direction, and the profile measured, on whose norm at the loss a theory of
ratios stands. The result has a label such as `mean field`, x from 1 (input) to the loss, and `predicted`.
"""

PREDICTIONS: tuple[Prediction, ...] = ()
"""Drawn over what was measured. A new theory is one entry more."""

FEW = 3  # groups up to which the other gradients of a layer are drawn, too
Traces = Mapping[str, Mapping[str, Readings]]
"""Run to quantity to what was measured."""

TITLES: Mapping[Direction, str] = {"depth": "Gradient by depth", "time": "Gradient by time"}


def sections(material: Material, predictions: Sequence[Prediction] = PREDICTIONS) -> list[Section]:
    """One for each direction in which something was measured. Its traces are read once: the headline asks, too."""
    key = ("profiles", *predictions)
    if key not in material.made:
        material.made[key] = _sections(material, predictions)
    found: list[Section] = material.made[key]
    return found


def _sections(material: Material, predictions: Sequence[Prediction]) -> list[Section]:
    pick = picked(material)
    if not pick.runs:
        return []
    start = picked(material, alike=before_training(material)) if pick.note else pick
    runs = list(dict.fromkeys([*pick.runs, *start.runs]))
    traces = split(material.trace(runs, [*wanted("depth"), *wanted("time")]))
    directions: tuple[Direction, ...] = ("depth", "time")
    return [made for one in directions if (made := section(pick, traces, one, predictions, start=start))]


def wanted(direction: Direction) -> tuple[str, ...]:
    """The quantities of the trace that these charts are made of."""
    return (*QUANTITIES[direction], *(taps.OTHERS if direction == "depth" else ()))


def section(
    pick: Picked,
    traces: Traces,
    direction: Direction,
    predictions: Sequence[Prediction] = PREDICTIONS,
    most: int = MOST,
    start: Picked | None = None,
) -> Section | None:
    """The charts of one direction; None where nothing was measured along it.

    Args:
        pick: the lines.
        traces: what was measured in their runs.
        direction: along which.
        predictions: drawn over what was measured.
        most: points of a line.
        start: the lines before training, if they are others.
    """
    start, alone = start or pick, len(pick.lines) == 1
    first, found = (_measured(lines, traces, direction, alone) for lines in (start, pick))
    if not first or not found:
        return None
    before = _single(found[0], direction, predictions) if alone else _before(first, direction, predictions)
    if direction == "depth":
        before += _others(first, traces)
    last = [] if alone else _after(found, direction)
    made = [_finished(chart, first, start, direction, most) for chart in before]
    made[1:1] = [_finished(chart, found, pick, direction, most) for chart in last]
    return Section(f"gradient-{direction}", TITLES[direction], _note(first, direction, bool(start.note)), made)


def _measured(pick: Picked, traces: Traces, direction: Direction, alone: bool) -> "list[_Measured]":
    made = (_Measured.of(line, traces, direction, alone) for line in pick.lines)
    return [one for one in made if one is not None]


@dataclass(frozen=True)
class _Measured:
    """The profiles of one line before and after training, one of each seed that has any."""

    line: Line
    first: Sequence[Profile]
    last: Sequence[Profile]
    runs: Sequence[str]
    alone: bool

    @classmethod
    def of(cls, line: Line, traces: Traces, direction: Direction, alone: bool) -> "_Measured | None":
        pairs = {run: pair for run in line.runs if (pair := ends(traces.get(run, {}), direction))}
        if not pairs:
            return None
        first, last = zip(*pairs.values(), strict=True)
        return cls(line, first, last, list(pairs), alone)

    @property
    def changed(self) -> bool:
        """Whether training changed the profile much in any seed."""
        return any(differ(first, last) for first, last in zip(self.first, self.last, strict=True))

    def series(self, label: str, found: Sequence[Profile]) -> Series:
        return over_seeds(label, [dict(zip(one.positions, one.values, strict=True)) for one in found])

    @property
    def start(self) -> Series:
        return self.series(_when(self.first) if self.alone else self.line.label, self.first)


def _single(one: _Measured, direction: Direction, predictions: Sequence[Prediction]) -> list[LineChart]:
    """A chart with the first and, if it differs much, the last profile."""
    last = [one.series(_when(one.last), one.last)] if one.changed else []
    unit = UNITS[direction]
    return [
        _chart(
            f"gradient-by-{direction}",
            f"Gradient norm by {unit}",
            [one.start, *last, *_predicted([one], direction, predictions)],
        )
    ]


def _before(found: Sequence[_Measured], direction: Direction, predictions: Sequence[Prediction]) -> list[LineChart]:
    """A chart with the first profiles of several lines."""
    when = _when([profile for one in found for profile in one.first])
    start = _merged(found) + _predicted(found, direction, predictions)
    return [_chart(f"gradient-by-{direction}", f"Gradient norm by {UNITS[direction]}, {when}", start)]


def _after(found: Sequence[_Measured], direction: Direction) -> list[LineChart]:
    """A chart with the last profiles, if any differ much from the first."""
    if not any(one.changed for one in found):
        return []
    when = _when([profile for one in found for profile in one.last])
    series = [one.series(one.line.label, one.last) for one in found]
    return [_chart(f"gradient-by-{direction}-last", f"Gradient norm by {UNITS[direction]}, {when}", series)]


def _others(found: Sequence[_Measured], traces: Traces) -> list[LineChart]:
    """The gradients of outputs and weights beside that of the signal: one can be flat where the others are not."""
    if len(found) > FEW:
        return []
    curves = {name: [(one, _curves(one, traces, name)) for one in found] for name in taps.OTHERS}
    if found[0].alone:
        one = found[0]
        lines = [over_seeds(taps.NAMES[name], made) for name, ((_, made),) in curves.items() if made]
        signal = replace(one.start, label=one.first[0].tap)
        title = f"Three gradients of a layer, {_when(one.first)}" if len(lines) == 2 else "Gradients of a layer"
        return [_chart("gradient-by-depth-taps", title, [signal, *lines])] if lines else []
    charts = []
    for name, of_lines in curves.items():
        series = [over_seeds(one.line.label, made) for one, made in of_lines if made]
        if series:
            when = _when([profile for one in found for profile in one.first])
            title = f"Gradient norm of {taps.NAMES[name].removesuffix('s')}s by layer, {when}"
            charts.append(_chart(f"gradient-by-depth-{taps.NAMES[name]}", title, series))
    return charts


def _merged(found: Sequence[_Measured]) -> list[Series]:
    """Lines that are one and the same drawn once: before training, runs that differ in how they train are alike."""
    alike: dict[str, list[_Measured]] = {}
    for one in found:
        series = one.start
        alike.setdefault(repr((series.x, series.y, series.low, series.high)), []).append(one)
    made = []
    for same in alike.values():
        label, amount = same[0].line.label, sum(one.line.alike for one in same)
        if amount > 1:
            label = f"{label} (and {amount - 1} alike)" if len(alike) > 1 else f"all {amount} combinations"
        made.append(replace(same[0].start, label=label))
    return made


def _curves(one: _Measured, traces: Traces, quantity: str) -> list[Curve]:
    found = (
        taps.tap_profile(traces[run], quantity, profile.step, profile.positions[-1])
        for run, profile in zip(one.runs, one.first, strict=True)
    )
    return [curve for curve in found if len(curve) > 1]


def _predicted(found: Sequence[_Measured], direction: Direction, predictions: Sequence[Prediction]) -> list[Series]:
    made = []
    for one in found:
        for predict in predictions:
            series = predict(one.line.rows[0], direction, one.start)
            if series is not None:
                label = series.label if one.alone else f"{series.label}: {one.line.label}"
                made.append(replace(series, label=label, predicted=True))
    return made


def _chart(key: str, title: str, series: Sequence[Series]) -> LineChart:
    return LineChart(key, title, Axis(""), Axis("gradient norm (L2)", log=True), series)


def _finished(chart: LineChart, found: Sequence[_Measured], pick: Picked, direction: Direction, most: int) -> LineChart:
    unit = UNITS[direction]
    own = chart.key.startswith(f"gradient-by-{direction}-") and not chart.key.endswith("-last")
    of = "" if own else f"Of the {_tap(found)}. "
    weights = any("weights" in text for text in (chart.key, *(series.label for series in chart.series)))
    what = "Weights: all of a layer together, without biases and normalization. " if own and weights else ""
    return replace(
        chart,
        x=Axis(f"{unit} (the loss is at the right)", integer=True),
        series=[thinned(series, most) for series in chart.series],
        limits=near(gradient_limits(pick.rows), chart.series),
        caption=f"{of}{what}{over([len(one.runs) for one in found], pick.note, log=True)}{_nan_note(found)}",
    )


def _nan_note(found: Sequence[_Measured]) -> str:
    profiles = (profile for one in found if len(one.runs) > 1 for profile in (*one.first, *one.last))
    return f" {BEYOND}" if any(isnan(value) for profile in profiles for value in profile.values) else ""


def over(amounts: Sequence[int], note: str = "", log: bool = False) -> str:
    """What lines and bands are of: `Median and range over 5 seeds; 8 of 20 combinations, evenly chosen.`

    Args:
        amounts: of seeds, one for each line.
        note: what else there is to say.
        log: whether the middle of two is their geometric mean.
    """
    low, high = min(amounts), max(amounts)
    seeds = count(high, "seed") if low == high else f"{low} to {high} seeds"
    even = geometric_note(amounts) if log else ""
    middle = f"Median ({even})" if even else "Median"
    text = f"{middle} and range over {seeds}" if high > 1 else "One run" if len(amounts) == 1 else "One run each"
    return f"{text}; {note}." if note else f"{text}."


def _when(found: Sequence[Profile]) -> str:
    steps = [profile.step for profile in found]
    low, high = min(steps), max(steps)
    if high == 0:
        return "before training"
    return f"after {count(high, 'step')}" if low == high else f"at the last sampled step ({low:,} to {high:,})"


def _tap(found: Sequence[_Measured]) -> str:
    taps_found = list(dict.fromkeys(one.first[0].tap for one in found))
    kinds = list(dict.fromkeys(tap.partition(",")[0] for tap in taps_found))
    return taps_found[0] if len(taps_found) == 1 else " or ".join(kinds)


def _note(found: Sequence[_Measured], direction: Direction, some: bool) -> str:
    """By how much the norm changes from the loss to the input; of `some` of all lines it is not the whole range."""
    unit = UNITS[direction]
    changes = [(change, one) for one in found if (change := _change(one.start)) is not None]
    if not changes:
        return ""
    (low, least), (high, most) = min(changes, key=_first), max(changes, key=_first)
    which = "In the lines drawn, from" if some else "From"
    whole = f"{which} the last {unit} to the first the gradient norm changes by"
    if _said(low) == _said(high):
        return f"{whole} {_said(low)}, {_when(least.first)}."
    when = _when([profile for _, one in changes for profile in one.first])
    return f"{whole} {_said(low)} ({least.line.label}) to {_said(high)} ({most.line.label}), {when}."


def _first(pair: tuple[float, _Measured]) -> float:
    return pair[0]


def _said(decades: float) -> str:
    if abs(decades) > 300 and isfinite(decades):
        return f"10^{decades:.0f}"
    return f"a factor {number(10**decades if decades < inf else inf, 2)}"


def _change(series: Series) -> float | None:
    """Decades from the loss to the input: -inf where nothing arrives; None where that is not known."""
    first, last = series.y[0], series.y[-1]
    if first is None or last is None or isnan(first) or not isfinite(last) or last <= 0:
        return None
    return -inf if first == 0 else log10(first) - log10(last)
