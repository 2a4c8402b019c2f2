"""`differentiated`: one forward and one backward pass of a cohort through one batch."""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from gradx.engine.cohort import Cohort
from gradx.models import Dims
from gradx.models.base import Model
from gradx.tensors.mode import Mode
from gradx.tensors.taps import Tapped

Batch = tuple[Tensor, Tensor]
"""x (member, batch, *input) and y (member, batch, scored[, output])."""


class Found(NamedTuple):
    """What the passes gave.

    Attributes:
        losses: (member,), without the penalty.
        gradient: of the losses, (member, parameter).
        tapped: gradients inside the network, as they are meant: without the loss scale.
        last: those of the states by the loss of the last time step alone; empty where only that is scored.
    """

    losses: Tensor
    gradient: Tensor
    tapped: list[Tapped]
    last: list[Tapped]


def differentiated(
    cohort: Cohort,
    weights: Mapping[str, Tensor],
    batch: Batch,
    mode: Mode,
    taps: bool = False,
    last: bool = False,
    model: Model | None = None,
    dims: Dims | None = None,
) -> Found:
    """The gradients of the loss of a batch.

    Args:
        cohort: whose network it is.
        weights: by name, leaves, in the dtype that the network computes in.
        batch: the examples.
        mode: how the network computes; its buffers are updated.
        taps: whether the gradients inside the network are wanted.
        last: whether those by the last time step's loss are wanted too.
        model: the cohort's, unless the batch has other members.
        dims: likewise.
    """
    x, y = batch
    model, dims = model or cohort.model, dims or cohort.dims
    with torch.enable_grad():
        forward = model.run(dims, weights, cohort.as_input(x), mode)
    output = forward.output.to(cohort.dtype)
    losses, d_output = cohort.source.loss_and_gradient(output, y)
    late = forward.states(cohort.times_scale(_last_step(cohort, output, y))) if last and dims.scored > 1 else []
    gradients, tapped = forward.backward(cohort.times_scale(d_output), taps=taps)
    gradient = cohort.over_scale(cohort.layout.flatten(gradients))
    if cohort.scaled:
        tapped, late = ([each.over(cohort.loss_scale, cohort.computed) for each in some] for some in (tapped, late))
    return Found(losses, gradient, tapped, late)


def _last_step(cohort: Cohort, output: Tensor, y: Tensor) -> Tensor:
    """The gradient with respect to the whole output of the loss at the last time step alone."""
    d_output = torch.zeros_like(output)
    d_output[:, :, -1:] = cohort.source.loss_and_gradient(output[:, :, -1:], y[:, :, -1:])[1]
    return d_output
