"""The sweeps that are timed: 64 seeds x 2 inits of one network, everything measured at every step."""

from dataclasses import dataclass
from typing import Any

from gradx import Experiment

INITS = ("xavier_normal", "orthogonal")
SEEDS, STEPS, BATCH, DEPTH, LENGTH = 64, 50, 32, 20, 100


@dataclass(frozen=True)
class Case:
    """One network of the benchmark."""

    kind: str
    width: int
    steps: int = STEPS

    @property
    def title(self) -> str:
        if self.kind == "mlp":
            return f"MLP, {DEPTH} tanh layers of {self.width}"
        return f"{self.kind.upper()}, T = {LENGTH}, {self.width} hidden units"

    def fields(self) -> dict[str, Any]:
        """The spec, but for seed and init."""
        if self.kind == "mlp":
            network: dict[str, Any] = {"architecture": "mlp", "activation": "tanh", "depth": DEPTH, "task": "digits"}
        else:
            network = {"architecture": self.kind, "task": "adding", "sequence_length": LENGTH}
        return network | {
            "width": self.width,
            "batch_size": BATCH,
            "steps": self.steps,
            "optimizer": {"kind": "sgd", "lr": 0.01},
            "measure": {"every": 1, "evaluations": 1},
        }

    def experiments(self, init: str, seeds: int) -> list[Experiment]:
        return [Experiment(**self.fields(), init=init, seed=seed) for seed in range(seeds)]


CASES = [*(Case("mlp", width) for width in (16, 32, 64, 128)), *(Case("rnn", width) for width in (32, 64))]
