"""Per-sample clipping: the gradient of each example is bounded before they are averaged."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from torch import Tensor

from gradx.base.part import said
from gradx.optim.base import Clipped, Clipping, Positive, State
from gradx.optim.problem import Problem
from gradx.optim.scaling import ratio, scaled, within
from gradx.tensors.norms import l2

PENALTIES = ("l1", "l2", "omega")


class PerSampleNormClipping(Clipping):
    """Scales the gradient of each example's loss down to at most `max_norm`, then averages.

        g' = 1/N sum_n min(1, max_norm / |g_n|) * g_n

    Unlike clipping the average, this is biased: with gradients 5 (one example in four) and -1 (three), clipped at 1,
    the average of 0.5 becomes -0.5. So it may turn the sign, and where large gradients cancel it may lengthen the
    gradient (a coefficient above 1). It is DP-SGD without its noise. Every example's gradient is held at once.

    Reference: Abadi et al. 2016, arXiv:1607.00133, Algorithm 1; the bias: Chen, Wu, Hong 2020, arXiv:2006.15429.
    """

    kind: Literal["per_sample_norm"] = "per_sample_norm"
    max_norm: Positive = 1.0  # as the default of norm clipping

    @classmethod
    def misfits(cls, data: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
        if said(data, "normalization") == "batch":
            yield ("clipping",), "clipping per_sample_norm does not go with normalization batch: examples are not apart"
        if (penalty := said(data, "regularization")) in PENALTIES:
            yield (
                ("clipping",),
                f"clipping per_sample_norm bounds the gradient of each example's loss, which the penalty of"
                f" regularization {penalty} is no part of (allowed here: none, weight_decay, max_norm)",
            )

    def bound(self, grad: Tensor, norm: Tensor, state: State, problem: Problem) -> Clipped:
        examples = problem.examples()
        factors = within(l2(examples, -1), self.max_norm)
        acted = (factors < 1).any(1)
        average = scaled(examples, factors.unsqueeze(-1)).mean(1)
        clipped = average.where(acted.unsqueeze(1), grad)
        return Clipped(clipped, ratio(l2(clipped, 1), norm, acted), acted, state)
