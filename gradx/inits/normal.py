"""The `normal` initialization."""

from typing import Annotated, Literal

from pydantic import Field
from torch import Tensor

from gradx.base.part import Varies
from gradx.inits.base import Draw, Init, scaled
from gradx.tensors.layout import Slot


class Normal(Init):
    """Gaussian weights.

    W ~ N(0, (gain std)^2).

    Equivalent to `torch.nn.init.normal_` with mean 0.
    Reference: LeCun, Bottou, Orr, Muller 1998, Efficient BackProp, section 4.6.
    """

    kind: Literal["normal"] = "normal"
    std: Annotated[Varies[float], Field(ge=0)] = 1.0

    def weight(self, slot: Slot, shape: tuple[int, ...], draw: Draw) -> Tensor:
        return scaled(draw.normal(shape), self.std)
