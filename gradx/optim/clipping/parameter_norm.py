"""Clipping by norm, each parameter on its own: a large gradient of one leaves the others as they are."""

from typing import Literal

from torch import Tensor

from gradx.optim.base import Clipped, Clipping, Positive, State
from gradx.optim.problem import Problem
from gradx.optim.scaling import ratio, within
from gradx.optim.units import scaled_slots
from gradx.tensors.norms import l2


class ParameterNormClipping(Clipping):
    """Scales the gradient of every parameter (each weight, each bias) down to at most `max_norm`.

        g'_p = min(1, max_norm / |g_p|) * g_p

    It turns the whole gradient, as it weighs parameters anew. With P parameters the whole norm is at most
    sqrt(P) * max_norm. Equivalent to `torch.nn.utils.clip_grad_norm_` called for each parameter, without its 1e-6.

    Reference: Keras' `clipnorm`; against the whole norm: Pascanu, Mikolov, Bengio 2013, arXiv:1211.5063, section 3.2.
    """

    kind: Literal["parameter_norm"] = "parameter_norm"
    max_norm: Positive = 1.0  # as the default of norm clipping

    def bound(self, grad: Tensor, norm: Tensor, state: State, problem: Problem) -> Clipped:
        factors = within(problem.norms, self.max_norm)
        acted = (factors < 1).any(1)
        after = l2(problem.norms * factors, 1, grad.dtype)
        clipped = scaled_slots(grad, factors, problem.layout)
        return Clipped(clipped, ratio(after, norm, acted).clamp(max=1), acted, state)
