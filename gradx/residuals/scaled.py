"""A residual connection whose branch is scaled down."""

from typing import Literal

import torch
from torch import Tensor

from gradx.base.part import Varies
from gradx.residuals.base import Residual, Weights
from gradx.tensors.channels import per_channel
from gradx.tensors.members import like


class Scaled(Residual):
    """The branch is multiplied by a fixed number, so that all blocks together add a bounded amount.

        z_{l+1} = z_l + scale * branch(phi(N(z_l))), by default scale = 1 / sqrt(blocks)

    A network of depth L has L - 1 blocks. With a ReLU branch of variance 2 / fan_in the squared gradient grows by
    (1 + scale^2) with every block, so by less than e over all of them.

    Reference: Balduzzi et al. 2017, arXiv:1702.08591 (scale 1 / sqrt(L)); Hanin, Rolnick 2018, arXiv:1803.01719
    (the scales' sum decides); De, Smith 2020, arXiv:2002.10444 (what batch normalization does by itself).
    """

    kind: Literal["scaled"] = "scaled"
    scale: Varies[float | None] = None

    def join(self, z: Tensor, branch: Tensor, name: str, blocks: int, weights: Weights) -> Tensor:
        if isinstance(self.scale, Tensor):
            return torch.addcmul(z, branch, per_channel(like(self.scale, z), z))
        return torch.add(z, branch, alpha=blocks**-0.5 if self.scale is None else self.scale)
