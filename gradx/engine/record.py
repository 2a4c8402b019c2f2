"""`Recorder`: keeps the readings of sampled steps on the device and turns them into blocks of the trace."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gradx.base.trace import Block
from gradx.quantities import Derived, Quantity, Reading
from gradx.quantities.base import Array, Sites
from gradx.quantities.snapshot import Snapshot


@dataclass(frozen=True)
class _Columns:
    """Where one reading's numbers lie in a row of all numbers."""

    reading: Reading | Derived
    start: int
    stop: int


# Snapshots wait until this much is gathered, and are then measured as one: at a narrow network the small operations
# cost more than the numbers. Beyond the cache the copies cost more than they save (scripts/bench; 1 to 16 MB tried).
KEEP_BYTES = 4 << 20
KEEP_STEPS = 32
FINISH_VALUES = 1 << 15  # numbers that are derived from at a time (2^11 to 2^19 tried)
PENDING_BYTES = 1 << 24  # of readings on the device, before they are handed on


class Recorder:
    """Few operations a sampled step, one host transfer a flush.

    Args:
        quantities: what to measure.
        runs: the run id of each member.
    """

    def __init__(self, quantities: Sequence[Quantity], runs: Sequence[str]) -> None:
        self._quantities = quantities
        self._runs = runs
        self._columns: list[_Columns] | None = None
        self._steps: list[int] = []
        self._waiting: list[tuple[int, Snapshot]] = []
        self._size = 0  # bytes of what waits
        self._rows: list[Tensor] = []  # (step, member, column) each

    @property
    def pending_bytes(self) -> int:
        """What waits on the device."""
        return sum(rows.nbytes for rows in self._rows)

    @property
    def full(self) -> bool:
        """Whether the waiting snapshots should be measured now. It depends on the steps alone, never on the clock:
        how many are measured together shows in the last bits."""
        first = self._columns is None and bool(self._waiting)  # at once: a live display wants a gradient norm
        return first or len(self._waiting) == KEEP_STEPS or self._size >= KEEP_BYTES

    def sample(self, number: int, snapshot: Snapshot) -> None:
        """Takes `snapshot` as that of step `number`, to be measured now or together with the next ones."""
        size = snapshot.nbytes
        if 2 * size > KEEP_BYTES or not snapshot.complete:
            self.settle()
            self._measure([number], snapshot)
        else:
            self._waiting.append((number, snapshot.kept()))
            self._size += size

    def settle(self, until: int | None = None) -> None:
        """Measures what waits, of the steps up to `until`."""
        chosen = [(number, one) for number, one in self._waiting if until is None or number <= until]
        self._waiting, self._size = [], 0
        if chosen:
            self._measure([number for number, _ in chosen], Snapshot.merge([one for _, one in chosen]))

    def _measure(self, steps: list[int], snapshot: Snapshot) -> None:
        """Reads all quantities of a snapshot of one step, or of several that were merged."""
        readings = [reading for quantity in self._quantities for reading in quantity.measure(snapshot)]
        if not readings:  # time_norms alone has nothing to say of a network without time steps
            return
        if self._columns is None:
            ends = np.cumsum([0, *(reading.values.shape[1] for reading in readings)]).tolist()
            self._columns = [_Columns(*each) for each in zip(readings, ends, ends[1:], strict=False)]
        numbers = torch.cat([reading.values for reading in readings], dim=1)
        self._steps += steps
        self._rows.append(numbers.view(-1, len(self._runs), numbers.shape[1]))

    def flush(self, ends: NDArray[np.int64]) -> Block | None:
        """What was measured since the last flush, of each member up to and including step `ends`; None: nothing."""
        if not self._rows:
            return None
        numbers = torch.cat(self._rows).cpu().numpy()  # sync
        steps = np.array(self._steps, dtype=np.int64)
        self._rows, self._steps = [], []
        there = steps <= ends[:, None]
        some = there.any(axis=0)  # of the others nothing counts
        if not some.any():  # all of it came after the divergence, which was found later
            return None
        block = self._block(steps[some], numbers[some])
        if there.all():
            return block
        there = np.broadcast_to(there[:, some, None], block.values.shape)
        return replace(block, present=there if block.present is None else there & block.present)

    def _block(self, steps: NDArray[np.int64], numbers: Array) -> Block:
        """Names for (step, member, column) numbers, and what is derived from them."""
        named: list[tuple[str, Sites, Array]] = []
        for column in self._columns or []:
            part, reading = numbers[:, :, column.start : column.stop], column.reading
            if isinstance(reading, Reading):
                named.append((reading.quantity, reading.sites, part))
            else:
                named += _finished(reading, part)
        columns = [(quantity, site, index) for quantity, sites, _ in named for site, index in sites]
        values = np.empty((len(self._runs), len(steps), len(columns)))
        missing = np.zeros(values.shape, dtype=bool) if any(np.ma.is_masked(part) for _, _, part in named) else None
        start = 0
        for _, sites, part in named:
            place = slice(start, start := start + len(sites))
            values[..., place] = np.ma.getdata(part).swapaxes(0, 1)
            if missing is not None:
                missing[..., place] = np.ma.getmaskarray(part).swapaxes(0, 1)
        return Block(self._runs, steps, columns, values, None if missing is None else ~missing)


def _finished(derived: Derived, numbers: Array) -> list[tuple[str, Sites, Array]]:
    """What is derived from (step, member, column) numbers, (step, member, site); some rows at a time, for the cache."""
    rows = numbers.reshape(-1, numbers.shape[2])
    size = max(1, FINISH_VALUES // rows.shape[1])
    parts = [derived.finish(rows[start : start + size]) for start in range(0, len(rows), size)]
    found: list[tuple[str, Sites, Array]] = []
    for place, (quantity, sites, _) in enumerate(parts[0]):
        values = np.ma.vstack([part[place][2] for part in parts])
        found.append((quantity, sites, values.reshape(*numbers.shape[:2], len(sites))))
    return found
