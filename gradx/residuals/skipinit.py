"""SkipInit."""

from typing import Literal

import torch
from torch import Tensor

from gradx.residuals.base import Residual, Weights, scalar_slot
from gradx.tensors.channels import per_channel
from gradx.tensors.layout import Slot


class SkipInit(Residual):
    """The branch is multiplied by a trained number that starts at 0: at first every block is the identity.

        z_{l+1} = z_l + alpha * branch(phi(N(z_l))), alpha = 0 at initialization

    At first the gradient passes all blocks unchanged, and of a block only alpha has a gradient.

    Reference: De, Smith 2020, arXiv:2002.10444, section 4.
    """

    kind: Literal["skipinit"] = "skipinit"

    def slots(self, name: str, layer: int, blocks: int) -> list[Slot]:
        return [scalar_slot(f"{name}.alpha", "gain", layer, 0.0)]

    def join(self, z: Tensor, branch: Tensor, name: str, blocks: int, weights: Weights) -> Tensor:
        return torch.addcmul(z, branch, per_channel(weights[f"{name}.alpha"], z))
