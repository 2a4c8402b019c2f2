"""The `lstm` architecture."""

from typing import ClassVar, Literal

import torch
from torch import Tensor

from gradx.base.part import Varies
from gradx.models.base import Dims
from gradx.models.inner import Inner
from gradx.models.recurrent import Gates, Recurrent, State
from gradx.models.unrolled import BackInTime, Cell, CellType, HiddenBias, HiddenWeight, InputGates
from gradx.tensors.taps import Kind, Stacked


class LSTM(Recurrent):
    """Long short-term memory with forget gates, stacked `depth` times.

    i, f, g, o = sigma, sigma, tanh, sigma (x_t W_ih + b_ih + h_{t-1} W_hh + b_hh);
    c_t = f c_{t-1} + i g, h_t = o tanh(c_t). The gradient lives in the cell: dc_t/dc_{t-1} contains f.
    `forget_bias` sets the forget gate's b_ih and clears its b_hh; without it both are as `init` left them.

    With `normalization`, the gates are those of N(x_t W_ih) + N(h_{t-1} W_hh) + b_ih + b_hh, over all gates together,
    and h_t = o tanh(N(c_t)), by batch with the statistics of each time step; the cell itself is left alone. `dropout`
    acts on what goes up, to the layer above or the readout.

    Equivalent to `torch.nn.LSTM`.
    Reference: Hochreiter, Schmidhuber 1997; forget gate: Gers et al. 2000; bias 1: Jozefowicz et al. 2015;
    normalization: Cooijmans et al. 2016, arXiv:1603.09025, eq. 6-8, and Ba, Kiros, Hinton 2016, arXiv:1607.06450,
    eq. 20-22; dropout: Zaremba et al. 2014, arXiv:1409.2329.
    """

    kind: Literal["lstm"] = "lstm"
    forget_bias: Varies[float | None] = None
    takes: ClassVar[frozenset[str]] = frozenset({"normalization", "dropout"})
    gates: ClassVar[tuple[str, ...]] = ("input", "forget", "cell", "output")
    operations: ClassVar[int] = 11
    kept: ClassVar[int] = 29
    states: ClassVar[tuple[Kind, ...]] = ("hidden", "cell")
    squashed: ClassVar[bool] = True

    def step(self, dims: Dims, z: Gates, state: State, inner: Inner) -> State:
        h, c = state
        i, f, g, o = inner.added(z, h).chunk(4, -1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(inner.cell(c)), c

    def cells(self, dims: Dims) -> CellType | None:
        return _Memory

    def adjust_layer(self, dims: Dims, name: str, values: dict[str, Tensor]) -> None:
        if self.forget_bias is None:
            return
        forget = slice(dims.width, 2 * dims.width)
        values[f"{name}.bias_ih"][:, forget] = self.forget_bias
        values[f"{name}.bias_hh"][:, forget] = 0


class _Memory(Cell):
    """The gates' values are kept side by side: i, f, g, o; `bias` is in z already."""

    squashed: ClassVar[bool] = True

    def __init__(self, z: InputGates, weight: HiddenWeight, bias: HiddenBias) -> None:
        self._weight = weight
        members, steps, batch, gates = z.shape
        width = gates // 4
        self._gates = z.new_empty(steps, members, batch, gates)
        cell, self._squashed, hidden = (z.new_empty(steps, members, batch, width) for _ in range(3))
        self.states = {"hidden": hidden, "cell": cell}
        h = c = self._zero = z.new_zeros(members, batch, width)
        for step, given in enumerate(z.unbind(1)):
            gate = torch.baddbmm(given, h, weight, out=self._gates[step])
            gate[..., : 2 * width].sigmoid_()
            gate[..., 2 * width : 3 * width].tanh_()
            gate[..., 3 * width :].sigmoid_()
            i, f, g, o = gate.chunk(4, -1)
            c = torch.mul(f, c, out=cell[step]).addcmul_(i, g)
            h = torch.mul(o, torch.tanh(c, out=self._squashed[step]), out=hidden[step])

    def backward(self, d_hidden: Stacked, given: int) -> BackInTime:
        """dc_t = dh_t o tanh'(c_t) + dc_{t+1} f_{t+1}; the gates' gradients from dc_t and dh_t.

        Reference: Greff et al. 2017, arXiv:1503.04069, appendix A.
        """
        cell, back, width = self.states["cell"], self._weight.mT, d_hidden.shape[-1]
        d_z, d_cell = torch.empty_like(self._gates), torch.empty_like(cell)
        sigmoid, tanh = torch.ops.aten.sigmoid_backward.grad_input, torch.ops.aten.tanh_backward.grad_input
        last = len(cell) - 1
        for step in range(last, -1, -1):
            gate, dz, dh, dc = self._gates[step], d_z[step], d_hidden[step], d_cell[step]
            i, _, g, o = gate.chunk(4, -1)
            d_i, d_f, d_g, d_o = dz.chunk(4, -1)
            if step < last:
                torch.baddbmm(dh, d_z[step + 1], back, beta=int(step >= given), out=dh)
            torch.mul(dh, o, out=dc)
            tanh(dc, self._squashed[step], grad_input=dc)
            if step < last:
                dc.addcmul_(d_cell[step + 1], self._gates[step + 1, ..., width : 2 * width])
            torch.mul(dc, g, out=d_i)
            torch.mul(dc, cell[step - 1] if step else self._zero, out=d_f)
            sigmoid(dz[..., : 2 * width], gate[..., : 2 * width], grad_input=dz[..., : 2 * width])
            torch.mul(dc, i, out=d_g)
            tanh(d_g, g, grad_input=d_g)
            torch.mul(dh, self._squashed[step], out=d_o)
            sigmoid(d_o, o, grad_input=d_o)
        return d_z, d_z, {"hidden": d_hidden, "cell": d_cell}
