"""Weight normalization."""

from typing import Literal

from torch import Tensor

from gradx.normalizations.base import OfWeights, Weights, as_weight, rows
from gradx.tensors.layout import Slot
from gradx.tensors.mode import Mode


class WeightNorm(OfWeights):
    """Weight normalization: the length and the direction of the weights of each unit are trained, not the weights.

        w = g v / |v|

    v is called as the weight, g as the weight with `_g` behind it. g starts as |v|, so the initial weights are those of
    `init`; the norm is over all that goes into one unit. Equivalent to
    `torch.nn.utils.parametrizations.weight_norm(module, dim=0)`.

    Reference: Salimans, Kingma 2016, arXiv:1602.07868, eq. 2.
    """

    kind: Literal["weight"] = "weight"

    def weight_slots(self, slot: Slot) -> list[Slot]:
        units = slot.shape[-1] if len(slot.shape) == 2 else slot.shape[0]
        return [Slot(f"{slot.name}_g", (units,), "gain", slot.layer, slot.fan_in, slot.fan_out, 0.0, start=1.0)]

    def weight(self, name: str, weights: Weights, mode: Mode) -> Tensor:
        v = rows(weights[name])
        scale = weights[f"{name}_g"] / v.norm(dim=-1)
        return as_weight(v * scale.unsqueeze(-1), weights[name])

    def adjust(self, values: dict[str, Tensor], slots: list[Slot]) -> None:
        for slot in slots:
            if slot.multiplied:
                values[f"{slot.name}_g"] = rows(values[slot.name]).norm(dim=-1)
