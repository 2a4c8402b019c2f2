"""`Traced`: material whose rows and traces are made by hand; it notes what is read of them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from gradx.base.trace import Trace
from gradx.reporting.runs.material import Material


@dataclass(frozen=True)
class Traced(Material):
    frame: pd.DataFrame | None = None
    asked: list[list[str]] = field(default_factory=list)

    def trace(self, runs: Collection[str], quantity: str | Collection[str] | None = None) -> pd.DataFrame:
        self.asked.append(sorted(runs))
        chosen = self.frame["run"].isin(list(runs))
        if quantity is not None:
            chosen &= self.frame["quantity"].isin([quantity] if isinstance(quantity, str) else list(quantity))
        return self.frame[chosen]


def traced(rows: Sequence[Mapping[str, Any]], traces: Iterable[Trace] = ()) -> Traced:
    return Traced((), (), rows, len(rows), frame=Trace.concat(traces).to_frame())


def profile(run: str, values: Sequence[float], step: int = 0, of: str = "preactivation", site: str = "layer") -> Trace:
    """Of layers or time steps from 1."""
    return Trace(run, step, f"grad_norm.{of}", site, range(1, len(values) + 1), values)


def scalars(run: str, quantity: str, values: Mapping[int, float]) -> Trace:
    """Of the whole network, by step."""
    return Trace(run, list(values), quantity, "", 0, list(values.values()))


def weights(run: str, quantity: str, by_site: Mapping[tuple[str, int], Mapping[int, float]]) -> Trace:
    """By site and layer, then by step."""
    return Trace.concat(
        Trace(run, list(values), quantity, site, layer, list(values.values()))
        for (site, layer), values in by_site.items()
    )
