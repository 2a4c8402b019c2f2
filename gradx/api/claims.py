"""`claims`: configs with a `claim`, each tried in both of its arms on several seeds, and what came out."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import fsum, isfinite
from pathlib import Path
from typing import Any

from gradx import grid
from gradx.api.placement import Placement
from gradx.api.sweeps import sweep
from gradx.base import yaml
from gradx.base.claims import Claim, judgement
from gradx.base.errors import Problem, SpecError
from gradx.base.statement import Statement
from gradx.base.statistics import Interval, fisher, mean_interval
from gradx.driver import Standing

Row = dict[str, Any]


@dataclass(frozen=True)
class Arm:
    """One arm of a claim: its runs on each of the seeds, and whether they meet what is expected of them.

    Attributes:
        seeds: on which it was tried.
        rows: of each seed's runs: one, or all points of the sweep.
        outcomes: of each seed: met, not met, or None where it cannot be judged.
        notes: of each seed, the first expectation that is not met, or cannot be judged; empty where all are.
    """

    seeds: list[int]
    rows: list[list[Row]] = field(repr=False)
    outcomes: list[bool | None]
    notes: list[str]

    @property
    def met(self) -> int:
        """Seeds on which all expectations are met."""
        return sum(outcome is True for outcome in self.outcomes)

    @property
    def unknown(self) -> int:
        """Seeds on which they cannot be judged."""
        return sum(outcome is None for outcome in self.outcomes)

    @property
    def failed(self) -> int:
        """Runs that have no results."""
        return sum(row.get("status") == "failed" for rows in self.rows for row in rows)

    @property
    def seconds(self) -> float:
        """Training time of all its runs."""
        return fsum(row.get("seconds") or 0.0 for rows in self.rows for row in rows)

    def means(self, column: str) -> list[float | None]:
        """The mean of a column over each seed's runs; None where it is missing in one of them."""
        return [_mean([row.get(column) for row in rows]) for rows in self.rows]


@dataclass(frozen=True)
class Tried:
    """A claim that has been tried: what it says, and both of its arms."""

    config: Path
    claim: Statement
    treatment: Arm
    control: Arm

    @property
    def seeds(self) -> int:
        """How many, of each arm."""
        return len(self.treatment.seeds)

    @property
    def confirmed(self) -> bool:
        """Whether the treatment meets the expectations on every seed, and the control arm misses them on every seed."""
        return all(self.treatment.outcomes) and all(outcome is False for outcome in self.control.outcomes)

    @property
    def p(self) -> float:
        """Of Fisher's exact test, two-sided: on how many of the seeds that can be judged each arm meets them."""
        arms = (self.treatment, self.control)
        (met, of), (other_met, other_of) = [(arm.met, self.seeds - arm.unknown) for arm in arms]
        return fisher(met, of, other_met, other_of)

    @cached_property
    def pairs(self) -> list[tuple[float | None, float | None]]:
        """The column `effect` in treatment and control arm, seed by seed."""
        column = self.claim.effect
        return list(zip(self.treatment.means(column), self.control.means(column), strict=True))

    @property
    def effect(self) -> Interval | None:
        """The mean of treatment minus control over the seeds; None where a value is missing or not finite."""
        if self.unpaired:
            return None
        return mean_interval([one - other for one, other in self.pairs if one is not None and other is not None])

    @property
    def unpaired(self) -> str:
        """Why there is no effect: what the first such value is, and in which arm. Empty where there is one."""
        for arm, values in zip(("treatment", "control arm"), zip(*self.pairs, strict=True), strict=True):
            missing = sum(value is None for value in values)
            wild = [value for value in values if value is not None and not isfinite(value)]
            if missing or wild:
                what = f"{wild[0]} in {len(wild)}" if wild else f"missing in {missing}"
                return f"{what} of {len(values)} seeds, {arm}"
        return ""

    @property
    def seconds(self) -> float:
        """Training time of both arms."""
        return self.treatment.seconds + self.control.seconds


