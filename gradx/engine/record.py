"""`Recorder`: keeps the readings of sampled steps on the device and turns them into trace rows in bulk."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from gradx.base.trace import Trace
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

    def flush(self, until: Sequence[int | None]) -> list[Trace]:
        """The rows of each member measured since the last flush, up to and including step `until` (None: all)."""
        if not self._rows:
            return [Trace.concat([]) for _ in self._runs]
        numbers = torch.cat(self._rows).cpu().numpy()  # sync
        steps = np.array(self._steps, dtype=np.int64)
        self._rows, self._steps = [], []
        return [
            self._trace(run, steps[: _kept(steps, end)], numbers[: _kept(steps, end), member])
            for member, (run, end) in enumerate(zip(self._runs, until, strict=True))
        ]

    def _trace(self, run: str, steps: np.ndarray, numbers: Array) -> Trace:
        """The rows of one member from (step, column) numbers."""
        named: list[tuple[str, Sites, Array]] = []
        for column in self._columns or []:
            part, reading = numbers[:, column.start : column.stop], column.reading
            if isinstance(reading, Reading):
                named.append((reading.quantity, reading.sites, part))
            elif len(steps):
                named += reading.finish(part)
        if not named or not len(steps):
            return Trace.concat([])
        columns = [(quantity, site, index) for quantity, sites, _ in named for site, index in sites]
        quantity, site, index = (
            np.array(part, dtype=kind)
            for part, kind in zip(zip(*columns, strict=True), (object, object, np.int32), strict=True)
        )
        values = np.concatenate([np.ma.getdata(part) for _, _, part in named], axis=1).ravel()
        present = ~np.concatenate([np.ma.getmaskarray(part) for _, _, part in named], axis=1).ravel()
        count = len(steps)
        return Trace(
            run,
            np.repeat(steps, len(columns))[present],
            np.tile(quantity, count)[present],
            np.tile(site, count)[present],
            np.tile(index, count)[present],
            values[present],
        )


def _kept(steps: np.ndarray, until: int | None) -> int:
    return len(steps) if until is None else int(np.searchsorted(steps, until, side="right"))
