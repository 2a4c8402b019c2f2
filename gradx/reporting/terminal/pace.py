"""`Pace`: how fast a sweep goes, from work that arrives in lumps."""

from dataclasses import dataclass, field

HALF_LIFE = 15.0  # seconds: what a rate remembers at least
SHARE = 0.25  # of the time so far that it remembers: the cohorts of a sweep differ in size and come in groups
PATIENCE = 2.0  # times the usual wait for the next lump, before silence counts as slowness


@dataclass
class Pace:
    """The rate of work in runs per second, where what is recent counts more.

    The weights halve over HALF_LIFE seconds or a quarter of the sweep so far, whichever is longer: at first this is the
    mean, later it follows cohorts of another size without jumping at each of them.
    """

    started: float
    _at: float = field(init=False)  # of the last gain
    _wait: float = 0.0  # seconds between the last two gains
    _work: float = 0.0
    _gained: float = 0.0  # runs, weighted
    _spent: float = 0.0  # seconds, weighted

    def __post_init__(self) -> None:
        self._at = self.started

    def begin(self, now: float, work: float) -> None:
        """Forget the time until now, in which processes were started, and the `work` done in it."""
        self._at, self._work = now, work

    def add(self, now: float, work: float) -> None:
        """At the time `now` (seconds) `work` runs are done in all, of those half done the half.

        Work that is lost (a worker was killed) counts when it has been made up for.
        """
        gain, passed = work - self._work, now - self._at
        if gain <= 0:
            return
        if passed > 0:
            keep = 0.5 ** (passed / max(HALF_LIFE, SHARE * (now - self.started)))
            self._gained, self._spent = self._gained * keep, self._spent * keep + passed
            self._at, self._wait = now, passed
        self._gained += gain
        self._work = work

    def rate(self, now: float) -> float | None:
        """Runs per second; None while nothing is known. It falls where nothing has come for long."""
        spent = self._spent + max(now - self._at - PATIENCE * self._wait, 0.0)
        return self._gained / spent if self._gained > 0 and spent > 0 else None

    def left(self, now: float, work: float) -> float | None:
        """Seconds until `work` more runs are done, counted from the last gain; None while nothing is known."""
        rate = self.rate(now)
        return None if rate is None else max(work / rate - (now - self._at), 0.0)
