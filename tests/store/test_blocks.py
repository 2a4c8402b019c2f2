"""Blocks become trace parts and come back bit for bit, as the rows of `Block.trace`, sorted by run."""

import io
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from store.material import SPECIAL, a_block, bits, opened

from gradx.base.trace import SCHEMA, Block, Trace
from gradx.store import claims
from gradx.store.blocks import write_blocks
from gradx.store.traces import GROUP, TEXT

NAMES = st.text(max_size=3)
STEPS = st.integers(-(2**63), 2**63 - 1)


@st.composite
def blocks(draw: st.DrawFn) -> list[Block]:
    """Some blocks about some of four runs; often with the same runs and columns as the one before."""
    drawn: list[Block] = []
    for _ in range(draw(st.integers(1, 4))):
        if drawn and draw(st.booleans()):
            runs, columns = drawn[-1].runs, drawn[-1].columns
        else:
            runs = draw(st.lists(st.sampled_from(["b", "a", "d", "cé"]), min_size=1, max_size=4, unique=True))
            columns = draw(st.lists(st.tuples(NAMES, NAMES, st.integers(-(2**31), 2**31 - 1)), max_size=4))
        steps = np.array(draw(st.lists(STEPS, max_size=3)), dtype=np.int64)
        shape = (len(runs), len(steps), len(columns))
        values = draw(arrays(np.uint64, shape, elements=st.integers(0, 2**64 - 1))).view(np.float64)
        drawn.append(Block(runs, steps, columns, values, draw(st.none() | arrays(np.bool_, shape))))
    return drawn


def written(some: list[Block]) -> pa.Table:
    file = io.BytesIO()
    write_blocks(file, some)
    return pq.read_table(pa.BufferReader(file.getvalue()))


def expected(some: list[Block]) -> pd.DataFrame:
    """The slow way: all rows of all blocks, sorted without disturbing those of one run and step."""
    rows = Trace.concat(block.trace() for block in some)
    order = sorted(range(len(rows)), key=lambda row: (rows.run[row], rows.step[row]))
    return Trace(**{name: column[order] for name, column in rows.columns().items()}).to_frame()


@settings(deadline=None, max_examples=60)
@given(some=blocks())
def test_every_bit_comes_back_in_order(some: list[Block]) -> None:
    frame = written(some).to_pandas()
    wanted = expected(some)
    assert list(frame.columns) == list(SCHEMA)
    assert np.array_equal(bits(frame["value"]), bits(wanted["value"]))
    pd.testing.assert_frame_equal(frame, wanted)


def test_special_values_and_types() -> None:
    block = Block(["r"], np.array([7]), [("q", "s", n) for n in range(8)], np.array(SPECIAL).reshape(1, 1, 8))
    table = written([block])
    assert [str(kind) for kind in table.schema.types] == ["string", "int64", "string", "string", "int32", "double"]
    assert np.array_equal(bits(table["value"]), bits(SPECIAL))
    pd.testing.assert_frame_equal(table.to_pandas(), block.trace().to_frame())


def test_many_runs_go_into_row_groups_that_hold_few(tmp_path: Path) -> None:
    runs = [f"{n * 7919 % 64:012x}" for n in range(64)]
    columns = [("grad_norm", f"layer.{n}", n) for n in range(500)]
    block = Block(runs, np.arange(20), columns, np.random.default_rng(0).normal(size=(64, 20, 500)))
    results = opened(tmp_path / "results")
    with results.claim(runs) as claim:
        claim.write(block)
        claim.commit([{"run": run, "status": "finished"} for run in runs])
    [part] = results.paths.trace_parts()[claim.token]
    metadata = pq.read_metadata(part)
    assert metadata.num_rows == 640_000
    groups = [metadata.row_group(n) for n in range(metadata.num_row_groups)]
    assert max(group.num_rows for group in groups) <= GROUP
    assert len(groups) == 5
    bounds = [(group.column(0).statistics.min, group.column(0).statistics.max) for group in groups]
    assert bounds == sorted(bounds)
    assert all(first[1] < second[0] for first, second in pairwise(bounds))
    assert {groups[0].column(n).compression for n in range(6)} == {"ZSTD"}
    assert part.stat().st_size < 640_000 * 8.2
    alone = Block(runs[5:6], block.steps, columns, block.values[5:6])
    pd.testing.assert_frame_equal(results.trace(runs[5]), alone.trace().to_frame())
    by_quantity = results.trace(runs[3:5], "grad_norm")
    assert set(by_quantity["run"]) == set(runs[3:5])
    assert len(results.trace(runs[3:5], "loss")) == 0


def test_text_is_plain_for_every_reader(tmp_path: Path) -> None:
    """Files that remember Arrow's dictionary type would be categories to pandas, and differ from file to file."""
    results = opened(tmp_path / "results")
    for runs in (["a", "b"], ["c"]):
        with results.claim(runs) as claim:
            claim.write(a_block(runs))
            claim.commit([{"run": run, "status": "finished"} for run in runs])
    whole = Trace.concat(a_block([run]).trace() for run in "abc").to_frame()
    pd.testing.assert_frame_equal(pd.read_parquet(results.paths.trace), whole)
    for table in (pq.read_table(results.paths.trace), ds.dataset(results.paths.trace).to_table()):
        assert {str(table.schema.field(name).type) for name in TEXT} == {"string"}
        pd.testing.assert_frame_equal(table.to_pandas(), whole)


def test_what_does_not_fit_into_memory_is_spilled_unseen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "SPILL", 3 * 2 * 2 * 8)  # two blocks
    results = opened(tmp_path / "results")
    some = [a_block(["b", "a"], [first, first + 1]) for first in range(0, 10, 2)]
    with results.claim(["a", "b"]) as claim:
        for block in some:
            claim.write(block)
        assert len(list(results.paths.trace.glob(".part-*.tmp"))) == 2
        assert len(results.trace()) == 0
        claim.commit([{"run": run, "status": "finished"} for run in "ab"])
    parts = [part.name for part in results.paths.trace_parts()[claim.token]]
    assert parts == [f"{claim.token}-0000{number}.parquet" for number in range(3)]
    pd.testing.assert_frame_equal(results.trace("a"), a_block(["a"], range(10)).trace().to_frame())
    assert len(pd.read_parquet(results.paths.trace)) == sum(len(block) for block in some)
