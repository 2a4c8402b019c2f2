"""The `uniform` initialization."""

from typing import Literal

from torch import Tensor

from gradx.base.part import Varies
from gradx.inits.base import Draw, Init, scaled, shifted
from gradx.tensors.layout import Slot


class Uniform(Init):
    """Uniform weights.

    W ~ gain U(a, b).

    Equivalent to `torch.nn.init.uniform_`, but symmetric about 0 by default.
    Reference: Glorot, Bengio 2010, eq. 1.
    """

    kind: Literal["uniform"] = "uniform"
    a: Varies[float] = -1.0
    b: Varies[float] = 1.0

    def weight(self, slot: Slot, shape: tuple[int, ...], draw: Draw) -> Tensor:
        return shifted(scaled(draw.uniform(shape), (self.b - self.a) / 2), (self.a + self.b) / 2)
