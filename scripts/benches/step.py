"""One run, side by side: gradx with one member against the loops that people write, in microseconds a step.

Every contender trains the same network on the same data (digits, or the adding problem) with plain SGD:
  plain      nn.Module, loss.backward(), torch.optim.SGD; nothing is measured
  (a) gradx  the engine with one member; nothing is measured but the first and the last step
  (b) gradx  the same, everything measured at every step
  (c) hooks  the plain loop with retain_grad on every layer and .item() for every number
Rounds are interleaved and the best of each is taken, so that what else the machine does falls on all alike.
"""

from collections.abc import Callable
from typing import Any

import torch

from benches.networks import plain
from gradx import Experiment
from gradx.engine.cohort import Cohort
from gradx.engine.train import train


def run(steps: int, rounds: int, threads: int) -> None:
    """Compares all networks."""
    torch.set_num_threads(threads)
    print(f"torch {torch.__version__}, {threads} thread(s), {steps} steps, best of {rounds} interleaved rounds")
    for width, batch in ((64, 64), (32, 32)):
        spec = {"architecture": "mlp", "activation": "tanh", "depth": 20, "width": width}
        _compare(f"MLP, 20 tanh layers of {width}, batch {batch}", spec | _task("digits", batch), steps, rounds)
    spec = {"architecture": "rnn", "width": 64, "sequence_length": 100}
    _compare("RNN, 100 steps, 64 hidden units, batch 32", spec | _task("adding", 32), max(steps // 4, 1), rounds)


def _task(name: str, batch: int) -> dict[str, Any]:
    return {"task": name, "batch_size": batch, "optimizer": {"kind": "sgd", "lr": 0.01}}


def _compare(title: str, spec: dict[str, Any], steps: int, rounds: int) -> None:
    """Runs the four contenders in turns and prints the best of each."""
    quiet = Experiment(**spec, steps=steps, measure={"every": 10**9, "evaluations": 1})
    loud = Experiment(**spec, steps=steps, measure={"every": 1, "evaluations": 1})
    contenders: dict[str, Callable[[], float]] = {
        "plain loop, nothing measured": lambda: plain(quiet, hooks=False),
        "(a) gradx, nothing measured": lambda: _gradx(quiet),
        "(b) gradx, everything at every step": lambda: _gradx(loud),
        "(c) plain loop, retain_grad, .item()": lambda: plain(quiet, hooks=True),
    }
    seconds = [{name: run() for name, run in contenders.items()} for _ in range(rounds)]
    best = {name: min(times[name] for times in seconds) / steps for name in contenders}
    base = best["plain loop, nothing measured"]
    print(f"\n{title}")
    for name, each in best.items():
        print(f"  {name:38} {each * 1e6:8.0f} us a step   {each / base:5.2f} x plain")


def _gradx(experiment: Experiment) -> float:
    """Seconds of the engine: what it measures is not written; one look at the test set is included."""
    return train(Cohort([experiment], torch.device("cpu")), lambda _: None).seconds
