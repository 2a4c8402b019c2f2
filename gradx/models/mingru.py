"""The `mingru` architecture."""

from collections.abc import Mapping
from typing import ClassVar, Literal

import torch
from torch import Tensor

from gradx.models.base import Dims, Weights
from gradx.models.inner import Inner
from gradx.models.recurrent import Gates, InTime, Recurrent, State
from gradx.tensors.layout import Slot


class MinGRU(Recurrent):
    """Gated recurrent unit whose gate looks at the input alone, stacked `depth` times.

    u, n = sigma(x_t W_iu + b_iu), x_t W_in + b_in; h_t = (1 - u) h_{t-1} + u n, h_0 = 0.

    The state is linear in the past: dh_t/dh_{t-1} = diag(1 - u_t) lies in (0, 1), so gradients can vanish through time
    and cannot explode. It has no recurrent weights.

    Equivalent to no module of torch.
    Reference: Feng, Tung, Ahmed, Bengio, Hajimirsadeghi 2024, arXiv:2410.01201, section 3.1 (their z is u here).
    """

    kind: Literal["mingru"] = "mingru"
    gates: ClassVar[tuple[str, ...]] = ("update", "new")
    operations: ClassVar[int] = 4
    kept: ClassVar[int] = 14
    draws_recurrent: ClassVar[bool] = False

    def step(self, dims: Dims, z: Gates, state: State, inner: Inner) -> State:
        (h,) = state
        u, n = z.chunk(2, -1)
        return (torch.lerp(h, n, torch.sigmoid(u)),)

    def inner(self, dims: Dims, weights: Weights, name: str) -> Mapping[str, Tensor]:
        return {}

    def given(self, weights: Weights, name: str, below: InTime) -> tuple[Tensor, Tensor]:
        return weights[f"{name}.weight_ih"], weights[f"{name}.bias_ih"].unsqueeze(1)

    def layer_slots(self, dims: Dims, name: str, layer: int, size: int) -> list[Slot]:
        weight, _, bias, _ = super().layer_slots(dims, name, layer, size)
        return [weight, bias]
