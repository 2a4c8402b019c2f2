"""From a trace to a verdict: vanishing, exploding, stable or diverged, along depth and along time, with evidence."""

from dataclasses import dataclass
from math import isfinite
from typing import Literal, NamedTuple

from gradx.base.signal import signal
from gradx.base.thresholds import Thresholds
from gradx.base.trace import Instant

Axis = Literal["depth", "time"]
AXES: tuple[Axis, ...] = ("depth", "time")
UNIT = {"depth": "layer", "time": "time step"}
NAMES = {axis: (f"growth.{axis}", f"growth.{axis}.low", f"growth.{axis}.high", f"decades.{axis}") for axis in AXES}


class _Growth(NamedTuple):
    """What was measured of the growth along one axis; None where it could not be."""

    rate: float | None
    low: float | None
    high: float | None
    decades: float | None


@dataclass(frozen=True)
class Verdict:
    """A judged outcome along one axis, and the sentence that justifies it."""

    axis: Axis
    outcome: Literal["vanishing", "exploding", "stable", "diverged"]
    evidence: str


def diagnose(
    first: Instant, diverged_at: int | None, thresholds: Thresholds, steps: int | None = None
) -> list[Verdict]:
    """A verdict for each axis that has at least two positions.

    `vanishing`: over the whole axis the norm falls towards the input by at least `thresholds.decades`, and the 95 %
    interval of the growth, where there is one, lies below 1; `exploding` likewise upwards; otherwise `stable`.
    `diverged` where the loss became non-finite, whatever the growth was at first. A profile that reaches exactly zero
    has vanished, one that holds an inf has exploded.

    Args:
        first: what was measured at the run's first sampled step, without training where that is step 0.
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


def direction(
    decades: float, low: float | None, high: float | None, limit: float
) -> Literal["vanishing", "exploding", "stable"]:
    """Whether the gradient norm falls or grows towards the input.

    Args:
        decades: that it gains over the whole axis; negative: loses.
        low, high: of the interval of its growth per layer or step, where there is one.
        limit: decades from which on a change counts.
    """
    if decades <= -limit and (high is None or high < 1):
        return "vanishing"
    if decades >= limit and (low is None or low > 1):
        return "exploding"
    return "stable"


def _along(axis: Axis, first: Instant, end: str | None, thresholds: Thresholds) -> Verdict | None:
    positions, profile = _profile(axis, first)
    if len(profile) < 2:
        return None
    found = _Growth(*(first.scalar(name) for name in NAMES[axis]))
    text = _evidence(axis, positions, profile, found)
    if end is not None:
        return Verdict(axis, "diverged", f"{end}; at first {text}")
    if not all(isfinite(value) for value in profile):
        return Verdict(axis, "exploding", text)
    _, low, high, decades = found
    if decades is None or decades == float("-inf"):
        return Verdict(axis, "vanishing", text)
    return Verdict(axis, direction(decades, low, high, thresholds.decades), text)


def _profile(axis: Axis, first: Instant) -> tuple[list[int], list[float]]:
    """Positions and norms of the profile that the growth was fitted to."""
    if axis == "depth":
        return first.profile(signal(first.places))
    kind = "grad_norm.cell" if first.sites("grad_norm.cell") else "grad_norm.hidden"
    last = max(first.sites(kind), key=lambda site: int(site.removeprefix("layer ")), default="")
    return first.profile(kind, last)


def _evidence(axis: Axis, positions: list[int], values: list[float], growth: _Growth) -> str:
    count = max(positions)
    unit = UNIT[axis]
    rate, low, high, decades = growth
    parts = []
    if rate is not None:
        interval = f" (95 % interval {low:.4g} to {high:.4g})" if low is not None and high is not None else ""
        parts.append(f"changes by a factor {rate:.4g}{interval} per {unit} towards the input")
    if decades is not None and isfinite(decades):
        verb = "gains" if decades > 0 else "loses"
        parts.append(f"{verb} {abs(decades):.1f} decades over {count} {unit}s")
        if rate is not None and (rate - 1) * decades < 0 and abs(decades) >= 1:
            lowest = positions[values.index(min(values))]
            parts.append(f"does not change evenly (smallest at {unit} {lowest}), so that one factor says little")
    gone = [position for position, value in zip(positions, values, strict=True) if value == 0]
    if gone:
        parts.append(f"is exactly zero from {unit} {max(gone)} down")
    bad = sum(not isfinite(value) for value in values)
    if bad:
        parts.append(f"is not finite at {bad} of {count} {unit}s")
    return f"the gradient norm {' and '.join(parts)}"
