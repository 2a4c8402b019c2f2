"""`Facts`: what the rules of advice ask of a run's row, where any value may be missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite, log
from typing import Any

from gradx.base.untrained import untrained

NON_EXPANSIVE = ("tanh", "hard_tanh", "relu", "sigmoid", "identity", "softplus", "sin")
"""Activations whose slope never exceeds 1 (selu reaches 1.76, gelu and erf 1.13, silu 1.10)."""

UNIT_SLOPE = ("tanh", "hard_tanh", "identity", "sin")
"""Those of them whose slope at 0 is 1: what enters small, passes."""

ADAPTIVE = ("adam", "adamw", "rmsprop", "adagrad")
"""Optimizers whose step does not grow with the gradient."""


@dataclass(frozen=True)
class Facts:
    """Questions about a row of `runs/`."""

    row: Mapping[str, Any]

    def text(self, key: str) -> str:
        """A column of text; "" where it is missing."""
        value = self.row.get(key)
        return value if isinstance(value, str) else ""

    def number(self, key: str) -> float | None:
        """A finite number; None where it is missing, NaN or inf."""
        value = self.row.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value):
            return float(value)
        return None

    def at_least(self, key: str, least: float) -> bool:
        value = self.number(key)
        return value is not None and value >= least

    @property
    def feedforward(self) -> bool:
        return self.text("architecture") in ("mlp", "cnn")

    @property
    def gated(self) -> bool:
        return self.text("architecture") in ("lstm", "gru")

    @property
    def rnn(self) -> bool:
        return self.text("architecture") == "rnn"

    @property
    def sgd(self) -> bool:
        return self.text("optimizer") not in ADAPTIVE

    @property
    def unclipped(self) -> bool:
        return self.text("clipping") == "none"

    @property
    def solved(self) -> bool:
        return self.row.get("solved") is not None and bool(self.row["solved"])

    @property
    def untrained(self) -> bool:
        return untrained(self.row)

    @property
    def diverged(self) -> bool:
        return self.text("status") == "diverged"

    @property
    def overflowed(self) -> bool:
        """Not finite before training could change anything."""
        first = self.row.get("grad_norm.first")
        finite = first is None or isfinite(first)
        return self.diverged and (self.number("diverged_at") == 0 or not finite)

    def vanishes(self, axis: str) -> bool:
        return self.text(f"verdict.{axis}") == "vanishing"

    def explodes(self, axis: str) -> bool:
        """The verdict, or for a run that diverged what was so at first."""
        decades = self.number(f"decades.{axis}") or 0.0
        limit = self.number("diagnosis.decades") or 2.0
        return self.text(f"verdict.{axis}") == "exploding" or (self.diverged and decades >= limit)

    @property
    def calm(self) -> bool:
        """It ran to its end, and nothing vanishes or explodes."""
        words = [self.text("verdict.depth"), self.text("verdict.time")]
        return self.text("status") == "finished" and all(word in ("", "stable") for word in words)

    def starts_from(self, init: str, part: str = "init") -> bool:
        """Whether the weights come from that init, with gain 1."""
        return self.text(part) == init and self.number(f"{part}.gain") in (None, 1.0)

    @property
    def matched(self) -> bool:
        """ReLU with the init made for it: the squared gradient keeps its size on average."""
        init = self.starts_from("kaiming_normal") or self.starts_from("kaiming_uniform")
        return init and self.text("activation") == "relu"

    @property
    def recurrent_orthogonal(self) -> bool:
        """Whether the recurrent weights have all their singular values at 1."""
        return self.starts_from("orthogonal", "init.recurrent" if self.text("init.recurrent") else "init")

    @property
    def long_memory_bias(self) -> float:
        """The forget bias b whose gate sigma(b) has the time constant of a quarter of the sequence, T / 4 steps.

        sigma(log s) = s / (1 + s) decays by 1 / e in about s steps. The rest of the cell adds to that: measured with
        the default weights, the gradient then keeps its size within two decades for T = 10 to 500.

        Reference: Tallec, Ollivier 2018, arXiv:1804.11188, section 2.
        """
        return round(max(log((self.number("sequence_length") or 40.0) / 4), 1.0), 1)
