"""A sweep, side by side on 2 cores: gradx against loops of runs, a JAX program, and the limit of the products alone.

Every contender trains 64 seeds x 2 inits of one network for 50 steps and measures everything at every step:
  loop         one run after another, one thread: retain_grad, one .item() for every number, numbers kept in lists
  pool         the same in a pool of 2 processes with one thread each
  gradx        the engine: cohorts in cache-sized chunks, 2 processes with one thread each
  gradx sweep  as a user calls it: with 2 workers where that pays, results written
  jax          one jit(vmap(scan)) program, where JAX is installed (the `bench` extra); compile time told apart
  bmm          the same multiplications by torch.bmm alone: 2 processes with one thread each
loop and pool do fewer runs, and are scaled up. Rounds are interleaved and the best of each is taken.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import torch
import yaml

import gradx
from benches.cases import CASES, INITS, SEEDS, Case
from benches.limit import bmm
from benches.networks import plain
from gradx.engine.chunks import members_per_chunk
from gradx.engine.cohort import Cohort
from gradx.engine.train import train

WORKERS = 2
CPU = torch.device("cpu")


def run(steps: int, rounds: int, only: str, contenders: str) -> None:
    """Times all cases whose title has `only` in it."""
    print(__doc__)
    with Pools() as pools:
        for case in CASES:
            case = Case(case.kind, case.width, steps)
            if only in case.title:
                _compare(pools, case, rounds, contenders.split(","))


def scan(steps: int, counts: list[int], only: str) -> None:
    """Prints what a member's step costs by the number of members that train together, in one process."""
    torch.set_num_threads(1)
    for case in CASES:
        case = Case(case.kind, case.width, steps)
        if only not in case.title:
            continue
        chosen = chunk(case)
        print(f"\n{case.title}: {chosen} members per chunk by rule")
        for count in sorted({*counts, chosen}):
            seconds = min(engine(case, INITS[0], count, count) for _ in range(3))
            print(f"  {count:4} members {seconds / count / steps * 1e6:8.0f} us a member and step", flush=True)


def chunk(case: Case) -> int:
    """Members per chunk by gradx's own rule."""
    one = case.experiments(INITS[0], 1)[0]
    return members_per_chunk(one, Cohort([one], CPU).dims)


def engine(case: Case, init: str, members: int, size: int) -> float:
    """Seconds of the engine for `members` members, `size` at a time; numbers are handed over and dropped."""
    experiments = case.experiments(init, members)
    started = perf_counter()
    for start in range(0, members, size):
        train(Cohort(experiments[start : start + size], CPU), lambda _: None)
    return perf_counter() - started


def loop(case: Case, init: str, runs: int) -> None:
    """Runs of the plain loop, one after another."""
    for one in case.experiments(init, runs):
        plain(one, hooks=True)


class Pools:
    """Processes that are there before the clock starts, with one thread each: more would slow down such small nets."""

    def __enter__(self) -> "Pools":
        context = get_context("forkserver")
        self.single = ProcessPoolExecutor(1, context, initializer=torch.set_num_threads, initargs=(1,))
        self.pair = ProcessPoolExecutor(WORKERS, context, initializer=torch.set_num_threads, initargs=(1,))
        self.both(_warm, [()] * WORKERS)
        self.single.submit(_warm).result()
        return self

    def __exit__(self, *_: object) -> None:
        self.single.shutdown()
        self.pair.shutdown()

    def both(self, work: Callable[..., object], calls: list[tuple[object, ...]]) -> float:
        """Seconds until both workers are done."""
        started = perf_counter()
        for future in [self.pair.submit(work, *call) for call in calls]:
            future.result()
        return perf_counter() - started

    def alone(self, work: Callable[..., object], *call: object) -> float:
        """Seconds in the single process."""
        started = perf_counter()
        self.single.submit(work, *call).result()
        return perf_counter() - started


def _warm() -> None:
    loop(Case("mlp", 16, 1), INITS[0], 1)


def _compare(pools: Pools, case: Case, rounds: int, chosen: list[str]) -> None:
    """Runs the contenders in turns and prints seconds of the whole sweep, and what they are beside gradx."""
    whole, size = SEEDS * len(INITS), chunk(case)
    halves = [(case, init) for init in INITS]
    contenders: dict[str, Callable[[], float]] = {
        "loop": lambda: whole * pools.alone(loop, case, INITS[0], 1),
        "pool": lambda: whole / WORKERS * pools.both(loop, [(*half, 1) for half in halves]),
        "gradx": lambda: pools.both(engine, [(*half, SEEDS, size) for half in halves]),
        "gradx sweep": lambda: _sweep(case),
        "jax": lambda: _jax(case, whole),
        "bmm": lambda: _bmm(pools, case, size),
    }
    if find_spec("jax") is None:
        contenders.pop("jax")
    if chosen != [""]:
        contenders = {name: work for name, work in contenders.items() if name in chosen}
    seconds = [{name: work() for name, work in contenders.items()} for _ in range(rounds)]
    best = {name: min(each[name] for each in seconds) for name in contenders}
    print(f"\n{case.title}: {whole} runs of {case.steps} steps, gradx {size} members at a time")
    base = best.get("gradx", float("nan"))
    for name, each in best.items():
        step = each / whole / case.steps
        print(
            f"  {name:12} {each:8.2f} s   {step * 1e6:8.0f} us a run and step   {each / base:6.2f} x gradx", flush=True
        )


def _bmm(pools: Pools, case: Case, size: int) -> float:
    """Seconds of the products of the whole sweep: the slower of two processes at once."""
    futures = [pools.pair.submit(bmm, case, size, 1) for _ in range(WORKERS)]
    return max(future.result() for future in futures) * case.steps * SEEDS / size


def _sweep(case: Case) -> float:
    """Seconds of `gradx sweep` from the call to the last result on disk."""
    axes = {"grid": {"init": list(INITS), "seed": {"range": [0, SEEDS]}}}
    with TemporaryDirectory() as folder:
        config = Path(folder, "bench.yaml")
        config.write_text(yaml.safe_dump({**case.fields(), "sweep": axes}))
        started = perf_counter()
        done = gradx.sweep(config, results=folder, placement=gradx.Placement(workers=WORKERS))
        seconds = perf_counter() - started
    assert done.computed == SEEDS * len(INITS)
    return seconds


def _jax(case: Case, members: int) -> float:
    """Seconds of the program once it is compiled."""
    command = [sys.executable, "-m", "benches.rival", *map(str, (case.kind, case.width, case.steps, members, 1))]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    print(f"  (jax compiled in {found['compile']:.1f} s)")
    return float(found["run"])
