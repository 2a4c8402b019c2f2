"""Experiments as plain data: one that says all there is to say, one that says the least, one that trains at once."""

from pathlib import Path
from typing import Any

from gradx.spec import Experiment

FULL = {
    "name": "full",
    "architecture": {"kind": "lstm", "forget_bias": 1.0},
    "init": {"kind": "orthogonal", "gain": 0.9, "bias_std": 0.1, "recurrent": {"kind": "identity", "gain": 1.1}},
    "depth": 2,
    "width": 8,
    "task": {"kind": "copying", "symbols": 3, "alphabet": 4},
    "sequence_length": 12,
    "batch_size": 4,
    "steps": 10,
    "optimizer": {"kind": "adam", "lr": 1e-5, "eps": 1e-8},
    "clipping": {"kind": "norm", "max_norm": 0.5},
    "regularization": {"kind": "l2", "weight": 0.001},
    "dtype": "float64",
    "threads": 2,
    "measure": {"every": "log", "quantities": ["loss", "grad_norm"], "evaluations": 3},
    "diagnosis": {"decades": 1.5},
    "seed": 7,
    "expect": ["growth.time < 1"],
}
MINIMAL = {"architecture": "mlp", "task": "digits"}
SMALL = {"architecture": "rnn", "task": "adding", "sequence_length": 5, "width": 3, "batch_size": 2, "steps": 4}


def small(**fields: Any) -> Experiment:
    """An experiment of a few milliseconds."""
    return Experiment(**SMALL | fields)


def written(tmp_path: Path, text: str, name: str = "some.yaml") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path
