"""`Model`: a part that says which parameters a network has and how it computes, for all members at once."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

from torch import Tensor

from gradx.activations import Activation
from gradx.base.part import Part
from gradx.models.passes import Graph, Output, Pass
from gradx.normalizations import NoNormalization, Normalization
from gradx.residuals import NoResidual, Residual
from gradx.tensors.axes import Float
from gradx.tensors.layout import Slot
from gradx.tensors.members import anywhere
from gradx.tensors.mode import EVALUATION, Mode
from gradx.tensors.shapes import Image, Scored, Sequence
from gradx.tensors.taps import Series

Weights = Mapping[str, Tensor]
DEPTH, WIDTH = 1, 64  # of an experiment that says nothing
NO_NORMALIZATION, NO_RESIDUAL = NoNormalization(), NoResidual()


@dataclass(frozen=True)
class Dims:
    """What a network is built for: the task's shapes and the experiment's."""

    input: Image | Sequence
    outputs: int
    scored: int  # trailing time steps that the loss looks at
    depth: int
    width: int
    activation: Activation | None
    normalization: Normalization = NO_NORMALIZATION
    residual: Residual = NO_RESIDUAL
    dropout: float | Tensor = 0.0  # probability; (member, 1) where members differ

    @cached_property
    def drops(self) -> bool:
        """Whether units of any member are left out in training."""
        return anywhere(self.dropout)  # sync, once

    @cached_property
    def plain(self) -> bool:
        """Whether there is nothing but linear maps and activations: what can be gone back through by hand."""
        return self.normalization.of == "nothing" and not self.residual.skips and not self.drops


class Footprint(NamedTuple):
    """What a network costs for each example.

    Attributes:
        values: numbers that a training step that measures everything holds at once: activations, their gradients, what
            is made of them.
        multiplies: of a forward pass.
        operations: tensor operations of a forward pass.
        measured: numbers whose gradients are measured.
    """

    values: int
    multiplies: int
    operations: int
    measured: int


class Model(Part):
    """An architecture. Weights are member-first: (member, in, out), so one program trains one member or a thousand."""

    uses: ClassVar[frozenset[str]] = frozenset({"depth", "width"})
    reads: ClassVar[tuple[type, ...]] = ()  # the kinds of input it takes
    default_activation: ClassVar[str | None] = None  # None: the architecture has fixed nonlinearities
    recurrent: ClassVar[bool] = False  # whether it has recurrent weights, and states in time
    answers_every_step: ClassVar[bool] = False  # whether it has an answer at every time step, from the past alone
    takes: ClassVar[frozenset[str]] = frozenset()  # of normalization, residual and dropout, what it can do with

    @classmethod
    def hindrance(cls, given: Any, scored: Scored) -> str | None:
        """Why it cannot answer at the scored time steps, `given` the raw architecture; None where it can."""
        return None if cls.answers_every_step or scored == "last" else "answers once"

    @classmethod
    def meant(cls, given: Any) -> "type[Model]":
        """The class whose class variables hold for the raw architecture `given`: this one, unless its fields say so."""
        return cls

    @abstractmethod
    def slots(self, dims: Dims) -> list[Slot]:
        """The parameters of one member, from input to output."""

    def buffers(self, dims: Dims) -> list[Slot]:
        """What is kept beside the parameters (running statistics): slots of role buffer."""
        return []

    @abstractmethod
    def forward(self, dims: Dims, weights: Weights, x: Tensor, mode: Mode = EVALUATION) -> tuple[Output, list[Series]]:
        """The output (member, batch, scored, output) for x (member, batch, *input), and the taps on the way."""

    def run(self, dims: Dims, weights: Weights, x: Tensor, mode: Mode = EVALUATION) -> Pass:
        """The forward pass as training uses it; by autograd, unless an architecture knows its chain."""
        return Graph(*self.forward(dims, weights, x, mode), weights)

    def judged_by(self, dims: Dims) -> Activation | None:
        """The function that gives the outputs of the units, by which it is judged whether they are saturated."""
        return dims.activation

    def by_hand(self, dims: Dims) -> bool:
        """Whether `run` goes back by hand, and not by autograd."""
        return False

    @abstractmethod
    def footprint(self, dims: Dims) -> Footprint:
        """What one forward pass costs."""

    def initial(self, dims: Dims, seeds: list[int]) -> dict[str, Tensor] | None:
        """Initial parameters and buffers by name, (member, *shape), where an architecture brings its own."""
        return None

    def notes(self, dims: Dims) -> dict[str, str]:
        """What cannot be measured of it, and why: columns of the run's row."""
        return {}

    def adjust(self, dims: Dims, values: dict[str, Tensor]) -> None:
        """Changes initial values in place where the architecture has a say (an LSTM's forget bias)."""


def linear_slots(name: str, layer: int, fan_in: int, fan_out: int) -> list[Slot]:
    """Weight (in, out) and bias (out,) of a linear map."""
    bound, final = fan_in**-0.5, name == "readout"
    return [
        Slot(f"{name}.weight", (fan_in, fan_out), "weight", layer, fan_in, fan_out, bound, final=final),
        Slot(f"{name}.bias", (fan_out,), "bias", layer, fan_in, fan_out, bound, final=final),
    ]


def linear(weights: Weights, name: str, x: Float[Tensor, "member n in"]) -> Float[Tensor, "member n out"]:
    """x (member, n, in) through the linear map `name`: (member, n, out)."""
    return weights[f"{name}.bias"].unsqueeze(1).baddbmm(x, weights[f"{name}.weight"])
