"""`Snapshot`: everything one sampled step offers to measure; what several quantities need is computed once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from gradx.activations import Activation
from gradx.tensors.layout import Layout
from gradx.tensors.norms import cosine, l2
from gradx.tensors.taps import Tapped


@dataclass(frozen=True)
class Snapshot:
    """One step of a cohort, after the optimizer has said what to change and before it is changed.

    Attributes:
        layout: of `params`, `gradient`, `clipped`, `change`, each (member, parameter).
        losses: (member,), the loss that is differentiated, without the penalty.
        norms: L2 norm of each parameter's gradient before clipping, (member, slot) in float64.
        total: L2 norm of the whole gradient before clipping, (member,) in float64.
        coefficient: norm after clipping divided by norm before, (member,) in float64.
        tapped: gradients of the training loss.
        acted: whether clipping changed anything, (member,); None where there is none.
        last: gradients of the loss at the last time step alone (the same as `tapped` where only that is scored).
    """

    layout: Layout
    losses: Tensor
    params: Tensor
    gradient: Tensor
    clipped: Tensor
    change: Tensor
    norms: Tensor
    total: Tensor
    coefficient: Tensor
    tapped: list[Tapped]
    last: list[Tapped]
    activation: Activation | None
    acted: Tensor | None = None

    @property
    def complete(self) -> bool:
        """Whether every tap has a gradient."""
        return all(len(each.positions) == len(each.gradients) or each.series.whole for each in self.tapped + self.last)

    @property
    def nbytes(self) -> int:
        """Memory of what the quantities look at."""
        tapped = self.tapped if self.last is self.tapped else [*self.tapped, *self.last]
        return 2 * sum(each.gradient.nbytes for each in tapped) + 4 * self.gradient.nbytes

    def kept(self) -> "Snapshot":
        """A copy that outlives the step: parameters copied, every series stacked."""
        by_input = self.activation is not None and self.activation.by_input
        tapped = [each.kept(by_input) for each in self.tapped]
        last = tapped if self.last is self.tapped else [each.kept(by_input) for each in self.last]
        return replace(self, params=self.params.clone(), tapped=tapped, last=last)

    @staticmethod
    def merge(snapshots: "Sequence[Snapshot]") -> "Snapshot":
        """Several kept snapshots of one cohort as one, steps side by side as if they were members: (step member, ...).

        Members are independent, so what a quantity measures of one of them is what it would have measured alone; but
        the small operations are done once for many steps.
        """
        first = snapshots[0]
        names = ("losses", "params", "gradient", "change", "norms", "total", "coefficient")
        joined: dict[str, Any] = {name: torch.cat([getattr(each, name) for each in snapshots]) for name in names}
        acted = [each.acted for each in snapshots if each.acted is not None]
        clipped = torch.cat([each.clipped for each in snapshots]) if first.clipped is not first.gradient else None
        tapped = _merged([each.tapped for each in snapshots])
        return replace(
            first,
            **joined,
            clipped=joined["gradient"] if clipped is None else clipped,
            acted=torch.cat(acted) if acted else None,
            tapped=tapped,
            last=tapped if first.last is first.tapped else _merged([each.last for each in snapshots]),
        )

    @cached_property
    def cosine(self) -> Tensor:
        """Of the angle between the gradient before and after clipping, (member,) in float64.

        Exactly 1 where nothing was clipped; NaN where nothing is left.
        """
        if self.acted is None or self.clipped is self.gradient:
            return torch.ones_like(self.total)
        found = cosine(self.gradient, self.clipped, self.total, self.clipped_total)
        return found.where(self.acted, 1.0)

    @cached_property
    def clipped_norms(self) -> Tensor:
        """L2 norm of each parameter's gradient after clipping, (member, slot) in float64."""
        return self.norms if self.clipped is self.gradient else self.layout.norms(self.clipped)

    @cached_property
    def clipped_total(self) -> Tensor:
        """L2 norm of the whole gradient after clipping, (member,) in float64."""
        return self.total if self.clipped is self.gradient else l2(self.clipped_norms, 1)


def _merged(steps: Sequence[list[Tapped]]) -> list[Tapped]:
    return [Tapped.merge(each) for each in zip(*steps, strict=True)]
