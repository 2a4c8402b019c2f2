"""`profiles`: the gradient norm along depth or time, picked from a run's trace for charts and figures."""

from dataclasses import dataclass
from math import isfinite, log10
from typing import TYPE_CHECKING, Literal

from gradx.base.signal import signal

if TYPE_CHECKING:
    import pandas as pd

UNITS = {"depth": "layer", "time": "time step"}
TAPS = {"grad_norm.preactivation": "pre-activation", "grad_norm.stream": "residual stream"}
MUCH = 1.0  # decades by which a norm must change for a second profile to be worth its room


@dataclass(frozen=True)
class Profile:
    """The gradient norm by layer or time step, after `step` steps of training; `tap` says of which tensor."""

    axis: Literal["depth", "time"]
    tap: str
    step: int
    positions: list[int]
    values: list[float]

    @property
    def unit(self) -> str:
        return UNITS[self.axis]


def profiles(trace: "pd.DataFrame", axis: Literal["depth", "time"]) -> list[Profile]:
    """The profile of the first sampled step and, where training changed it much, that of the last; none with
    fewer than two positions.

    Along depth it is that of the pre-activations, or of a transformer's residual stream; along time that of the last
    recurrent layer, of its cell where it has one. `trace` holds the rows of one run.
    """
    if axis == "depth":
        name = signal(set(trace["quantity"].unique()))
        rows, tap = trace[(trace["quantity"] == name) & (trace["site"] == "layer")], TAPS[name]
    else:
        rows, tap = _last_layer(trace)
    if rows["index"].nunique() < 2:
        return []
    first, last = (_at(rows, axis, tap, int(step)) for step in (rows["step"].min(), rows["step"].max()))
    return [first, last] if first.step != last.step and _differ(first, last) else [first]


def _last_layer(trace: "pd.DataFrame") -> "tuple[pd.DataFrame, str]":
    for kind in ("cell", "hidden"):
        rows = trace[trace["quantity"] == f"grad_norm.{kind}"]
        if len(rows):
            site = max(rows["site"].unique(), key=lambda name: (len(name), name))  # layer 10 is behind layer 9
            return rows[rows["site"] == site], f"{kind} state, {site}"
    return trace[:0], ""


def _at(rows: "pd.DataFrame", axis: Literal["depth", "time"], tap: str, step: int) -> Profile:
    chosen = rows[rows["step"] == step].sort_values("index")
    return Profile(axis, tap, step, chosen["index"].tolist(), chosen["value"].tolist())


def _differ(first: Profile, last: Profile) -> bool:
    """Whether a norm changed by `MUCH` decades, or from or to zero, inf or NaN."""
    before = dict(zip(first.positions, first.values, strict=True))
    pairs = [(before.get(position), value) for position, value in zip(last.positions, last.values, strict=True)]
    for old, new in pairs:
        usable = [value for value in (old, new) if value is not None and isfinite(value) and value > 0]
        if len(usable) == 1 or (len(usable) == 2 and abs(log10(usable[0]) - log10(usable[1])) >= MUCH):
            return True
    return False
