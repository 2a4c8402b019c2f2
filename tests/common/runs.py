"""Small experiments trained in memory: what came out, as numbers that a test can compare."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from gradx.base.trace import Block, Trace
from gradx.engine.cohort import Cohort
from gradx.engine.train import Member, train
from gradx.spec import Experiment

CPU = torch.device("cpu")


def experiment(architecture: Any = "mlp", task: Any = "digits", **fields: Any) -> Experiment:
    """A small float64 experiment that measures every step."""
    small = {"width": 6, "batch_size": 4, "steps": 3, "dtype": "float64", "measure": {"every": 1, "evaluations": 1}}
    return Experiment(architecture=architecture, task=task, **small | fields)


def trained(
    experiments: Sequence[Experiment], tick: float = 1e9, device: torch.device = CPU
) -> list[tuple[Member, Trace]]:
    """Trains one cohort; every member with its whole trace."""
    torch.set_num_threads(1)  # as the driver does by default: the last bits depend on it
    blocks: list[Block] = []
    outcome = train(Cohort(experiments, device), blocks.append, tick=tick)
    trace = Trace.concat(block.trace() for block in blocks)
    return [(member, select(trace, trace.run == member.run)) for member in outcome.members]


def select(trace: Trace, rows: np.ndarray) -> Trace:
    """The rows of a trace that a mask picks."""
    return Trace(**{name: column[rows] for name, column in trace.columns().items()})


def trace_of(one: Experiment) -> Trace:
    """The trace of an experiment trained alone."""
    return trained([one])[0][1]


def values(trace: Trace, quantity: str, step: int = 0, site: str | None = None) -> np.ndarray:
    """The values of one quantity at one step in the order of the trace, of all sites or of one."""
    rows = (trace.quantity == quantity) & (trace.step == step)
    return trace.value[rows if site is None else rows & (trace.site == site)]


def keys(trace: Trace) -> list[tuple[int, str, str, int]]:
    """What was measured where: the rows without run and value."""
    return [row[1:5] for row in trace.rows()]


def assert_same(trace: Trace, other: Trace, rtol: float) -> None:
    """The same rows, and values equal within `rtol`; what may cancel (means, logarithms) also within 1e-12."""
    assert keys(trace) == keys(other)
    norms = np.char.startswith(trace.quantity.astype(str), "grad_norm")
    np.testing.assert_allclose(trace.value[norms], other.value[norms], rtol=rtol)
    np.testing.assert_allclose(trace.value[~norms], other.value[~norms], rtol=rtol, atol=1e-12)
