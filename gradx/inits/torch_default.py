"""The `torch_default` initialization."""

from typing import Literal

from torch import Tensor

from gradx.inits.base import Draw, Init, scaled
from gradx.tensors.layout import Slot


class TorchDefault(Init):
    """What `nn.Linear`, `nn.Conv2d`, `nn.RNN`, `nn.LSTM` and `nn.GRU` do when nothing is said.

    W, b ~ gain U(-k, k), k = 1 / sqrt(fan_in); in recurrent cells k = 1 / sqrt(width). n var W = 1/3: gradients vanish.

    Equivalent to `reset_parameters` of these modules (`kaiming_uniform_` with a = sqrt 5).
    Reference: PyTorch; its per-layer factor: Glorot, Bengio 2010, eq. 1.
    """

    kind: Literal["torch_default"] = "torch_default"

    def weight(self, slot: Slot, shape: tuple[int, ...], draw: Draw) -> Tensor:
        return draw.uniform(shape) * slot.bound

    def bias(self, slot: Slot, draw: Draw) -> Tensor:
        own = scaled(draw.uniform(slot.shape) * slot.bound, self.gain)
        return own + super().bias(slot, draw)
