"""`profiles`: the gradient norm along depth or time, picked from a run's trace for charts and figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite, log10
from typing import TYPE_CHECKING

import numpy as np

from gradx.base.signal import SIGNALS, signal
from gradx.reporting.runs.readings import NOTHING, Readings, split
from gradx.reporting.runs.units import UNITS, Direction

if TYPE_CHECKING:
    import pandas as pd

QUANTITIES: Mapping[Direction, tuple[str, ...]] = {
    "depth": SIGNALS,
    "time": ("grad_norm.cell", "grad_norm.hidden"),
}
"""Those that a profile may be of; the first that a run has counts."""
TAPS = {"grad_norm.preactivation": "pre-activation", "grad_norm.stream": "residual stream"}
MUCH = 1.0  # decades by which a norm must change for a second profile to be worth its room


@dataclass(frozen=True)
class Profile:
    """The gradient norm by layer or time step, after `step` steps of training; `tap` says of which tensor."""

    axis: Direction
    tap: str
    step: int
    positions: list[int]
    values: list[float]

    @property
    def unit(self) -> str:
        return UNITS[self.axis]


def profiles(trace: "pd.DataFrame", axis: Direction) -> list[Profile]:
    """The profile of the first sampled step and, where training changed it much, that of the last; none with
    fewer than two positions.

    Args:
        trace: the rows of one run.
    """
    found = ends(next(iter(split(trace).values()), {}), axis)
    if found is None:
        return []
    first, last = found
    return [first, last] if differ(first, last) else [first]


def ends(measured: Mapping[str, Readings], axis: Direction) -> tuple[Profile, Profile] | None:
    """The profiles of the first and the last sampled step, which may be one; None with fewer than two positions."""
    rows, tap = along(measured, axis)
    if len(set(rows.index.tolist())) < 2:
        return None
    first, last = (_at(rows, axis, tap, int(step)) for step in (rows.step.min(), rows.step.max()))
    return first, last


def along(measured: Mapping[str, Readings], axis: Direction) -> tuple[Readings, str]:
    """What a profile is made of, and its tap: along depth the pre-activations, or a transformer's residual stream;
    along time the last recurrent layer, its cell where it has one.

    Args:
        measured: quantity to the rows of one run.
    """
    if axis == "time":
        return _last_layer(measured)
    name = signal(measured)
    rows = measured.get(name, NOTHING)
    return rows.where(rows.site == "layer"), TAPS[name]


def differ(first: Profile, last: Profile) -> bool:
    """Whether a norm changed by `MUCH` decades, or from or to zero, inf or NaN, between two steps."""
    if first.step == last.step:
        return False
    before = dict(zip(first.positions, first.values, strict=True))
    pairs = [(before.get(position), value) for position, value in zip(last.positions, last.values, strict=True)]
    for old, new in pairs:
        usable = [value for value in (old, new) if value is not None and isfinite(value) and value > 0]
        if len(usable) == 1 or (len(usable) == 2 and abs(log10(usable[0]) - log10(usable[1])) >= MUCH):
            return True
    return False


def _last_layer(measured: Mapping[str, Readings]) -> tuple[Readings, str]:
    for name in QUANTITIES["time"]:
        rows = measured.get(name, NOTHING)
        if len(rows):
            site = max(set(rows.site.tolist()), key=lambda name: (len(name), name))  # layer 10 is behind layer 9
            return rows.where(rows.site == site), f"{name.removeprefix('grad_norm.')} state, {site}"
    return NOTHING, ""


def _at(rows: Readings, axis: Direction, tap: str, step: int) -> Profile:
    chosen = rows.where(rows.step == step)
    chosen = chosen.where(np.argsort(chosen.index, kind="stable"))
    return Profile(axis, tap, step, chosen.index.tolist(), chosen.value.tolist())
