"""From a trace to a verdict: vanishing, exploding, stable or diverged, along depth and along time, with evidence."""

from dataclasses import dataclass
from math import isfinite, isinf, isnan
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gradx.base.thresholds import Thresholds
from gradx.base.trace import Trace

Axis = Literal["depth", "time"]
AXES: tuple[Axis, ...] = ("depth", "time")
UNIT = {"depth": "layer", "time": "time step"}


@dataclass(frozen=True)
class Verdict:
    """A judged outcome along one axis, and the sentence that justifies it."""

    axis: Axis
    outcome: Literal["vanishing", "exploding", "stable", "diverged"]
    evidence: str


def diagnose(first: Trace, diverged_at: int | None, thresholds: Thresholds, steps: int | None = None) -> list[Verdict]:
    """A verdict for each axis that has at least two positions.

    `vanishing`: over the whole axis the norm falls towards the input by at least `thresholds.decades`, and the 95 %
    interval of the growth, where there is one, lies below 1; `exploding` likewise upwards; otherwise `stable`.
    `diverged` where the loss became non-finite, whatever the growth was at first. A profile that reaches exactly zero
    has vanished, one that holds an inf has exploded.

    Args:
        first: the rows of the run's first sampled step, without training where that is step 0.
        diverged_at: the step whose loss was not finite, if any; `steps` where it was the test loss after the last step.
        thresholds: see `gradx.base.thresholds`.
        steps: of the whole run.
    """
    end = None
    if diverged_at is not None:
        last = diverged_at == steps and steps > 0
        end = (
            "the test loss was not finite after the last step"
            if last
            else f"the loss was not finite at step {diverged_at}"
        )
    return [verdict for axis in AXES if (verdict := _along(axis, first, end, thresholds))]


def scalar(trace: Trace, quantity: str) -> float | None:
    """The value of a quantity of the whole network, in rows of one step; None where there is no such row."""
    found = trace.value[trace.quantity == quantity]
    return float(found[0]) if len(found) else None


def _along(axis: Axis, first: Trace, end: str | None, thresholds: Thresholds) -> Verdict | None:
    rate, decades = scalar(first, f"growth.{axis}"), scalar(first, f"decades.{axis}")
    profile = first.value[_profile(axis, first)]
    if len(profile) < 2:
        return None
    text = _evidence(axis, first, rate, decades)
    if end is not None:
        return Verdict(axis, "diverged", f"{end}; at first {text}")
    if any(isinf(value) or isnan(value) for value in profile):
        return Verdict(axis, "exploding", text)
    if decades is None or decades == float("-inf"):
        return Verdict(axis, "vanishing", text)
    low, high = (scalar(first, f"growth.{axis}.{end}") for end in ("low", "high"))
    if decades <= -thresholds.decades and (high is None or high < 1):
        return Verdict(axis, "vanishing", text)
    if decades >= thresholds.decades and (low is None or low > 1):
        return Verdict(axis, "exploding", text)
    return Verdict(axis, "stable", text)


def _profile(axis: Axis, first: Trace) -> NDArray[np.bool_]:
    """Which rows are the profile that the growth was fitted to."""
    if axis == "depth":
        return np.asarray(first.quantity == "grad_norm.preactivation", dtype=np.bool_)
    kind = "grad_norm.cell" if (first.quantity == "grad_norm.cell").any() else "grad_norm.hidden"
    rows = first.quantity == kind
    last = max(first.site[rows], key=lambda site: int(site.removeprefix("layer ")), default="")
    return np.asarray(rows & (first.site == last), dtype=np.bool_)


def _evidence(axis: Axis, first: Trace, rate: float | None, decades: float | None) -> str:
    rows = _profile(axis, first)
    positions, values = first.index[rows], first.value[rows]
    count = int(positions.max())
    unit = UNIT[axis]
    parts = []
    if rate is not None:
        low, high = (scalar(first, f"growth.{axis}.{end}") for end in ("low", "high"))
        interval = f" (95 % interval {low:.4g} to {high:.4g})" if low is not None and high is not None else ""
        parts.append(f"changes by a factor {rate:.4g}{interval} per {unit} towards the input")
    if decades is not None and isfinite(decades):
        verb = "gains" if decades > 0 else "loses"
        parts.append(f"{verb} {abs(decades):.1f} decades over {count} {unit}s")
    gone = positions[values == 0]
    if len(gone):
        parts.append(f"is exactly zero from {unit} {int(gone.max())} down")
    bad = sum(not isfinite(value) for value in values)
    if bad:
        parts.append(f"is not finite at {bad} of {count} {unit}s")
    return f"the gradient norm {' and '.join(parts)}"
