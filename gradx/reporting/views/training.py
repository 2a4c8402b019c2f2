"""Training: loss, metric, gradient norm before and after clipping, and learning by layer, over the steps."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import inf, isfinite
from typing import Any

from gradx.reporting.elements import Axis, Limit, LineChart, Section, Series
from gradx.reporting.runs.counts import distinct
from gradx.reporting.runs.differing import is_missing, or_none
from gradx.reporting.runs.material import Material
from gradx.reporting.runs.readings import NOTHING, Readings, split
from gradx.reporting.text import count, number
from gradx.reporting.views import learning
from gradx.reporting.views.divergence import diverged_note, events
from gradx.reporting.views.limits import gradient_limits, near, update_limits
from gradx.reporting.views.picking import Line, Picked, picked
from gradx.reporting.views.profiles import Traces, over
from gradx.reporting.views.seeds import BELOW, BEYOND, over_seeds
from gradx.reporting.views.thinning import MOST, thinned

SCALARS = ("loss", "test_loss", "metric", "grad_norm", "grad_norm.clipped", "clip_coefficient")
WANTED = (*SCALARS, *learning.QUANTITIES)
"""The quantities of the trace that these charts are made of."""

ROUNDING = 1e-6  # by which a clipping coefficient of 1 may be off
FLATTENING = 1e3  # times the largest value of the others, from which on a diverging run is not shown whole
ROOM = 3.0  # times that value, where the axis then ends
SPAN = 100.0  # largest over smallest from which a logarithmic axis shows more
STEP = Axis("step", integer=True)

Chooser = Callable[[Readings], Readings]


def sections(material: Material) -> list[Section]:
    """One, where anything was measured at more than one step or a run diverged."""
    pick = picked(material)
    if not pick.runs:
        return []
    made = section(pick, split(material.trace(pick.runs, WANTED)), rows=distinct(material.rows))
    return [made] if made else []


def section(
    pick: Picked, traces: Traces, most: int = MOST, rows: Sequence[Mapping[str, Any]] | None = None
) -> Section | None:
    """The charts of these lines; None where there is neither one nor anything to say.

    Args:
        pick: the lines.
        traces: what was measured in their runs.
        most: points of a line.
        rows: the runs that the text speaks of; those of the lines unless given.
    """
    told = pick.rows if rows is None else rows
    charts = [*_losses(pick, traces), *_norms(pick, traces), *_learning(pick, traces)]
    made = [_finished(chart, pick, most) for chart in charts if any(len(series.x) > 1 for series in chart.series)]
    said = [text for text in (diverged_note(told), _clip_note(told)) if text]
    said += [f"Drawn: {pick.note}."] if said and made and pick.note else []
    return Section("training", "Training", " ".join(said), made) if made or diverged_note(told) else None


def line_over_steps(
    line: Line,
    traces: Traces,
    quantity: str,
    label: str,
    log: bool = True,
    choose: Chooser | None = None,
    worst: float = inf,
) -> Series | None:
    """A quantity over the steps; a run that has diverged counts as NaN from there on. None where there is nothing."""
    curves, ended = [], []
    for row in line.rows:
        readings = traces.get(row["run"], {}).get(quantity, NOTHING)
        curve = (choose(readings) if choose and len(readings) else readings).by_step()
        end = row.get("diverged_at")
        if curve or not is_missing(end):
            curves.append(curve)
            ended.append(or_none(end))
    return over_seeds(label, curves, ended, log, worst) if any(curves) else None


def _losses(pick: Picked, traces: Traces) -> list[LineChart]:
    """Of training and, where it was measured, of the test set; with what chance gives."""
    units = {str(row["metric.name"]) for row in pick.rows if not is_missing(row.get("metric.name"))}
    upwards = "accuracy" in units
    training, test = (_lines(pick, traces, name, log=False) for name in SCALARS[:2])
    metric = _lines(pick, traces, SCALARS[2], log=False, worst=-inf if upwards else inf)
    scored = f"Test {units.pop().replace('_', ' ')}" if len(units) == 1 else "Test metric"
    if _alone(pick):
        found = [replace(one, label="training") for one in training] + [replace(one, label="test") for one in test]
        charts = [_loss("loss", "Loss", found)]
    else:
        charts = [_loss("loss", "Training loss", training), _loss("test-loss", "Test loss", test)]
    charts = [replace(chart, series=_with_chance(chart.series, pick, "loss.chance")) for chart in charts]
    if [series.y for series in metric] == [series.y for series in test]:
        return charts  # the loss is the metric
    named = [replace(series, label=series.label or scored.lower()) for series in metric]
    axis = Axis(scored.lower(), log=not upwards and _spans(metric))
    series, worst = _with_chance(named, pick, "metric.chance"), -inf if upwards else inf
    return [*charts, LineChart("metric", scored, STEP, axis, series, worst=worst)]


def _loss(key: str, title: str, series: Sequence[Series]) -> LineChart:
    return LineChart(key, title, STEP, Axis("loss", log=_spans(series)), series)


def _with_chance(found: Sequence[Series], pick: Picked, column: str) -> list[Series]:
    """What guessing gives, as a line, if it is the same for all."""
    chances = {row.get(column) for row in pick.rows}
    (chance, *others) = chances or {None}
    ends = [x for series in found for x in (series.x[0], series.x[-1])]
    if others or is_missing(chance) or not ends or min(ends) == max(ends):
        return list(found)
    return [*found, Series("chance", [min(ends), max(ends)], [chance, chance], predicted=True)]


def _norms(pick: Picked, traces: Traces) -> list[LineChart]:
    """The gradient norm before and after clipping, and how much of it clipping keeps."""
    before = _lines(pick, traces, "grad_norm")
    kept = [series for series in _lines(pick, traces, "clip_coefficient") if _clips(series)]
    labels = {series.label for series in kept}
    after = [series for series in _lines(pick, traces, "grad_norm.clipped") if series.label in labels]
    limits = gradient_limits(pick.rows)
    if _alone(pick) and after:
        both = [replace(before[0], label="before clipping"), replace(after[0], label="after clipping")]
        charts = [_norm("grad-norm", "Gradient norm before and after clipping", both, limits)]
    else:
        clipped = f" before clipping{'' if after else ' (nothing was clipped)'}" if _has_clipping(pick) else ""
        charts = [
            _norm("grad-norm", f"Gradient norm{clipped}", before, limits),
            _norm("grad-norm-clipped", "Gradient norm after clipping", after, limits),
        ]
    share = Axis("norm after / before clipping", log=_spans(kept))
    named = [replace(series, label=series.label or "kept") for series in kept]
    return [*charts, LineChart("clipping", "How much of the gradient clipping keeps", STEP, share, named)]


def _norm(key: str, title: str, series: Sequence[Series], limits: Sequence[Limit]) -> LineChart:
    axis = Axis("gradient norm over all parameters (L2)", log=True)
    return LineChart(
        key, title, STEP, axis, [replace(one, label=one.label or "all parameters") for one in series], limits
    )


def _clips(series: Series) -> bool:
    """Whether any step was clipped: NaN is a run that has diverged."""
    return any(value is not None and value < 1 - ROUNDING for value in (*series.y, *series.low))


def _has_clipping(pick: Picked) -> bool:
    return any(row.get("clipping") not in (None, "none") for row in pick.rows)


def _learning(pick: Picked, traces: Traces) -> list[LineChart]:
    """How fast first, middle and last layer learn, and what goes through them; of several groups first and last."""
    ratio = Axis("norm of the update / norm of the weights", log=True)
    limits = update_limits(pick.rows)
    if _alone(pick):
        (line,) = pick.lines
        charts = [LineChart("learning", "Learning by layer", STEP, ratio, _layers(line, traces), limits)]
        for quantity, title, label in learning.ACTIVATIONS:
            series = _layers(line, traces, quantity)
            if all(value == 0 for one in series for value in (*one.y, *one.high)):
                continue  # nothing to be seen
            axis = Axis(label, log=quantity == "activation_std" and _spans(series))
            charts.append(LineChart(quantity.replace("_", "-"), title, STEP, axis, series))
        return charts
    charts = []
    for key, place in (("first", 0), ("last", -1)):
        found = [(line, one) for line in pick.lines if (one := _at_layer(line, traces, place)) is not None]
        names = {one.label for _, one in found}
        title = f"Learning of {names.pop()}" if len(names) == 1 else f"Learning of the {key} layer"
        series = [replace(one, label=line.label) for line, one in found]
        charts.append(LineChart(f"learning-{key}", title, STEP, ratio, series, limits))
    return charts


def _layers(line: Line, traces: Traces, quantity: str = "update_ratio") -> list[Series]:
    found = learning.choosers(_example(line, traces, quantity), quantity)
    log = quantity == "update_ratio"
    made = (line_over_steps(line, traces, quantity, label, log, choose) for label, choose in found.items())
    return [series for series in made if series]


def _at_layer(line: Line, traces: Traces, place: int) -> Series | None:
    found = list(learning.choosers(_example(line, traces, "update_ratio"), "update_ratio").items())
    if not found or (place == -1 and len(found) == 1):
        return None
    label, choose = found[place]
    return line_over_steps(line, traces, "update_ratio", label, choose=choose)


def _example(line: Line, traces: Traces, quantity: str) -> Readings:
    """Of the first run that has any: seeds share their layers."""
    return next((found for run in line.runs if len(found := traces.get(run, {}).get(quantity, NOTHING))), NOTHING)


def _lines(pick: Picked, traces: Traces, quantity: str, log: bool = True, worst: float = inf) -> list[Series]:
    made = (line_over_steps(line, traces, quantity, line.label, log, worst=worst) for line in pick.lines)
    return [series for series in made if series]


def _alone(pick: Picked) -> bool:
    return len(pick.lines) == 1


def _spans(found: Sequence[Series]) -> bool:
    values = [value for series in found for value in (*series.y, *series.low, *series.high) if value is not None]
    numbers = [value for value in values if isfinite(value) and value != 0]
    return bool(numbers) and min(numbers) > 0 and max(numbers) >= SPAN * min(numbers)


def _finished(chart: LineChart, pick: Picked, most: int) -> LineChart:
    caption = over([len(line.rows) for line in pick.lines], pick.note)
    if any(series.low for series in chart.series) and any(_line_diverged(line) for line in pick.lines):
        caption += f" A seed that has diverged counts as NaN from there on. {BEYOND if chart.worst > 0 else BELOW}"
    top = _top(chart, pick)
    if top is not None:
        caption += " The axis is made for the runs that do not diverge: lines of the others run off it."
    return replace(
        chart,
        series=[thinned(series, most) for series in chart.series],
        limits=near(chart.limits, chart.series),
        events=events(pick),
        caption=caption,
        top=top,
    )


def _top(chart: LineChart, pick: Picked) -> float | None:
    """An end of the axis above all lines that do not diverge, where those that do would flatten them."""
    calm = {line.label for line in pick.lines if not _line_diverged(line)}
    found: dict[bool, list[float]] = {True: [], False: []}
    for series in chart.series:
        values = (value for value in (*series.y, *series.high) if value is not None and isfinite(value))
        found[series.label in calm or series.predicted] += values
    highest = max(found[True], default=0.0)
    if not calm or highest <= 0 or max(found[False], default=0.0) <= FLATTENING * highest:
        return None
    return ROOM * highest


def _line_diverged(line: Line) -> bool:
    return any(not is_missing(row.get("diverged_at")) for row in line.rows)


def _percent(rate: float) -> str:
    """With three digits, but 100 only where it is all."""
    text = number(100 * rate, 3)
    return "more than 99.9" if text == "100" and rate < 1 else text


def _clip_note(rows: Sequence[Mapping[str, Any]]) -> str:
    """In how many steps of how many runs the gradient was clipped."""
    rates = sorted(float(row["clip_rate"]) for row in rows if not is_missing(row.get("clip_rate")))
    clipped = [rate for rate in rates if rate > 0]
    if not clipped:
        return ""
    low, high = (_percent(rate) for rate in (clipped[0], clipped[-1]))
    share = f"{low} %" if low == high else f"{low} to {high} %"
    which = "" if len(rows) == 1 else f" in {len(clipped):,} of {count(len(rows), 'run')}"
    return f"Clipping changed the gradient in {share} of the steps{which}."
