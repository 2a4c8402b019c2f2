"""AutoClip: clipping by norm at a percentile of the norms seen so far."""

from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor

from gradx.base.part import Varies
from gradx.optim.base import Clipped, Clipping, State
from gradx.optim.problem import Problem
from gradx.optim.scaling import scaled, within
from gradx.tensors.members import like


class AutoClip(Clipping):
    """Scales the gradient down to a percentile of the norms of this run, this step's among them.

        max_norm_t = percentile(|g_1| ... |g_t|, clip_percentile),    g' = min(1, max_norm_t / |g_t|) * g_t

    Between two norms the percentile is interpolated, as by `numpy.percentile`. While norms neither rise nor fall, 90 %
    of all steps are clipped with the default: the rule is less a guard against spikes than a fixed length of most
    gradients. A norm that is inf or NaN is not clipped and enters no history.

    Reference: Seetharaman, Wichern, Pardo, Le Roux 2020, arXiv:2007.14469.
    """

    kind: Literal["autoclip"] = "autoclip"
    clip_percentile: Annotated[Varies[float], Field(ge=0, le=100)] = 10.0  # theirs

    def init(self, members: int, device: torch.device | str = "cpu") -> State:
        counts = torch.zeros(members, dtype=torch.float64, device=device)
        return {"history": counts.new_empty(members, 0), "count": counts}

    def bound(self, grad: Tensor, norm: Tensor, state: State, problem: Problem) -> Clipped:
        entered = norm.isfinite()
        history = _inserted(state["history"], norm.where(entered, torch.inf))
        count = state["count"] + entered
        factor = within(norm, _percentile(history, count, like(self.clip_percentile, norm).flatten()))
        clipped = scaled(grad, factor.unsqueeze(1))
        coefficient = factor.where(entered, torch.nan)
        return Clipped(clipped, coefficient, factor < 1, {"history": history, "count": count})


def _inserted(history: Tensor, norm: Tensor) -> Tensor:
    """Sorted rows (member, n) with one more number each, still sorted; inf fills the end of rows that have fewer.

    Between two neighbours of the old row each place takes what is in the middle of them and the new number.
    """
    edge = torch.full_like(norm, torch.inf).unsqueeze(1)
    return torch.minimum(
        torch.maximum(norm.unsqueeze(1), torch.cat([-edge, history], dim=1)), torch.cat([history, edge], dim=1)
    )


def _percentile(history: Tensor, count: Tensor, percentile: Tensor) -> Tensor:
    """The percentile (in %) of the first `count` numbers of each sorted row; inf for a row without any."""
    rank = (percentile / 100) * (count - 1).clamp(min=0)
    low = rank.floor().long()
    high = torch.minimum(low + 1, (count - 1).clamp(min=0).long())
    below, above = (history.gather(1, place.unsqueeze(1)).squeeze(1) for place in (low, high))
    return torch.where(below == above, below, below + (above - below) * (rank - low))
