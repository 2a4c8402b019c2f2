"""Adaptive gradient clipping: the gradient of a unit may not be large beside its weights."""

from typing import Literal

import torch
from torch import Tensor

from gradx.optim.base import Clipped, Clipping, NonNegative, Positive, State
from gradx.optim.problem import Problem
from gradx.optim.scaling import ratio, scaled, within
from gradx.optim.units import grouped, marked, unit_norms
from gradx.tensors.members import aligned, like
from gradx.tensors.norms import l2


class AdaptiveClipping(Clipping):
    """Scales the gradient of every unit down to at most `clipping` times the norm of its weights.

        g'_i = min(1, clipping * max(|w_i|, eps) / |g_i|) * g_i

    A unit i is what leads to one output: a column of a linear weight (of whichever gate), a filter of a convolution;
    a bias or gain is one unit as a whole. The readout is not clipped. With plain gradient descent no unit then changes
    by more than lr * clipping of itself in one step.

    Reference: Brock, De, Smith, Simonyan 2021, arXiv:2102.06171, eq. 3; vectors and eps as in their released code.
    """

    kind: Literal["agc"] = "agc"
    clipping: Positive = 0.01  # theirs for batches of 1024 to 4096; smaller batches want more
    eps: NonNegative = 1e-3  # theirs; lets weights move that start at zero

    def bound(self, grad: Tensor, norm: Tensor, state: State, problem: Problem) -> Clipped:
        parts, norms, acted = [], [], torch.zeros_like(norm, dtype=torch.bool)
        layout = problem.layout
        groups = grouped(grad, layout), grouped(problem.params, layout), marked(layout, "final", grad.device)
        for (_, gradients), (_, weights), final in zip(*groups, strict=True):
            size, weight = unit_norms(gradients), unit_norms(weights)
            weight = torch.maximum(weight, like(aligned(self.eps, weight), weight))
            factor = within(size, weight * aligned(self.clipping, weight))
            factor = factor.masked_fill(final.view(-1, *[1] * (factor.ndim - 2)), 1.0)
            acted |= (factor < 1).flatten(1).any(1)
            parts.append(scaled(gradients, factor).flatten(1))
            norms.append((size * factor).flatten(1))
        after = l2(torch.cat(norms, dim=1), 1, grad.dtype)
        return Clipped(torch.cat(parts, dim=1), ratio(after, norm, acted).clamp(max=1), acted, state)
