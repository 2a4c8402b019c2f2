"""`Trace`: measured values as tidy rows `run, step, quantity, site, index, value`."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
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
