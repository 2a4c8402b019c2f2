"""Clipping by norm, layer by layer: a large gradient of one layer leaves the others as they are."""

from functools import lru_cache
from typing import Literal

import torch
from torch import Tensor

from gradx.optim.base import Clipped, Clipping, Positive, State
from gradx.optim.problem import Problem
from gradx.optim.scaling import ratio, within
from gradx.optim.units import scaled_slots
from gradx.tensors.layout import Layout
from gradx.tensors.norms import l2


class LayerwiseNormClipping(Clipping):
    """Scales the gradient of every layer (its weights, biases and gains together) down to at most `max_norm`.

        g'_l = min(1, max_norm / |g_l|) * g_l

    The readout is a layer too. It turns the whole gradient, as it weighs layers anew: where gradients grow towards the
    input, the first layers are held back and the last ones learn at full speed. Equivalent to
    `torch.nn.utils.clip_grad_norm_` called for each layer, without its 1e-6. (Called layerwise, as layer norm is a
    normalization.)

    Reference: Yu et al. 2017, arXiv:1707.04822, "Block-normalized gradient method", for the layer as the block.
    """

    kind: Literal["layerwise_norm"] = "layerwise_norm"
    max_norm: Positive = 1.0  # as the default of norm clipping

    def bound(self, grad: Tensor, norm: Tensor, state: State, problem: Problem) -> Clipped:
        members, layer_of = _tables(problem.layout, grad.device)
        padded = torch.cat([problem.norms, torch.zeros_like(norm).unsqueeze(1)], dim=1)
        norms = l2(padded[:, members], -1, grad.dtype)
        factors = within(norms, self.max_norm)
        acted = (factors < 1).any(1)
        after = l2(norms * factors, 1, grad.dtype)
        clipped = scaled_slots(grad, factors[:, layer_of], problem.layout)
        return Clipped(clipped, ratio(after, norm, acted).clamp(max=1), acted, state)


@lru_cache(maxsize=16)
def _tables(layout: Layout, device: torch.device) -> tuple[Tensor, Tensor]:
    """Each layer's slots, (layer, most), filled up with the number of slots, and the place of every slot's layer."""
    layers: dict[int, list[int]] = {}
    for place, slot in enumerate(layout.slots):
        layers.setdefault(slot.layer, []).append(place)
    most, filler = max(map(len, layers.values())), len(layout.slots)
    table = [[*places, *[filler] * (most - len(places))] for places in layers.values()]
    order = list(layers)
    layer_of = [order.index(slot.layer) for slot in layout.slots]
    return torch.tensor(table, device=device), torch.tensor(layer_of, device=device)
