"""Blocks to trace parts: rows sorted by run, without a Python object for any of them."""

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from gradx.base.trace import Block
from gradx.store.traces import GROUP, WRITTEN, trace_writer


def write_blocks(file: BinaryIO, blocks: Sequence[Block]) -> None:
    """Write the rows of `blocks` as a part: sorted by run, then by step, then as they came."""
    blocks = _merged(blocks)
    runs = sorted({run for block in blocks for run in block.runs})
    number = {run: n for n, run in enumerate(runs)}
    of_block = [np.array([number[run] for run in block.runs], dtype=np.int64) for block in blocks]
    names = _Names(blocks)
    with trace_writer(file) as writer:
        for first, last in _batches(_counts(blocks, of_block, len(runs))):
            writer.write_table(_table(blocks, of_block, names, runs, first, last), row_group_size=GROUP)


class _Names:
    """Quantities and sites of some blocks, each name once, and the columns of each block by their numbers."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        columns = [list(zip(*block.columns, strict=True)) or [(), (), ()] for block in blocks]
        self.texts = []
        coded = []
        for place in (0, 1):
            numbers: dict[str, int] = {}
            coded.append([[numbers.setdefault(name, len(numbers)) for name in of_block[place]] for of_block in columns])
            self.texts.append(pa.array(list(numbers), pa.string()))
        self.quantity, self.site = ([np.array(numbers, dtype=np.int32) for numbers in lists] for lists in coded)
        self.index = [np.array(of_block[2], dtype=np.int32) for of_block in columns]


def _merged(blocks: Sequence[Block]) -> list[Block]:
    """Blocks that follow each other and have the same runs and columns as one, its steps ascending."""
    groups: list[list[Block]] = []
    for block in blocks:
        last = groups[-1][-1] if groups else None
        if last and tuple(last.runs) == tuple(block.runs) and tuple(last.columns) == tuple(block.columns):
            groups[-1].append(block)
        else:
            groups.append([block])
    return [_concatenated(group) for group in groups]


def _concatenated(blocks: list[Block]) -> Block:
    steps = np.concatenate([block.steps for block in blocks])
    values = np.concatenate([block.values for block in blocks], axis=1) if len(blocks) > 1 else blocks[0].values
    present = None
    if any(block.present is not None for block in blocks):
        masks = [np.ones(b.values.shape, dtype=np.bool_) if b.present is None else b.present for b in blocks]
        present = np.concatenate(masks, axis=1)
    if np.any(np.diff(steps) < 0):
        ascending = np.argsort(steps, kind="stable")
        steps, values = steps[ascending], values[:, ascending]
        present = None if present is None else present[:, ascending]
    return Block(blocks[0].runs, steps, blocks[0].columns, values, present)


def _counts(blocks: list[Block], of_block: list[NDArray[np.int64]], runs: int) -> NDArray[np.int64]:
    """(run,) rows of each run."""
    counts = np.zeros(runs, dtype=np.int64)
    for block, numbers in zip(blocks, of_block, strict=True):
        whole = block.values.shape[1] * block.values.shape[2]
        rows = whole if block.present is None else np.count_nonzero(block.present, axis=(1, 2))
        np.add.at(counts, numbers, rows)
    return counts


def _batches(counts: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """First and last (exclusive) number of consecutive items that make up a row group together."""
    first, rows = 0, 0
    for number, count in enumerate(counts.tolist()):
        if rows and rows + count > GROUP:
            yield first, number
            first, rows = number, 0
        rows += count
    if rows:
        yield first, len(counts)


def _table(
    blocks: list[Block], of_block: list[NDArray[np.int64]], names: _Names, runs: list[str], first: int, last: int
) -> pa.Table:
    """The rows of the runs number `first` to `last` (exclusive), sorted."""
    parts = [
        _rows(block, numbers, names, place, first, last)
        for place, (block, numbers) in enumerate(zip(blocks, of_block, strict=True))
    ]
    columns = [np.concatenate(arrays) if len(parts) > 1 else arrays[0] for arrays in zip(*parts, strict=True)]
    if len(parts) > 1:
        ascending = np.lexsort((columns[1], columns[0]))  # stable: what came first stays first
        columns = [column[ascending] for column in columns]
    run, step, quantity, site, index, value = columns
    texts = zip((run, quantity, site), (pa.array(runs[first:last], pa.string()), *names.texts), strict=True)
    run, quantity, site = (pa.DictionaryArray.from_arrays(pa.array(codes), text) for codes, text in texts)
    return pa.table([run, pa.array(step), quantity, site, pa.array(index), pa.array(value)], schema=WRITTEN)


def _rows(
    block: Block, numbers: NDArray[np.int64], names: _Names, place: int, first: int, last: int
) -> list[NDArray[Any]]:
    """The columns of a trace for some runs of one block, names as numbers."""
    chosen = np.flatnonzero((numbers >= first) & (numbers < last))
    chosen = chosen[np.argsort(numbers[chosen], kind="stable")]
    steps, columns = block.values.shape[1:]
    rows: list[NDArray[Any]] = [
        np.repeat((numbers[chosen] - first).astype(np.int32), steps * columns),
        np.tile(np.repeat(block.steps, columns), chosen.size),
        *(np.tile(codes[place], chosen.size * steps) for codes in (names.quantity, names.site, names.index)),
        block.values[chosen].ravel(),
    ]
    if block.present is None:
        return rows
    kept = block.present[chosen].ravel()
    return [column[kept] for column in rows]
