"""Rows of `runs/` and traces, made by hand."""

from collections.abc import Sequence
from itertools import product
from typing import Any

from gradx.base.trace import Trace

BASE: dict[str, Any] = {
    "run": "0123456789ab",
    "name": "example",
    "status": "finished",
    "error": None,
    "diverged_at": None,
    "seconds": 1.5,
    "steps_done": 100,
    "steps": 100,
    "parameters": 12345,
    "architecture": "mlp",
    "activation": "sigmoid",
    "init": "torch_default",
    "init.gain": 1.0,
    "depth": 30,
    "width": 64,
    "task": "digits",
    "optimizer": "sgd",
    "optimizer.lr": 0.01,
    "clipping": "none",
    "batch_size": 32,
    "dtype": "float32",
    "seed": 0,
    "loss.first": 2.3456789,
    "loss.final": 2.2,
    "loss.test": 2.25,
    "loss.chance": 2.302,
    "metric.name": "accuracy",
    "metric.final": 0.1,
    "metric.chance": 0.1,
    "solved": False,
    "grad_norm.first": 0.7,
    "grad_norm.final": 0.6,
    "clip_rate": 0.0,
    "growth.depth": 0.14,
    "decades.depth": -24.6,
    "verdict.depth": "vanishing",
    "evidence.depth": "the gradient norm changes by a factor 0.14 per layer",
}


def row(**changes: Any) -> dict[str, Any]:
    """BASE with changes; `__` stands for a dot."""
    return BASE | {key.replace("__", "."): value for key, value in changes.items()}


def depth_trace(values: list[float], step: int = 0) -> Trace:
    return Trace("0123456789ab", step, "grad_norm.preactivation", "layer", range(1, len(values) + 1), values)


def time_trace(values: list[float], step: int = 0) -> Trace:
    return Trace("0123456789ab", step, "grad_norm.hidden", "layer 1", range(1, len(values) + 1), values)


def grid_rows(**axes: Sequence[Any]) -> list[dict[str, Any]]:
    """A row for each point of a grid; `__` stands for a dot. Runs are numbered in hex."""
    points = (dict(zip(axes, values, strict=True)) for values in product(*axes.values()))
    return [row(run=f"{place:012x}", name="grid", **point) for place, point in enumerate(points)]


def failed(of: dict[str, Any], error: str = "MemoryError: 12 GB are needed") -> dict[str, Any]:
    """The row of a run that failed: its spec and why."""
    results = ("loss", "metric", "growth", "verdict", "evidence", "decades", "solved", "clip_rate", "grad_norm")
    spec = {key: value for key, value in of.items() if key.partition(".")[0] not in results}
    return spec | {"status": "failed", "error": error, "seconds": None, "parameters": None}
