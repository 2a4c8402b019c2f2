"""`Readings`: what one run measured of one quantity, as arrays; `split`: a trace as such parts, in one pass."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Readings:
    """Rows of a trace, in the order of writing; the columns as in `gradx.base.trace.SCHEMA`."""

    step: NDArray[np.int64]
    site: NDArray[np.object_]
    index: NDArray[np.int32]
    value: NDArray[np.float64]

    def __len__(self) -> int:
        return self.value.size

    def where(self, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> "Readings":
        return Readings(self.step[chosen], self.site[chosen], self.index[chosen], self.value[chosen])

    def at(self, step: int) -> dict[int, float]:
        """Index to value at a step, by ascending index."""
        chosen = self.where(self.step == step)
        return dict(sorted(zip(chosen.index.tolist(), chosen.value.tolist(), strict=True)))

    def by_step(self) -> dict[int, float]:
        """Step to value of a quantity that has one value a step, by ascending step."""
        return dict(sorted(zip(self.step.tolist(), self.value.tolist(), strict=True)))


NOTHING = Readings(np.empty(0, np.int64), np.empty(0, np.object_), np.empty(0, np.int32), np.empty(0))


def split(trace: "pd.DataFrame") -> dict[str, dict[str, Readings]]:
    """Run to quantity to its rows."""
    import pandas as pd

    if not len(trace):
        return {}
    runs, run_names = pd.factorize(trace["run"])
    quantities, quantity_names = pd.factorize(trace["quantity"])
    sites, site_names = pd.factorize(trace["site"])
    site = np.array(site_names, dtype=object)[sites]
    rows = Readings(trace["step"].to_numpy(), site, trace["index"].to_numpy(), trace["value"].to_numpy())
    keys = runs.astype(np.int64) * len(quantity_names) + quantities
    order = np.argsort(keys, kind="stable")
    found: dict[str, dict[str, Readings]] = {}
    for chosen in np.split(order, np.flatnonzero(np.diff(keys[order])) + 1):
        run, quantity = divmod(int(keys[chosen[0]]), len(quantity_names))
        found.setdefault(str(run_names[run]), {})[str(quantity_names[quantity])] = rows.where(chosen)
    return found
