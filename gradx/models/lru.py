"""The `lru` architecture."""

from collections.abc import Iterator, Mapping
from math import pi
from typing import Annotated, Any, ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor

from gradx.base.part import Varies, said
from gradx.models.base import Dims, Weights
from gradx.models.inner import Inner
from gradx.models.recurrent import Gates, InTime, Recurrent, State
from gradx.tensors.layout import Slot
from gradx.tensors.members import like


class LRU(Recurrent):
    """Linear recurrent unit: complex numbers that turn and decay, one a unit, stacked `depth` times.

    s_t = lambda s_{t-1} + exp(gamma_log) (x_t B), lambda = exp(-exp(nu_log) + i exp(theta_log)), s_0 = 0;
    what goes up is y_t = phi(Re(s_t C) + x_t D), of `width` values.

    |lambda| < 1 whatever is trained: through time the gradient cannot explode, and of unit k it is |lambda_k|^n after n
    steps, whatever the inputs. At the start lambda is uniform on the ring r_min <= |lambda| <= r_max with angles below
    max_phase, and gamma = sqrt(1 - |lambda|^2), so that states have the size of inputs. The init draws B, C and D.
    Measured as `hidden` is the state s_t, its real and then its imaginary parts: 2 `width` values, linear in the past.

    Equivalent to no module of torch.
    Reference: Orvieto, Smith, Gu, Fernando, Gulcehre, Pascanu, De 2023, arXiv:2303.06349, eq. 3-7 and lemma 3.2.
    """

    kind: Literal["lru"] = "lru"
    r_min: Varies[Annotated[float, Field(ge=0, lt=1)]] = 0.0
    r_max: Varies[Annotated[float, Field(gt=0, lt=1)]] = 0.999  # 1 itself would be a decay rate of 0, whose log is -inf
    max_phase: Varies[Annotated[float, Field(gt=0, le=2 * pi)]] = 2 * pi  # small ones for long sequences: their sec. 4
    gates: ClassVar[tuple[str, ...]] = ("real", "imaginary")
    operations: ClassVar[int] = 5
    kept: ClassVar[int] = 21
    draws_recurrent: ClassVar[bool] = False
    default_activation: ClassVar[str | None] = "gelu"

    def step(self, dims: Dims, z: Gates, state: State, inner: Inner) -> State:
        """With s as (real, imaginary) side by side, i s is (-imaginary, real)."""
        (s,) = state
        turned = torch.addcmul(z, inner.weights["decay"], s)
        return (torch.addcmul(turned, inner.weights["turn"], s.roll(dims.width, -1)),)

    def inner(self, dims: Dims, weights: Weights, name: str) -> Mapping[str, Tensor]:
        size = torch.exp(-torch.exp(weights[f"{name}.nu_log"]))
        angle = torch.exp(weights[f"{name}.theta_log"])
        real, imaginary = size * torch.cos(angle), size * torch.sin(angle)
        return {
            "decay": torch.cat([real, real], -1).unsqueeze(1),
            "turn": torch.cat([-imaginary, imaginary], -1).unsqueeze(1),
        }

    def given(self, weights: Weights, name: str, below: InTime) -> tuple[Tensor, Tensor]:
        gamma = torch.exp(weights[f"{name}.gamma_log"])
        weight = weights[f"{name}.B"] * torch.cat([gamma, gamma], -1).unsqueeze(1)
        return weight, weight.new_zeros(1)

    def start(self, dims: Dims, z: InTime) -> State:
        return (torch.zeros_like(z[:, 0]),)

    def up(self, dims: Dims, weights: Weights, name: str, states: list[State], below: InTime) -> InTime:
        assert dims.activation is not None
        s = super().up(dims, weights, name, states, below)
        # C is kept as the matrix that (real, imaginary) is multiplied by: its lower half is minus the imaginary part
        y = torch.bmm(below.flatten(1, 2), weights[f"{name}.D"]).baddbmm(s.flatten(1, 2), weights[f"{name}.C"])
        return dims.activation(y.view(*s.shape[:3], -1))

    def layer_slots(self, dims: Dims, name: str, layer: int, size: int) -> list[Slot]:
        width = dims.width
        return [
            Slot(f"{name}.B", (size, 2 * width), "weight", layer, size, width, size**-0.5, 2, gates=self.gates),
            Slot(f"{name}.nu_log", (width,), "gain", layer, 1, 1, 1.0, between=(0.0, 1.0)),
            Slot(f"{name}.theta_log", (width,), "gain", layer, 1, 1, 1.0, between=(0.0, 1.0)),
            Slot(f"{name}.gamma_log", (width,), "gain", layer, 1, 1, 1.0, start=0.0),
            Slot(f"{name}.C", (2 * width, width), "weight", layer, 2 * width, width, (2 * width) ** -0.5),
            Slot(f"{name}.D", (size, width), "weight", layer, size, width, size**-0.5),
        ]

    def adjust_layer(self, dims: Dims, name: str, values: dict[str, Tensor]) -> None:
        """From two uniform numbers a unit: |lambda|^2 is uniform between the squares of the radii (lemma 3.2)."""
        radius, phase = values[f"{name}.nu_log"], values[f"{name}.theta_log"]
        low, high, most = (like(value, radius) for value in (self.r_min, self.r_max, self.max_phase))
        tiny = torch.finfo(radius.dtype).tiny  # the interval that is drawn from is open at one end only
        square = (low.square() + radius * (high.square() - low.square())).clamp_min(tiny)
        values[f"{name}.gamma_log"].copy_(0.5 * torch.log1p(-square))
        radius.copy_(torch.log(-0.5 * torch.log(square)))
        phase.copy_(torch.log((most * phase).clamp_min(tiny)))

    @classmethod
    def misfits(cls, data: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
        yield from super().misfits(data)
        default = cls.model_fields["r_max"].default
        low, high = said(data, "architecture", "r_min", 0.0), said(data, "architecture", "r_max", default)
        if isinstance(low, int | float) and isinstance(high, int | float) and low >= high:
            yield ("architecture", "r_min"), f"must be below r_max = {high} (got {low})"
