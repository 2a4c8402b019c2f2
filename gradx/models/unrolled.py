"""`Unrolled`: recurrent layers gone back through by hand, as `Chain` does for stacks: a time step costs few operations.

Each time step writes into its place of one (time, member, batch, unit) tensor: states and their gradients need not be
gathered. What is the same at all time steps, the input's part and the weight gradients, is one batched product.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from typing import ClassVar

import torch
from torch import Tensor

from gradx.models.passes import Output, Pass
from gradx.tensors.axes import Float
from gradx.tensors.taps import Kind, Series, Stacked, Tapped, as_it_is

GatesInTime = Float[Tensor, "position member batch gate"]
InputGates = Float[Tensor, "member time batch gate"]
HiddenWeight = Float[Tensor, "member width gate"]
HiddenBias = Float[Tensor, "member 1 gate"]
BackInTime = tuple[GatesInTime, GatesInTime, dict[Kind, Stacked]]


class Cell(ABC):
    """One recurrent layer over all time steps.

    Args:
        z: the input's part of the pre-activation, (member, time, batch, gate); biases are in it unless kept out.
        weight: recurrent weight (member, width, gate).
        bias: bias_hh, (member, 1, gate).

    Attributes:
        states: values of each part of the state by name, (time, member, batch, width), the hidden state first.
        inputs: the activation's argument behind the states, where there is a single one.
        squashed: whether hidden states are a tanh behind a gate.
    """

    states: dict[Kind, Stacked]
    inputs: Stacked | None = None
    squashed: ClassVar[bool] = False

    @abstractmethod
    def backward(self, d_hidden: Stacked, given: int) -> BackInTime:
        """The gradients of the gates' pre-activations, of the recurrent product, and of the states.

        Args:
            d_hidden: what comes to the hidden states from outside the layer; may be overwritten.
            given: the first time step (from 0) that gets anything from outside; before it `d_hidden` is undefined.
        """


CellType = Callable[[InputGates, HiddenWeight, HiddenBias], Cell]
Layers = Iterator[tuple[int, *BackInTime]]


class Unrolled(Pass):
    """A stack of recurrent layers and a linear readout of the last `scored` steps.

    Args:
        cells: the layers' type, called with (z, weight, bias).
        weights: by name.
        names: of the layers from the input on.
        x: (member, time, batch, feature).
        scored: how many trailing steps are read out.
        bias_inside: whether bias_hh belongs inside the cell and not beside bias_ih.
    """

    def __init__(
        self,
        cells: CellType,
        weights: Mapping[str, Tensor],
        names: list[str],
        x: Float[Tensor, "member time batch feature"],
        scored: int,
        bias_inside: bool,
    ) -> None:
        self._weights = {name: weight.detach() for name, weight in weights.items()}
        self._names, self._scored, self._bias_inside = names, scored, bias_inside
        self._below, self._z, self._cells = list[Tensor](), list[Tensor](), list[Cell]()
        members, steps, batch, _ = x.shape
        below = x.flatten(1, 2)  # (member, time batch, feature)
        for name in names:
            inner, bias = (self._weights[f"{name}.{which}"].unsqueeze(1) for which in ("bias_hh", "bias_ih"))
            if not bias_inside:
                bias = bias + inner
            z = torch.baddbmm(bias, below, self._weights[f"{name}.weight_ih"]).view(members, steps, batch, -1)
            cell = cells(z, self._weights[f"{name}.weight_hh"], inner)
            self._below.append(below)
            self._z.append(z.transpose(0, 1))
            self._cells.append(cell)
            hidden = cell.states["hidden"]
            below = _members_first(hidden[-scored:] if name == names[-1] else hidden)
        self._read = below
        output = torch.baddbmm(self._weights["readout.bias"].unsqueeze(1), below, self._weights["readout.weight"])
        self.output = output.view(members, scored, batch, -1).transpose(1, 2)

    @torch.no_grad()
    def backward(self, d_output: Output, taps: bool) -> tuple[dict[str, Tensor], list[Tapped]]:
        """Back-propagation through time, from the last layer to the first.

        Reference: Werbos 1990, Backpropagation through time, eq. 25-29; in this notation Pascanu, Mikolov, Bengio 2013,
        arXiv:1211.5063, eq. 3-5.
        """
        d_read = d_output.transpose(1, 2).flatten(1, 2)
        gradients = {"readout.weight": torch.bmm(self._read.mT, d_read), "readout.bias": d_read.sum(1)}
        tapped = list[Tapped]()
        for layer, d_z, d_inner, d_states in self._backward(d_read):
            name, below, hidden = self._names[layer], self._below[layer], self._cells[layer].states["hidden"]
            flat = _members_first(d_z)
            inner = flat if d_inner is d_z else _members_first(d_inner)
            batch = hidden.shape[2]
            before = _members_first(hidden[:-1])
            gradients[f"{name}.weight_ih"] = torch.bmm(below.mT, flat)
            gradients[f"{name}.weight_hh"] = torch.bmm(before.mT, inner[:, batch:])
            gradients[f"{name}.bias_ih"] = flat.sum(1)
            gradients[f"{name}.bias_hh"] = gradients[f"{name}.bias_ih"] if inner is flat else inner.sum(1)
            if taps:
                tapped = self._tapped(layer, d_z, d_states) + tapped
        return {name: gradients[name] for name in self._weights}, tapped

    @torch.no_grad()
    def states(self, d_output: Output) -> list[Tapped]:
        tapped = list[Tapped]()
        for layer, _, _, d_states in self._backward(d_output.transpose(1, 2).flatten(1, 2)):
            tapped = self._tapped(layer, None, d_states) + tapped
        return tapped

    def _backward(self, d_read: Float[Tensor, "member n output"]) -> Layers:
        """Layer by layer from the last one: its place, and what its cell's `backward` gives."""
        top = self._cells[-1].states["hidden"]
        steps = len(top)
        d_hidden, given = torch.empty_like(top), steps - self._scored
        d_hidden[given:] = _time_first(torch.bmm(d_read, self._weights["readout.weight"].mT), self._scored)
        for layer in reversed(range(len(self._cells))):
            d_z, d_inner, d_states = self._cells[layer].backward(d_hidden, given)
            yield layer, d_z, d_inner, d_states
            if layer:
                flat = torch.bmm(_members_first(d_z), self._weights[f"{self._names[layer]}.weight_ih"].mT)
                d_hidden, given = _time_first(flat, steps).contiguous(), 0

    def _tapped(self, layer: int, d_z: GatesInTime | None, d_states: dict[Kind, Stacked]) -> list[Tapped]:
        cell = self._cells[layer]
        found = list[Tapped]()
        if d_z is not None:
            given = Series("preactivation", "time", layer + 1, [self._z[layer]], None, as_it_is, whole=True)
            found.append(Tapped(given, d_z))
        inputs = None if cell.inputs is None else [cell.inputs]
        for kind, values in cell.states.items():
            series = Series(kind, "time", layer + 1, [values], inputs, as_it_is, True, squashed=cell.squashed)
            found.append(Tapped(series, d_states[kind]))
        return found


def _members_first(x: GatesInTime) -> Float[Tensor, "member n gate"]:
    """(time, member, batch, unit) as (member, time batch, unit)."""
    return x.transpose(0, 1).flatten(1, 2)


def _time_first(x: Float[Tensor, "member n unit"], steps: int) -> Stacked:
    """(member, time batch, unit) as (time, member, batch, unit)."""
    return x.view(len(x), steps, -1, x.shape[2]).transpose(0, 1)
