"""`Recurrent`: the one time loop of all recurrent architectures; a kind adds its cell."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from gradx.base.part import parts, said
from gradx.models.base import Dims, Footprint, Model, Weights, linear, linear_slots
from gradx.models.inner import CELL, INPUT, RECURRENT, Inner, Norm, normalizer, upwards
from gradx.models.passes import Output, Pass
from gradx.models.unrolled import CellType, Unrolled
from gradx.normalizations import AnyNormalization, Normalization
from gradx.tensors.axes import Float
from gradx.tensors.layout import Slot
from gradx.tensors.mode import EVALUATION, Mode
from gradx.tensors.shapes import Sequence
from gradx.tensors.taps import Kind, Series

Gates = Float[Tensor, "member batch gate"]  # all gates of all units side by side
InTime = Float[Tensor, "member time batch _"]
State = tuple[Float[Tensor, "member batch _"], ...]
"""The hidden state, then what else a cell carries, then what it keeps to be looked at; each (member, batch, unit)."""


NORMALIZED = 3  # numbers of a channel and step that autograd keeps of a normalization


class Layer(NamedTuple):
    """A recurrent layer over all time steps: the input's pre-activations, the states, and what goes up from it."""

    z: Float[Tensor, "member time batch gate"]
    given: tuple[Gates, ...]  # z step by step
    states: list[State]
    up: InTime


