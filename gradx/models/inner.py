"""`Inner`: what a time step needs of its layer beside its input: recurrent weights, and the normalization inside."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from torch import Tensor

from gradx.models.base import Dims, Weights
from gradx.normalizations import Normalization
from gradx.tensors.axes import Float
from gradx.tensors.dropout import dropped
from gradx.tensors.mode import Mode

Signal = Float[Tensor, "member batch unit"]
Normalize = Callable[[Signal, str, int], Signal]  # what, by which normalization, at which time step (from 0)
INPUT, RECURRENT, CELL = "norm_ih", "norm_hh", "norm_cell"


class Norm(NamedTuple):
    """A normalization inside a recurrent layer: its name, and of how many channels."""

    name: str
    channels: int


@dataclass(frozen=True)
class Inner:
    """A layer at one time step.

    Attributes:
        weights: what the steps compute with, by short name.
        layer: its name.
        normalize: the normalizations inside; None where there are none.
        time: the time step, from 0.
    """

    weights: Mapping[str, Tensor]
    layer: str
    normalize: Normalize | None
    time: int

    def added(self, z: Float[Tensor, "member _ gate"], h: Signal) -> Float[Tensor, "member batch gate"]:
        """z + N(h W_hh)."""
        weight = self.weights["weight_hh"]
        if self.normalize is None:
            return z.baddbmm(h, weight)
        return z + self.normalize(torch.bmm(h, weight), f"{self.layer}.{RECURRENT}", self.time)

    def cell(self, c: Signal) -> Signal:
        """N(c), of a cell state on its way out."""
        return c if self.normalize is None else self.normalize(c, f"{self.layer}.{CELL}", self.time)


def normalizer(
    normalization: Normalization, norms: Sequence[Norm], weights: Weights, mode: Mode, steps: int
) -> Normalize | None:
    """The normalizations of a layer as one function of signal, name and time step; None where there are none.

    Statistics of the batch are those of one time step, and running ones are kept of every step: the first steps of a
    sequence have other statistics than the later ones (h_0 = 0 has no variance at all).
    Reference: Cooijmans et al. 2016, arXiv:1603.09025, section 4.
    """
    if not norms:
        return None
    names = {f"{norm.name}.{rest}" for norm in norms for rest in _buffers(mode, norm.name)}
    modes = [mode] * steps
    if names:
        parts = {name: mode.buffers[name].unbind(1) for name in names}
        modes = [replace(mode, buffers={name: values[t] for name, values in parts.items()}) for t in range(steps)]
    return lambda x, name, t: normalization(x, name, weights, modes[t])


def upwards(x: Float[Tensor, "member time batch unit"], dims: Dims, mode: Mode) -> Tensor:
    """x on its way up, with units left out while training.

    The recurrent connections are not touched. Equivalent to `dropout` of `torch.nn.LSTM`, and before the readout too.
    Reference: Zaremba, Sutskever, Vinyals 2014, arXiv:1409.2329, section 3.2.
    """
    if not (mode.training and dims.drops):
        return x
    assert mode.draw is not None
    _, steps, batch, units = x.shape
    return dropped(x, dims.dropout, mode.draw((batch, steps, units)).transpose(1, 2))


def _buffers(mode: Mode, name: str) -> list[str]:
    """What is kept for the normalization `name`."""
    return [key.removeprefix(f"{name}.") for key in mode.buffers if key.startswith(f"{name}.")]
