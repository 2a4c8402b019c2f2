"""`Residual`: how the output of a branch and the signal that went around it become one."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field
from torch import Tensor

from gradx.base.part import Part
from gradx.tensors.layout import Slot

Weights = Mapping[str, Tensor]


class Residual(Part):
    """A skip connection around a branch of `branch_layers` layers: z_{l+1} = skip(z_l, branch(phi(N(z_l)))).

    The signal z is a pre-activation; without a skip the same formula is a plain network: z_{l+1} = W phi(N(z_l)) + b.
    """

    branch_layers: Annotated[int, Field(ge=1, le=10)] = 1
    skips: ClassVar[bool] = True

    def slots(self, name: str, layer: int, blocks: int) -> list[Slot]:
        """The trained parameters of the block called `name`, one of `blocks`."""
        return []

    def shifted(self, x: Tensor, name: str, weights: Weights) -> Tensor:
        """What goes into a layer of the branch (`NAME.1`, `NAME.2` ...): Fixup adds a scalar bias."""
        return x

    def join(self, z: Tensor, branch: Tensor, name: str, blocks: int, weights: Weights) -> Tensor:
        """The signal after the block: z + branch, or what else it is; both (member, batch, channel, *space)."""
        return z + branch
