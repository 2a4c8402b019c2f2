"""`Elman`: the cell h_t = phi(z_t + h_{t-1} W) that several architectures share, and its hand-written pass."""

from functools import partial
from typing import ClassVar

import torch

from gradx.activations import Activation
from gradx.models.base import Dims
from gradx.models.inner import Inner
from gradx.models.recurrent import Gates, Recurrent, State
from gradx.models.unrolled import BackInTime, Cell, CellType, HiddenBias, HiddenWeight, InputGates
from gradx.tensors.taps import Stacked


class Elman(Recurrent):
    """Recurrent layers of one activation: h_t = phi(x_t W_ih + b_ih + h_{t-1} W_hh + b_hh), h_0 = 0."""

    keeps_input: ClassVar[bool] = True
    kept: ClassVar[int] = 11
    default_activation: ClassVar[str | None] = "tanh"

    def step(self, dims: Dims, z: Gates, state: State, inner: Inner) -> State:
        assert dims.activation is not None
        argument = inner.added(z, state[0])
        return dims.activation(argument), argument

    def cells(self, dims: Dims) -> CellType | None:
        assert dims.activation is not None
        return partial(_Elman, dims.activation)


class _Elman(Cell):
    """z_t = (input and biases) + h_{t-1} W, h_t = phi(z_t); `bias` is in z already."""

    def __init__(self, activation: Activation, z: InputGates, weight: HiddenWeight, bias: HiddenBias) -> None:
        self._activation, self._weight = activation, weight
        members, steps, batch, width = z.shape
        self.inputs, hidden = (z.new_empty(steps, members, batch, width) for _ in range(2))
        self.states = {"hidden": hidden}
        h = z.new_zeros(members, batch, width)
        for given, z_t, h_t in zip(z.unbind(1), self.inputs.unbind(), hidden.unbind(), strict=True):
            torch.baddbmm(given, h, weight, out=z_t)
            self._activation.into(h_t, z_t)
            h = h_t

    def backward(self, d_hidden: Stacked, given: int) -> BackInTime:
        """dz_t = dh_t phi'(z_t), dh_{t-1} = dz_t W^T and what comes from outside."""
        assert self.inputs is not None
        hidden, d_z = self.states["hidden"], torch.empty_like(d_hidden)
        back = self._weight.mT
        places = zip(d_hidden.unbind(), d_z.unbind(), self.inputs.unbind(), hidden.unbind(), strict=True)
        above = None
        for step, (dh, dz, z, h) in reversed(list(enumerate(places))):
            if above is not None:
                torch.baddbmm(dh, above, back, beta=int(step >= given), out=dh)
            self._activation.backward_into(dz, dh, z, h)
            above = dz
        return d_z, d_z, {"hidden": d_hidden}
