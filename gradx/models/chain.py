"""`Chain`: a stack of equal layers, gone back through by hand: a third of autograd's overhead, and nothing to gather.

With some forty small operations a step, half of the time of a narrow MLP is autograd's bookkeeping. Here every layer
writes into its place of one tensor: the weight gradients of all layers are one batched product, and the taps and their
gradients already lie side by side.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from gradx.activations import Activation
from gradx.models.passes import Output, Pass
from gradx.tensors.axes import Float
from gradx.tensors.taps import Series, Stacked, Tapped, as_it_is


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
        self._matrices = [weights[f"{name}.weight"].detach() for name in names]
        biases = [weights[f"{name}.bias"].detach().unsqueeze(1) for name in names]
        depth, width = len(names) - 1, biases[0].shape[-1]
        self._z, self._h = (x.new_empty(depth, *x.shape[:2], width) for _ in range(2))
        h = x
        for matrix, bias, z, above in zip(self._matrices, biases, self._z.unbind(), self._h.unbind(), strict=False):
            torch.baddbmm(bias, h, matrix, out=z)
            activation.into(above, z)
            h = above
        self.output = torch.baddbmm(biases[-1], h, self._matrices[-1]).unsqueeze(2)

    @torch.no_grad()
    def backward(self, d_output: Output, taps: bool) -> tuple[dict[str, Tensor], list[Tapped]]:
        """Back-propagation: dz_l = dh_l phi'(z_l), dh_{l-1} = dz_l W_l^T, dW_l = h_{l-1}^T dz_l, db_l = sum dz_l.

        Reference: Rumelhart, Hinton, Williams 1986, eq. 4-7.
        """
        z, h = self._z, self._h
        dz, dh = torch.empty_like(z), torch.empty_like(h)
        delta = d_output.squeeze(2)
        last = torch.bmm(h[-1].mT, delta), delta.sum(1)
        layers = list(zip(self._matrices[1:], z.unbind(), h.unbind(), dz.unbind(), dh.unbind(), strict=True))
        for matrix, z_l, h_l, dz_l, dh_l in reversed(layers):
            torch.bmm(delta, matrix.mT, out=dh_l)
            self._activation.backward_into(dz_l, dh_l, z_l, h_l)
            delta = dz_l
        depth, members = h.shape[:2]
        inner = torch.bmm(h[:-1].flatten(0, 1).mT, dz[1:].flatten(0, 1)).view(
            depth - 1, members, *self._matrices[1].shape[1:]
        )
        matrices = [torch.bmm(self._x.mT, dz[0]), *inner.unbind(), last[0]]
        biases = [*dz.sum(2).unbind(), last[1]]
        gradients = {f"{name}.weight": matrix for name, matrix in zip(self._names, matrices, strict=True)}
        gradients |= {f"{name}.bias": bias for name, bias in zip(self._names, biases, strict=True)}
        return gradients, self._tapped(dz, dh) if taps else []

    def states(self, d_output: Output) -> list[Tapped]:
        return []

    def _tapped(self, dz: Stacked, dh: Stacked) -> list[Tapped]:
        before = Series("preactivation", "depth", 0, [self._z], arrange=as_it_is, whole=True)
        after = Series("output", "depth", 0, [self._h], [self._z], arrange=as_it_is, whole=True)
        return [Tapped(before, dz), Tapped(after, dh)]
