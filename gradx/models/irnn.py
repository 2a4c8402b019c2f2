"""The `irnn` architecture."""

from typing import ClassVar, Literal

from torch import Tensor

from gradx.base.part import Varies
from gradx.models.base import Dims
from gradx.models.elman import Elman
from gradx.tensors.members import like


class IRNN(Elman):
    """Recurrent network of rectified linear units that starts from the identity, stacked `depth` times.

    h_t = phi(x_t W_ih + b_ih + h_{t-1} W_hh + b_hh), h_0 = 0, phi = relu; at the start W_hh = `gain` I, b = 0.

    At the start the gradient goes back through time unchanged (times `gain`) wherever a unit is on. The init draws W_ih
    and the readout. A `gain` below 1 forgets: the authors took 0.01 for tasks without long dependencies.

    Equivalent to `torch.nn.RNN` with nonlinearity relu and these weights.
    Reference: Le, Jaitly, Hinton 2015, arXiv:1504.00941, section 3.
    """

    kind: Literal["irnn"] = "irnn"
    gain: Varies[float] = 1.0
    draws_recurrent: ClassVar[bool] = False
    default_activation: ClassVar[str | None] = "relu"

    def adjust_layer(self, dims: Dims, name: str, values: dict[str, Tensor]) -> None:
        weight = values[f"{name}.weight_hh"]
        weight.zero_()
        weight.diagonal(dim1=-2, dim2=-1).copy_(like(self.gain, weight).expand(len(weight), dims.width))
        values[f"{name}.bias_ih"].zero_()
        values[f"{name}.bias_hh"].zero_()
