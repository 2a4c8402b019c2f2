"""`Chain`: a stack of equal layers, gone back through by hand: a third of autograd's overhead, and nothing to gather.

With some forty small operations a step, half of the time of a narrow MLP is autograd's bookkeeping. Here the weight
gradients of all layers are one batched product, and the gradients of all taps already lie side by side.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from gradx.activations import Activation
from gradx.models.passes import Output, Pass
from gradx.tensors.axes import Float
from gradx.tensors.taps import Series, Tapped


class Chain(Pass):
    """h_l = phi(h_{l-1} W_l + b_l) for l = 1 .. depth, output = h_depth W + b.

    Args:
        activation: phi.
        weights: by name; `NAME.weight` is (member, in, out), `NAME.bias` (member, out).
        names: of the layers from the input on, the readout last.
        x: (member, batch, feature).
    """

    def __init__(
        self,
        activation: Activation,
        weights: Mapping[str, Tensor],
        names: Sequence[str],
        x: Float[Tensor, "member batch feature"],
    ) -> None:
        self._activation, self._x, self._names = activation, x, names
        self._matrices = [weights[f"{name}.weight"] for name in names]
        self._inputs, self._outputs = list[Tensor](), list[Tensor]()
        h = x
        with torch.no_grad():
            biases = [weights[f"{name}.bias"].unsqueeze(1) for name in names]
            for matrix, bias in zip(self._matrices[:-1], biases[:-1], strict=True):
                z = torch.baddbmm(bias, h, matrix)
                h = activation(z)
                self._inputs.append(z)
                self._outputs.append(h)
            self.output = torch.baddbmm(biases[-1], h, self._matrices[-1]).unsqueeze(2)

    @torch.no_grad()
    def backward(self, d_output: Output, taps: bool) -> tuple[dict[str, Tensor], list[Tapped]]:
        """Back-propagation: dz_l = dh_l phi'(z_l), dh_{l-1} = dz_l W_l^T, dW_l = h_{l-1}^T dz_l, db_l = sum dz_l.

        Reference: Rumelhart, Hinton, Williams 1986, eq. 4-7.
        """
        delta = d_output.squeeze(2)
        last = torch.bmm(self._outputs[-1].mT, delta), delta.sum(1)
        d_inputs, d_outputs = list[Tensor](), list[Tensor]()
        above = zip(reversed(self._matrices[1:]), reversed(self._inputs), reversed(self._outputs), strict=True)
        for matrix, z, h in above:
            d_h = torch.bmm(delta, matrix.mT)
            delta = self._activation.backward(d_h, z, h)
            d_outputs.append(d_h)
            d_inputs.append(delta)
        dz, h = torch.stack(d_inputs[::-1]), torch.stack(self._outputs)
        depth, members = h.shape[:2]
        inner = torch.bmm(h[:-1].flatten(0, 1).mT, dz[1:].flatten(0, 1)).view(
            depth - 1, members, *self._matrices[1].shape[1:]
        )
        matrices = [torch.bmm(self._x.mT, dz[0]), *inner.unbind(), last[0]]
        biases = [*dz.sum(2).unbind(), last[1]]
        gradients = {f"{name}.weight": matrix for name, matrix in zip(self._names, matrices, strict=True)}
        gradients |= {f"{name}.bias": bias for name, bias in zip(self._names, biases, strict=True)}
        return gradients, self._tapped(dz, d_outputs[::-1]) if taps else []

    def states(self, d_output: Output) -> list[Tapped]:
        return []

    def _tapped(self, dz: Tensor, d_outputs: list[Tensor]) -> list[Tapped]:
        before = Series("preactivation", "depth", 0, self._inputs)
        after = Series("output", "depth", 0, self._outputs, self._inputs)
        return [Tapped(before, dz), Tapped(after, list(d_outputs))]
