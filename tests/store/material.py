"""Blocks with awkward values, and short ways to write and compare them."""

import math
import os
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gradx.base.trace import Block
from gradx.store.runs import Results

SPECIAL = [0.0, -0.0, math.nan, math.inf, -math.inf, 5e-324, 1e-310, 1.7e308]
COLUMNS = [("loss", "all", 0), ("grad_norm", "layer.1", 1), ("grad_norm", "layer.2", 2)]


def a_block(runs: Sequence[str], steps: Sequence[int] = (0, 1), offset: float = 0.0) -> Block:
    """Every value says which run (by name), step and column it is of, and `offset`."""
    names = np.array([float(int.from_bytes(run.encode(), "big")) for run in runs])
    values = offset + names[:, None, None] + np.array(steps)[:, None] / 8 + np.arange(3) / 64
    return Block(runs, np.array(steps, dtype=np.int64), COLUMNS, values)


def save(results: Results, rows: Mapping[str, Any] | Sequence[Mapping[str, Any]], offset: float = 0.0) -> str:
    """Write rows (again) with two steps of traces each, under one token, which is returned."""
    rows = [rows] if isinstance(rows, Mapping) else list(rows)
    runs = [row["run"] for row in rows]
    with results.claim(runs, done=lambda _: ()) as claim:
        assert claim.runs == set(runs)
        claim.write(a_block(runs, offset=offset))
        claim.commit(rows)
    return claim.token


def opened(root: Path) -> Results:
    results = Results(root)
    results.create("seed: 0\n", {"python": "3.11"})
    return results


def bits(values: Any) -> NDArray[np.uint64]:
    return np.asarray(values, dtype=np.float64).view(np.uint64)


def check_whole(results: Results) -> dict[str, float]:
    """Everything that holds at any moment for whoever reads with gradx; returns run to offset.

    Each run has one row, and as its trace exactly the rows that were written with this row.
    """
    rows, index, trace = results.rows(), results.index(), results.trace()
    assert rows.keys() == index.keys()
    assert len(results.frame()) == len(rows)
    found = {run: row["offset"] for run, row in rows.items()}
    by_run = trace.sort_values("run", kind="stable")
    assert list(by_run.itertuples(index=False, name=None)) == [
        line for run in sorted(found) for line in _lines(run, found[run])
    ]
    for run in sorted(found)[::5]:
        assert list(results.trace(run).itertuples(index=False, name=None)) == _lines(run, found[run])
    return found


@cache
def _lines(run: str, offset: float) -> list[tuple[Any, ...]]:
    return list(a_block([run], offset=offset).trace().rows())


def check_tidy(results: Results) -> None:
    """Nothing is there but whole parts, so that pandas in one line sees what gradx sees."""
    root = results.paths.root
    names = [path.name for path in root.rglob("*") if path.is_file() and path.name != ".lock"]
    assert [name for name in names if name.startswith(".") or name.endswith((".tmp", ".lock"))] == []
    for folder, frame in (("runs", results.frame()), ("trace", results.trace())):
        if len(frame) or os.listdir(root / folder):  # pandas does not know the columns of nothing
            pd.testing.assert_frame_equal(pd.read_parquet(root / folder), frame)
    assert {path.name.rpartition("-")[0] for path in (root / "trace").iterdir()} <= set(results.paths.run_tokens())
