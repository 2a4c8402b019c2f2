"""`Snapshot`: everything one sampled step offers to measure; what several quantities need is computed once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from gradx.activations import Activation
from gradx.tensors.layout import Layout
from gradx.tensors.norms import l2
from gradx.tensors.taps import Series


@dataclass(frozen=True)
class Tapped:
    """A series with the gradients of its taps: None for a tap that the loss does not depend on.

    Where they lie side by side already, `gradients` is one (position, member, batch, unit) tensor.
    """

    series: Series
    gradients: Sequence[Tensor | None] | Tensor

    @cached_property
    def positions(self) -> list[int]:
        """The positions (from 1) that have a gradient; the others are missing, which is not the same as zero."""
        if isinstance(self.gradients, Tensor) or self.series.whole:
            return list(range(1, len(self.gradient) + 1)) if self.gradients[0] is not None else []
        return [position for position, gradient in enumerate(self.gradients, 1) if gradient is not None]

    @cached_property
    def gradient(self) -> Tensor:
        """The gradients, (position, member, batch, unit)."""
        if isinstance(self.gradients, Tensor):
            return self.gradients
        return self.series.stack([gradient for gradient in self.gradients if gradient is not None])

    @property
    def source(self) -> torch.dtype:
        """The dtype of the gradients."""
        return self.gradient.dtype

    @cached_property
    def norms(self) -> Tensor:
        """L2 norm of each example's gradient over the units, (member, position, batch) in float64."""
        return l2(self.gradient, -1).transpose(0, 1)

    @cached_property
    def values(self) -> Tensor:
        """The taps themselves, (position, member, batch, unit)."""
        return self.series.stack([tap.detach() for tap in self.series.taps])

    @property
    def inputs(self) -> Tensor:
        """The pre-activations behind the taps, (position, member, batch, unit); only where `series.inputs` is kept."""
        return self.series.stack([tensor.detach() for tensor in self.series.inputs or []])


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

    @cached_property
    def clipped_norms(self) -> Tensor:
        """L2 norm of each parameter's gradient after clipping, (member, slot) in float64."""
        return self.norms if self.clipped is self.gradient else self.layout.norms(self.clipped)

    @cached_property
    def clipped_total(self) -> Tensor:
        """L2 norm of the whole gradient after clipping, (member,) in float64."""
        return self.total if self.clipped is self.gradient else l2(self.clipped_norms, 1)
