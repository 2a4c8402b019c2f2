"""`Trace`: measured values as tidy rows `run, step, quantity, site, index, value`; `Block` and `Instant`: compact."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    import pandas as pd

SCHEMA: dict[str, type] = {
    "run": str,  # run id
    "step": np.int64,  # optimizer steps done before the measurement, from 0
    "quantity": str,  # name of the quantity, which also fixes the unit of `value`
    "site": str,  # where in the model
    "index": np.int32,  # layer or time step, from 1; 0 for the whole network
    "value": np.float64,  # in the unit of the quantity
}
"""The columns of a trace in order; in memory text is a NumPy array of Python strings (dtype object)."""


@dataclass(frozen=True, eq=False, init=False)
class Trace:
    """Rows held as NumPy columns of one length; a scalar stands for a column of equal values.

    A value that was not measured is a row that is not there. So `value` never holds a null, and zero, NaN and inf
    each mean what was measured, in memory as on disk.

    Raises ValueError if lengths differ, for None, and for a step or index that is not such an integer (1.5).
    """

    run: NDArray[np.object_]
    step: NDArray[np.int64]
    quantity: NDArray[np.object_]
    site: NDArray[np.object_]
    index: NDArray[np.int32]
    value: NDArray[np.float64]

    def __init__(
        self,
        run: str | ArrayLike,
        step: ArrayLike,
        quantity: str | ArrayLike,
        site: str | ArrayLike,
        index: ArrayLike,
        value: ArrayLike,
    ) -> None:
        given = dict(zip(SCHEMA, (run, step, quantity, site, index, value), strict=True))
        columns = {name: _column(name, values) for name, values in given.items()}
        lengths = {column.size for column in columns.values() if column.ndim} or {1}
        if len(lengths) > 1:
            sizes = ", ".join(f"{name} {column.size}" for name, column in columns.items())
            raise ValueError(f"the columns of a trace must have one length, given: {sizes}")
        for name, column in columns.items():
            object.__setattr__(self, name, np.ascontiguousarray(np.broadcast_to(column, tuple(lengths))))

    def __len__(self) -> int:
        return self.value.size

    def columns(self) -> dict[str, NDArray[Any]]:
        """Column name to array, in the order of `SCHEMA`."""
        return {name: getattr(self, name) for name in SCHEMA}

    def rows(self) -> Iterator[tuple[str, int, str, str, int, float]]:
        """Row after row as plain Python values; where there are many, use the columns."""
        return zip(*(column.tolist() for column in self.columns().values()), strict=True)

    @staticmethod
    def concat(traces: Iterable["Trace"]) -> "Trace":
        """The rows of all `traces`, one after another; none gives an empty trace."""
        all_columns = [trace.columns() for trace in traces]
        empty: list[NDArray[Any]] = [np.empty(0, dtype=np.int8)]  # a type that any column can take
        return Trace(**{name: np.concatenate([c[name] for c in all_columns] or empty) for name in SCHEMA})

    def to_frame(self) -> "pd.DataFrame":
        """A DataFrame as `pd.read_parquet(".../trace")` gives it."""
        import pandas as pd

        return pd.DataFrame(self.columns()).astype({name: kind for name, kind in SCHEMA.items() if kind is str})

    @classmethod
    def from_frame(cls, frame: "pd.DataFrame") -> Self:
        """The trace of a DataFrame that has the columns of `SCHEMA`; others are left out. Raises ValueError."""
        if missing := [name for name in SCHEMA if name not in frame.columns]:
            raise ValueError(f"a trace needs the columns {', '.join(SCHEMA)}; missing: {', '.join(missing)}")
        return cls(**{name: frame[name].to_numpy() for name in SCHEMA})


@dataclass(frozen=True, eq=False)
class Block:
    """What several runs measured at the same steps, before it is spread into rows.

    Args:
        runs: run ids.
        steps: (step,) optimizer steps done before each measurement.
        columns: quantity, site and index of each number.
        values: (run, step, column), in the unit of the quantity.
        present: what was measured, as `values` is shaped; None where everything was.
    """

    runs: Sequence[str]
    steps: NDArray[np.int64]
    columns: Sequence[tuple[str, str, int]]
    values: NDArray[np.float64]
    present: NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        """The number of rows."""
        return self.values.size if self.present is None else int(np.count_nonzero(self.present))

    @property
    def nbytes(self) -> int:
        """What it holds in memory."""
        return self.values.nbytes + (0 if self.present is None else self.present.nbytes)

    @cached_property
    def places(self) -> dict[str, NDArray[np.intp]]:
        """Where each quantity's numbers lie among the columns."""
        found: dict[str, list[int]] = {}
        for place, (quantity, _, _) in enumerate(self.columns):
            found.setdefault(quantity, []).append(place)
        return {quantity: np.array(places, dtype=np.intp) for quantity, places in found.items()}

    def at(self, run: int, step: int) -> "Instant":
        """What the run at place `run` measured at the step at place `step`; shares the block's memory."""
        present = None if self.present is None else self.present[run, step]
        return Instant(int(self.steps[step]), self.columns, self.places, self.values[run, step], present)

    def trace(self) -> Trace:
        """Its rows: run after run, step after step, in the order of the columns."""
        runs, steps, columns = self.values.shape
        named = [np.array(part, dtype=object) for part in zip(*self.columns, strict=True)] or [np.empty(0)] * 3
        quantity, site, index = (np.tile(part, runs * steps) for part in named)
        rows = (
            np.repeat(np.array(list(self.runs), dtype=object), steps * columns),
            np.tile(np.repeat(self.steps, columns), runs),
            quantity,
            site,
            index.astype(np.int32),
            self.values.ravel(),
        )
        kept = slice(None) if self.present is None else self.present.ravel()
        return Trace(*(column[kept] for column in rows))