def claim_configs(paths: Sequence[Path | str]) -> list[Path]:
    """The configs that state a claim: the files as given, and those in the folders, in order.

    Raises:
        SpecError: there is no such path, a file states no claim, or a folder holds none that does; or a file is wrong.
    """
    found, problems = list[Path](), list[Problem]()
    for path in map(Path, paths):
        files = sorted(path.rglob("*.yaml")) if path.is_dir() else [path]
        try:
            stating = [file for file in files if _states(file)]
        except SpecError as error:
            problems += error.problems
            continue
        if not stating:
            what = "no config in here states a claim" if path.is_dir() else "states no claim"
            problems.append(Problem(f"{what}: it needs the keys 'claim' and 'control'", source=str(path)))
        found += [file for file in stating if file not in found]
    for file in found:
        try:
            grid.load(file)
        except SpecError as error:
            problems += error.problems
    if problems:
        raise SpecError(problems)
    return found


def claims(
    configs: Sequence[Path | str],
    *,
    seeds: int = 5,
    first_seed: int = 0,
    results: Path | str = "results",
    placement: Placement | None = None,
    progress: Callable[[Standing], None] = lambda _: None,
) -> Iterator[Tried]:
    """Tries the claims of configs one after another: both arms on several seeds. What is there is not repeated.

    Args:
        configs: YAML files with the keys `claim`, `control` and `expect`.
        seeds: how many, of each arm.
        first_seed: the others follow it. Fresh ones show whether a claim holds only where its config was made.
        results: the directory that holds `<name>/` and `<name>-control/` for each.
        placement: device, executor, workers ...
        progress: called whenever something has happened.

    Raises:
        SpecError: a spec is wrong.
        ResultsError: the results cannot be written or read.
    """
    if seeds < 1:
        raise SpecError(f"--seeds: must be at least 1 (got {seeds})")
    if first_seed < 0:
        raise SpecError(f"--first-seed: must be at least 0 (got {first_seed})")
    numbers = range(first_seed, first_seed + seeds)
    given: dict[str, Any] = {"results": results, "placement": placement, "progress": progress}
    axis = f"seed={','.join(map(str, numbers))}"
    for config in configs:
        spec = grid.load(Path(config))
        claim = spec.experiments[0].claim
        if claim is None:
            raise SpecError([Problem("states no claim: it needs the keys 'claim' and 'control'", source=str(config))])
        arms = [sweep(config, [axis], control=control, **given).rows for control in (False, True)]
        yield Tried(Path(config), claim, *(judged(spec.expect, rows, numbers) for rows in arms))


def judged(expect: Sequence[str | Claim], rows: Sequence[Row], seeds: Sequence[int]) -> Arm:
    """The arm that has these runs, judged seed by seed; a run that failed leaves its seed without an outcome."""
    by_seed = [[row for row in rows if row["seed"] == seed] for seed in seeds]
    outcomes, notes = list[bool | None](), list[str]()
    for own in by_seed:
        if error := next((row.get("error") for row in own if row["status"] == "failed"), None):
            outcomes.append(None)
            notes.append(f"a run failed: {error}")
            continue
        found = [(claim, judgement(claim, own)) for claim in expect]
        missed = [f"{claim} is not met" for claim, each in found if each.met is False]
        unknown = [f"{claim} cannot be judged: {each.note}" for claim, each in found if each.met is None]
        outcomes.append(False if missed else None if unknown else True)
        notes.append((missed + unknown + [""])[0])
    return Arm(list(seeds), by_seed, outcomes, notes)


def _states(config: Path) -> bool:
    """Whether a file has a claim, right or wrong. Raises SpecError where it cannot be read."""
    return yaml.load(config).data.get("claim") is not None


def _mean(values: Sequence[Any]) -> float | None:
    if not values or any(value is None for value in values):
        return None
    wild = [value for value in values if not isfinite(value)]
    return wild[0] if wild else fsum(values) / len(values)
