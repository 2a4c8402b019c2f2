"""`Recurrent`: the one time loop of all recurrent architectures; a kind adds its cell."""

from abc import abstractmethod
from functools import partial
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from gradx.models.base import Dims, Footprint, Model, Weights, linear, linear_slots
from gradx.models.passes import Output, Pass
from gradx.models.unrolled import Cell, Unrolled
from gradx.tensors.axes import Float
from gradx.tensors.layout import Slot
from gradx.tensors.mode import EVALUATION, Mode
from gradx.tensors.shapes import Sequence
from gradx.tensors.taps import Kind, Series

Gates = Float[Tensor, "member batch gate"]  # all gates of all units side by side
InputGates = Float[Tensor, "member time batch gate"]
HiddenWeight = Float[Tensor, "member width gate"]
HiddenBias = Float[Tensor, "member 1 gate"]
State = tuple[Float[Tensor, "member batch width"], ...]
"""The hidden state, then what else a cell carries, then what it keeps to be looked at; each (member, batch, width)."""


class Recurrent(Model):
    """`depth` recurrent layers of `width` units, unrolled by our own loop, and a linear readout at the scored steps."""

    reads: ClassVar[tuple[type, ...]] = (Sequence,)
    recurrent: ClassVar[bool] = True
    answers_every_step: ClassVar[bool] = True
    gates: ClassVar[int] = 1  # blocks of `width` side by side in weights and biases
    states: ClassVar[tuple[Kind, ...]] = ("hidden",)  # the parts of the state, by their tap's name
    operations: ClassVar[int] = 2  # tensor operations of one step
    keeps_input: ClassVar[bool] = False  # whether `step` returns the activation's argument behind the state
    hidden_bias_inside: ClassVar[bool] = False  # whether bias_hh is needed inside the step and not beside bias_ih

    @abstractmethod
    def step(
        self,
        dims: Dims,
        z: Gates,
        state: State,
        weight: HiddenWeight,
        bias: HiddenBias,
    ) -> State:
        """One time step.

        Args:
            dims: of the network.
            z: the input's part of the pre-activation.
            state: of the step before.
            weight: recurrent weight (member, width, gates width).
            bias: bias_hh, (member, 1, gates width); already in `z` unless `hidden_bias_inside`.
        """

    @abstractmethod
    def cell(self, dims: Dims, z: InputGates, weight: HiddenWeight, bias: HiddenBias) -> Cell:
        """The same over all time steps, to be gone back through by hand.

        Args:
            dims: of the network.
            z: the input's part of the pre-activation, (member, time, batch, gates width).
            weight: as in `step`.
            bias: as in `step`.
        """

    def slots(self, dims: Dims) -> list[Slot]:
        assert isinstance(dims.input, Sequence)
        slots, width, size = [], dims.width, dims.input.features
        for layer in range(1, dims.depth + 1):
            name, out, bound = f"{self.kind}.{layer}", self.gates * width, width**-0.5
            slots += [
                Slot(f"{name}.weight_ih", (size, out), "weight", layer, size, width, bound, self.gates),
                Slot(f"{name}.weight_hh", (width, out), "recurrent", layer, width, width, bound, self.gates),
                Slot(f"{name}.bias_ih", (out,), "bias", layer, size, width, bound, self.gates),
                Slot(f"{name}.bias_hh", (out,), "bias", layer, width, width, bound, self.gates),
            ]
            size = width
        return slots + linear_slots("readout", dims.depth + 1, width, dims.outputs)

    def forward(self, dims: Dims, weights: Weights, x: Tensor, mode: Mode = EVALUATION) -> tuple[Output, list[Series]]:
        assert isinstance(dims.input, Sequence)
        members, batch = x.shape[:2]
        below = self._features(dims, weights, x)
        series: list[Series] = []
        for layer in range(1, dims.depth + 1):
            z, states = self._layer(dims, weights, f"{self.kind}.{layer}", below)
            series.append(Series("preactivation", "time", layer, [z], arrange=_time_first, whole=True))
            for part, name in enumerate(self.states):
                inputs = [state[-1] for state in states] if self.keeps_input else None
                series.append(Series(name, "time", layer, [state[part] for state in states], inputs))
            kept = states[-dims.scored :] if layer == dims.depth else states
            below = torch.stack([state[0] for state in kept], dim=1)
        output = linear(weights, "readout", below.flatten(1, 2))
        return output.view(members, dims.scored, batch, -1).transpose(1, 2), series

    def run(self, dims: Dims, weights: Weights, x: Tensor, mode: Mode = EVALUATION) -> Pass:
        names = [f"{self.kind}.{layer}" for layer in range(1, dims.depth + 1)]
        x = self._features(dims, weights, x)
        return Unrolled(partial(self.cell, dims), weights, names, x, dims.scored, self.hidden_bias_inside)

    def _features(self, dims: Dims, weights: Weights, x: Tensor) -> Tensor:
        """x as (member, time, batch, feature), tokens one-hot: each step is one contiguous slice."""
        assert isinstance(dims.input, Sequence)
        if dims.input.tokens:
            x = functional.one_hot(x, dims.input.features).to(weights["readout.bias"].dtype)
        return x.transpose(1, 2)

    def footprint(self, dims: Dims) -> Footprint:
        assert isinstance(dims.input, Sequence)
        steps, inside = dims.input.steps, int(self.hidden_bias_inside)
        kept = (3 + 2 * inside) * self.gates + 3 * len(self.states) - 1  # forward and backward, of every layer
        passing = (1 + inside) * self.gates + 2  # members first, of one layer, and what is measured of it
        values = steps * (2 * dims.input.features + dims.width * (dims.depth * kept + passing))
        multiplies = steps * sum(slot.size for slot in self.slots(dims) if slot.multiplied)
        return Footprint(values, multiplies, steps * dims.depth * self.operations + 8)

    def _layer(self, dims: Dims, weights: Weights, name: str, below: Tensor) -> tuple[Tensor, list[State]]:
        """All inputs' pre-activations at once, (member, time, batch, gates width), then the states step by step.

        The gradient with respect to the first is that of the pre-activation: the recurrent part is added to it.
        """
        members, steps, batch, _ = below.shape
        weight, inner = weights[f"{name}.weight_hh"], weights[f"{name}.bias_hh"].unsqueeze(1)
        bias = weights[f"{name}.bias_ih"].unsqueeze(1)
        if not self.hidden_bias_inside:
            bias = bias + inner
        z = bias.baddbmm(below.flatten(1, 2), weights[f"{name}.weight_ih"]).view(members, steps, batch, -1)
        state: State = tuple(z.new_zeros(members, batch, dims.width) for _ in self.states)
        states = []
        for z_t in z.unbind(1):  # unbind once: its backward is one stack; indexing by t would cost T^2
            state = self.step(dims, z_t, state, weight, inner)
            states.append(state)
        return z, states


def _time_first(z: Tensor) -> Tensor:
    return z.transpose(0, 1)