@dataclass(frozen=True, eq=False)
class Instant:
    """What one run measured at one step, to be looked up by quantity: made in a microsecond, unlike a `Trace`.

    Args:
        step: optimizer steps done before; -1 where nothing was measured.
        columns: as in `Block`.
        places: as in `Block`.
        values: (column,).
        present: as `values`; None where everything was measured.
    """

    step: int = -1
    columns: Sequence[tuple[str, str, int]] = ()
    places: Mapping[str, NDArray[np.intp]] = field(default_factory=dict)
    values: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    present: NDArray[np.bool_] | None = None

    def scalar(self, quantity: str) -> float | None:
        """The first value of a quantity; None where there is none."""
        found = self.places.get(quantity)
        if found is None:
            return None
        if self.present is None:
            return float(self.values[found[0]])
        found = found[self.present[found]]
        return float(self.values[found[0]]) if len(found) else None

    def profile(self, quantity: str, site: str | None = None) -> tuple[list[int], list[float]]:
        """Indices and values of a quantity, at one site or at all."""
        found = self.places.get(quantity, _NONE)
        if self.present is not None:
            found = found[self.present[found]]
        chosen = [place for place in found.tolist() if site is None or self.columns[place][1] == site]
        return [self.columns[place][2] for place in chosen], self.values[chosen].tolist()

    def sites(self, quantity: str) -> set[str]:
        """Where a quantity was measured."""
        return {
            self.columns[place][1]
            for place in self.places.get(quantity, _NONE).tolist()
            if self.present is None or self.present[place]
        }


_NONE = np.empty(0, dtype=np.intp)


def _column(name: str, values: ArrayLike) -> NDArray[Any]:
    """`values` as an array with the type of column `name`, of dimension 0 or 1, without loss."""
    # Text stays Python strings: NumPy's own string type drops trailing NULs.
    given = np.asarray(values, dtype=object if SCHEMA[name] is str else None)
    if given.ndim > 1:
        raise ValueError(f"column {name!r} of a trace must have one dimension, given: {given.shape}")
    if SCHEMA[name] is str:
        return given
    with np.errstate(invalid="ignore"):  # NaN as a step is found by the comparison below
        column: NDArray[Any] | None = given.astype(SCHEMA[name]) if given.dtype.kind in "biuf" else None
    if column is None or (column.dtype.kind == "i" and not np.array_equal(column, given)):
        raise ValueError(f"column {name!r} of a trace holds {np.dtype(SCHEMA[name])} numbers, given: {given.dtype}")
    return column