class Recurrent(Model):
    """`depth` recurrent layers of `width` units, unrolled by our own loop, and a linear readout at the scored steps."""

    reads: ClassVar[tuple[type, ...]] = (Sequence,)
    recurrent: ClassVar[bool] = True
    answers_every_step: ClassVar[bool] = True
    takes: ClassVar[frozenset[str]] = frozenset({"dropout"})
    gates: ClassVar[tuple[str, ...]] = ("new",)  # blocks of `width` side by side in weights and biases
    states: ClassVar[tuple[Kind, ...]] = ("hidden",)  # the parts of the state, by their tap's name
    operations: ClassVar[int] = 2  # tensor operations of one step
    kept: ClassVar[int] = 12  # numbers of a unit and step that autograd keeps, with all that is measured
    keeps_input: ClassVar[bool] = False  # whether `step` returns the activation's argument behind the state
    squashed: ClassVar[bool] = False  # whether hidden states are a tanh behind a gate
    hidden_bias_inside: ClassVar[bool] = False  # whether bias_hh is needed inside the step and not beside bias_ih
    draws_recurrent: ClassVar[bool] = True  # whether the init draws recurrent weights

    @abstractmethod
    def step(self, dims: Dims, z: Gates, state: State, inner: Inner) -> State:
        """One time step.

        Args:
            dims: of the network.
            z: the input's part of the pre-activation, biases in it.
            state: of the step before.
            inner: the layer's recurrent weights, and the normalization of their product.
        """

    def cells(self, dims: Dims) -> CellType | None:
        """The same over all time steps, to be gone back through by hand; None: by autograd."""
        return None

    def inner(self, dims: Dims, weights: Weights, name: str) -> Mapping[str, Tensor]:
        """What the steps of layer `name` compute with, by short name; made once for all time steps."""
        return {"weight_hh": weights[f"{name}.weight_hh"]} | (
            {"bias_hh": weights[f"{name}.bias_hh"].unsqueeze(1)} if self.hidden_bias_inside else {}
        )

    def given(self, weights: Weights, name: str, below: InTime) -> tuple[Tensor, Tensor]:
        """The product of the inputs of all time steps with the input weights, and the biases (member, 1, gate)."""
        bias = weights[f"{name}.bias_ih"]
        if not self.hidden_bias_inside:
            bias = bias + weights[f"{name}.bias_hh"]
        return weights[f"{name}.weight_ih"], bias.unsqueeze(1)

    def up(self, dims: Dims, weights: Weights, name: str, states: list[State], below: InTime) -> InTime:
        """What the layer above, or the readout, gets of the given time steps: the hidden states."""
        return torch.stack([state[0] for state in states], dim=1)

    def layer_slots(self, dims: Dims, name: str, layer: int, size: int) -> list[Slot]:
        """The parameters of the layer called `name`, which reads `size` features."""
        width, bound = dims.width, dims.width**-0.5
        out, blocks = len(self.gates) * width, len(self.gates)
        return [
            Slot(f"{name}.weight_ih", (size, out), "weight", layer, size, width, bound, blocks, gates=self.gates),
            Slot(f"{name}.weight_hh", (width, out), "recurrent", layer, width, width, bound, blocks, gates=self.gates),
            Slot(f"{name}.bias_ih", (out,), "bias", layer, size, width, bound, blocks, gates=self.gates),
            Slot(f"{name}.bias_hh", (out,), "bias", layer, width, width, bound, blocks, gates=self.gates),
        ]

    def adjust_layer(self, dims: Dims, name: str, values: dict[str, Tensor]) -> None:
        """`adjust`, of one layer."""

    def layers(self, dims: Dims, stack: str = "") -> list[str]:
        """The layers' names from the input on."""
        return [f"{stack or self.kind}.{layer}" for layer in range(1, dims.depth + 1)]

    def norms(self, dims: Dims, name: str) -> list[Norm]:
        """The normalizations in a layer: of the input's product, of the recurrent product, of a cell state."""
        if dims.normalization.of != "signals":
            return []
        gates = len(self.gates) * dims.width
        found = [Norm(f"{name}.{INPUT}", gates), Norm(f"{name}.{RECURRENT}", gates)]
        return found + ([Norm(f"{name}.{CELL}", dims.width)] if "cell" in self.states else [])

    def stack_slots(self, dims: Dims, stack: str = "") -> list[Slot]:
        """The parameters of all layers, without a readout."""
        assert isinstance(dims.input, Sequence)
        slots, size = list[Slot](), dims.input.features
        for layer, name in enumerate(self.layers(dims, stack), 1):
            slots += self.layer_slots(dims, name, layer, size)
            for norm in self.norms(dims, name):
                slots += dims.normalization.slots(norm.name, layer, norm.channels)
            size = dims.width
        return slots

    def stack_buffers(self, dims: Dims, stack: str = "") -> list[Slot]:
        """The running statistics of all layers, of each time step its own: see `normalizer`."""
        assert isinstance(dims.input, Sequence)
        steps = dims.input.steps
        return [
            replace(slot, shape=(steps, *slot.shape))
            for layer, name in enumerate(self.layers(dims, stack), 1)
            for norm in self.norms(dims, name)
            for slot in dims.normalization.buffers(norm.name, layer, norm.channels)
        ]

    def slots(self, dims: Dims) -> list[Slot]:
        return self.stack_slots(dims) + linear_slots("readout", dims.depth + 1, dims.width, dims.outputs)

    def buffers(self, dims: Dims) -> list[Slot]:
        return self.stack_buffers(dims)

    def adjust(self, dims: Dims, values: dict[str, Tensor]) -> None:
        for name in self.layers(dims):
            self.adjust_layer(dims, name, values)

    def forward(self, dims: Dims, weights: Weights, x: Tensor, mode: Mode = EVALUATION) -> tuple[Output, list[Series]]:
        below, found = features(dims, weights, x), list[Layer]()
        names = self.layers(dims)
        for name in names:
            scored = dims.scored if name == names[-1] else None
            found.append(self.unroll(dims, weights, name, below, mode, scored=scored))
            below = upwards(found[-1].up, dims, mode)
        series = [each for layer, one in enumerate(found, 1) for each in self._series(layer, one)]
        return read_out(weights, below), series

    def unroll(
        self,
        dims: Dims,
        weights: Weights,
        name: str,
        below: InTime,
        mode: Mode,
        start: State | None = None,
        scored: int | None = None,
    ) -> Layer:
        """One layer: all inputs' pre-activations at once, then the states step by step.

        The gradient with respect to the first is that of the pre-activation: the recurrent part is added to it.

        Args:
            dims: of the network.
            weights: by name.
            name: of the layer.
            below: its input.
            mode: training or evaluation.
            start: the state before the first step; None: zeros.
            scored: how many trailing steps go up; None: all.
        """
        members, steps, batch, _ = below.shape
        normalize = normalizer(dims.normalization, self.norms(dims, name), weights, mode, steps)
        weight, bias = self.given(weights, name, below)
        if normalize is None:
            z = bias.baddbmm(below.flatten(1, 2), weight).view(members, steps, batch, -1)
        else:
            product = torch.bmm(below.flatten(1, 2), weight).view(members, steps, batch, -1).unbind(1)
            normal = [normalize(x, f"{name}.{INPUT}", t) for t, x in enumerate(product)]
            z = torch.stack(normal, 1) + bias.unsqueeze(1)
        prepared = self.inner(dims, weights, name)
        state, states = start or self.start(dims, z), list[State]()
        given = z.unbind(1)  # once: its backward is one stack; indexing by t would cost T^2
        for t, z_t in enumerate(given):
            state = self.step(dims, z_t, state, Inner(prepared, name, normalize, t))
            states.append(state)
        tail = slice(-(scored or steps), None)
        return Layer(z, given, states, self.up(dims, weights, name, states[tail], below[:, tail]))

    def start(self, dims: Dims, z: InTime) -> State:
        """The state before the first time step."""
        members, _, batch, _ = z.shape
        return tuple(z.new_zeros(members, batch, dims.width) for _ in self.states)

    def run(self, dims: Dims, weights: Weights, x: Tensor, mode: Mode = EVALUATION) -> Pass:
        cells = self.cells(dims) if dims.plain else None
        if cells is None:
            return super().run(dims, weights, x, mode)
        x = features(dims, weights, x)
        return Unrolled(cells, weights, self.layers(dims), x, dims.scored, self.hidden_bias_inside)

    def by_hand(self, dims: Dims) -> bool:
        return dims.plain and self.cells(dims) is not None

    def footprint(self, dims: Dims) -> Footprint:
        assert isinstance(dims.input, Sequence)
        if not self.by_hand(dims):
            return self.by_autograd(dims, dims.input.steps)
        steps, inside, gates = dims.input.steps, int(self.hidden_bias_inside), len(self.gates)
        kept = (3 + 2 * inside) * gates + 3 * len(self.states) - 1  # forward and backward, of every layer
        passing = (2 + inside) * gates + 2  # members first, of one layer, and what is measured of it
        values = steps * (2 * dims.input.features + dims.width * (dims.depth * kept + passing))
        multiplies = steps * sum(slot.size for slot in self.slots(dims) if slot.multiplied)
        operations, measured = steps * dims.depth * self.operations + 8, self._measured(dims, steps)
        return Footprint(values, multiplies, operations, measured)

    def by_autograd(self, dims: Dims, steps: int) -> Footprint:
        """What `steps` time steps cost that autograd goes back through."""
        assert isinstance(dims.input, Sequence)
        norms = self.norms(dims, "")
        kept = self.kept * dims.width + NORMALIZED * sum(norm.channels for norm in norms)
        values = steps * (2 * dims.input.features + dims.depth * kept)
        multiplies = steps * sum(slot.size for slot in self.slots(dims) if slot.multiplied)
        operations = self.operations + 2 + 8 * len(norms)
        return Footprint(values, multiplies, steps * dims.depth * operations + 8, self._measured(dims, steps))

    @classmethod
    def misfits(cls, data: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
        kind, given = cls.model_fields["kind"].default, said(data, "normalization", default="none")
        known = {name: part for name, part in parts(AnyNormalization).items() if issubclass(part, Normalization)}
        inside = sorted(name for name, part in known.items() if part.recurrent or part.of == "nothing")
        if "normalization" in cls.takes and given in sorted(known) and given not in inside:
            offer = ", ".join(inside)
            yield ("normalization",), f"{given} cannot be used inside the cells of {kind} (allowed here: {offer})"
        if not cls.draws_recurrent and said(data, "init", "recurrent") is not None:
            yield ("init", "recurrent"), f"architecture {kind} sets its recurrent weights itself and does not use it"

    def _measured(self, dims: Dims, steps: int) -> int:
        """Numbers of all taps."""
        return steps * dims.depth * (len(self.gates) + len(self.states)) * dims.width

    def _series(self, layer: int, one: Layer) -> Iterator[Series]:
        yield Series("preactivation", "time", layer, [one.z], arrange=_time_first, whole=True)
        yield from self.state_series(layer, one.states)

    def state_series(self, layer: int, states: list[State]) -> Iterator[Series]:
        """The taps of a layer's states."""
        inputs = [state[-1] for state in states] if self.keeps_input else None
        for part, name in enumerate(self.states):
            taps = [state[part] for state in states]
            yield Series(name, "time", layer, taps, inputs, squashed=self.squashed)


def features(dims: Dims, weights: Weights, x: Tensor) -> InTime:
    """x as (member, time, batch, feature), tokens one-hot: each step is one contiguous slice."""
    assert isinstance(dims.input, Sequence)
    if dims.input.tokens:
        x = functional.one_hot(x, dims.input.features).to(weights["readout.bias"].dtype)
    return x.transpose(1, 2)


def read_out(weights: Weights, up: InTime) -> Output:
    """The readout at every given step, (member, batch, time, output)."""
    members, steps, batch, _ = up.shape
    return linear(weights, "readout", up.flatten(1, 2)).view(members, steps, batch, -1).transpose(1, 2)


def _time_first(z: Tensor) -> Tensor:
    return z.transpose(0, 1)
