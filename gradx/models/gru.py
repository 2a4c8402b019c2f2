"""The `gru` architecture."""

from typing import ClassVar, Literal

import torch

from gradx.models.base import Dims
from gradx.models.inner import Inner
from gradx.models.recurrent import Gates, Recurrent, State
from gradx.models.unrolled import BackInTime, Cell, CellType, HiddenBias, HiddenWeight, InputGates
from gradx.tensors.taps import Stacked


class GRU(Recurrent):
    """Gated recurrent unit, stacked `depth` times.

    r, u = sigma(x_t W_ih + b_ih + h_{t-1} W_hh + b_hh), n = tanh(x_t W_in + b_in + r (h_{t-1} W_hn + b_hn));
    h_t = (1 - u) n + u h_{t-1}.

    With `normalization`, N(x_t W) and N(h_{t-1} W) stand for the products with all gates' weights together, by batch
    with the statistics of each time step. `dropout` acts on what goes up, to the layer above or the readout.

    Equivalent to `torch.nn.GRU`.
    Reference: Cho et al. 2014, arXiv:1406.1078, eq. 5-8, with the reset gate after the product, as cuDNN has it;
    normalization: Cooijmans et al. 2016, arXiv:1603.09025, and Ba, Kiros, Hinton 2016, arXiv:1607.06450 (which
    normalizes the new state's part on its own); dropout: Zaremba et al. 2014, arXiv:1409.2329.
    """

    kind: Literal["gru"] = "gru"
    takes: ClassVar[frozenset[str]] = frozenset({"normalization", "dropout"})
    gates: ClassVar[tuple[str, ...]] = ("reset", "update", "new")
    operations: ClassVar[int] = 12
    kept: ClassVar[int] = 24
    hidden_bias_inside: ClassVar[bool] = True
    squashed: ClassVar[bool] = True

    def step(self, dims: Dims, z: Gates, state: State, inner: Inner) -> State:
        (h,) = state
        gates = 2 * dims.width
        product = inner.added(inner.weights["bias_hh"], h)
        r, u = torch.sigmoid(z[..., :gates] + product[..., :gates]).chunk(2, -1)
        n = torch.tanh(z[..., gates:] + r * product[..., gates:])
        return (n + u * (h - n),)

    def cells(self, dims: Dims) -> CellType | None:
        return _Gated


class _Gated(Cell):
    """The gates' values are kept side by side: r, u, n."""

    squashed: ClassVar[bool] = True

    def __init__(self, z: InputGates, weight: HiddenWeight, bias: HiddenBias) -> None:
        self._weight = weight
        members, steps, batch, gates = z.shape
        width = gates // 3
        self._gates, self._inner = (z.new_empty(steps, members, batch, gates) for _ in range(2))
        hidden = z.new_empty(steps, members, batch, width)
        self.states = {"hidden": hidden}
        h = self._zero = z.new_zeros(members, batch, width)
        for step, given in enumerate(z.unbind(1)):
            inner, gate = torch.baddbmm(bias, h, weight, out=self._inner[step]), self._gates[step]
            open_ = torch.add(given[..., : 2 * width], inner[..., : 2 * width], out=gate[..., : 2 * width])
            r, u = open_.sigmoid_().chunk(2, -1)
            n = torch.addcmul(given[..., 2 * width :], r, inner[..., 2 * width :], out=gate[..., 2 * width :]).tanh_()
            h = torch.sub(h, n, out=hidden[step]).mul_(u).add_(n)

    def backward(self, d_hidden: Stacked, given: int) -> BackInTime:
        """dn_t = dh_t (1 - u_t), du_t = dh_t (h_{t-1} - n_t); dh_{t-1} also gets dh_t u_t.

        Reference: the derivative of Cho et al. 2014, eq. 5-8.
        """
        hidden, back, width = self.states["hidden"], self._weight.mT, d_hidden.shape[-1]
        d_z, d_inner = torch.empty_like(self._gates), torch.empty_like(self._inner)
        sigmoid, tanh = torch.ops.aten.sigmoid_backward.grad_input, torch.ops.aten.tanh_backward.grad_input
        last = len(hidden) - 1
        for step in range(last, -1, -1):
            gate, dz, dh = self._gates[step], d_z[step], d_hidden[step]
            r, u, n = gate.chunk(3, -1)
            d_r, d_u, d_n = dz.chunk(3, -1)
            if step < last:
                torch.baddbmm(dh, d_inner[step + 1], back, beta=int(step >= given), out=dh)
                dh.addcmul_(d_hidden[step + 1], self._gates[step + 1, ..., width : 2 * width])
            torch.addcmul(dh, dh, u, value=-1, out=d_n)
            tanh(d_n, n, grad_input=d_n)
            torch.mul(d_n, self._inner[step, ..., 2 * width :], out=d_r)
            torch.sub(hidden[step - 1] if step else self._zero, n, out=d_u).mul_(dh)
            sigmoid(dz[..., : 2 * width], gate[..., : 2 * width], grad_input=dz[..., : 2 * width])
            d_inner[step, ..., : 2 * width] = dz[..., : 2 * width]
            torch.mul(d_n, r, out=d_inner[step, ..., 2 * width :])
        return d_z, d_inner, {"hidden": d_hidden}
