"""`Residual`: how the output of a branch and the signal that went around it become one."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

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

    def maps(self, name: str) -> list[str]:
        """The linear maps of the branch of block `name`, in order: NAME, or NAME.1, NAME.2 ... where it has several."""
        return [name] if self.branch_layers == 1 else [f"{name}.{place}" for place in range(1, self.branch_layers + 1)]

    def slots(self, name: str, layer: int, blocks: int) -> list[Slot]:
        """The trained parameters of the block called `name`, one of `blocks`."""
        return []

    def shifted(self, x: Tensor, name: str, weights: Weights) -> Tensor:
        """What goes into the linear map `name` of the branch: Fixup adds a scalar bias."""
        return x

    def join(self, z: Tensor, branch: Tensor, name: str, blocks: int, weights: Weights) -> Tensor:
        """The signal after the block: z + branch, or what else it is; both (member, batch, channel, *space)."""
        return z + branch

    @classmethod
    def misfits(cls, data: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
        if cls.skips and data.get("depth", 1) == 1:
            kind = cls.model_fields["kind"].default
            yield ("residual",), f"residual {kind} needs a depth of at least 2: nothing goes around the first layer"


def scalar_slot(name: str, role: Literal["gain", "bias"], layer: int, start: float) -> Slot:
    """One trained number for a whole layer."""
    return Slot(name, (1,), role, layer, 1, 1, 0.0, start=start)
