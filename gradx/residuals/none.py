"""No residual connection."""

from typing import ClassVar, Literal

from torch import Tensor

from gradx.residuals.base import Residual, Weights


class NoResidual(Residual):
    """A plain network: nothing goes around a layer; the control arm.

        z_{l+1} = W phi(N(z_l)) + b

    Reference: none needed.
    """

    kind: Literal["none"] = "none"
    skips: ClassVar[bool] = False
    branch_layers: Literal[1] = 1

    def join(self, z: Tensor, branch: Tensor, name: str, blocks: int, weights: Weights) -> Tensor:
        return branch
