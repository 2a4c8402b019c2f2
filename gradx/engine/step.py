"""One training step of a cohort: one forward pass, one backward pass, one update; a `Snapshot` where asked for."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from gradx.engine.cohort import Cohort
from gradx.optim import NoClipping, NoRegularization, State
from gradx.quantities.snapshot import Snapshot
from gradx.tensors.norms import l2


class Step(NamedTuple):
    """What one step did: the losses (member,) before it, and the optimizer's new state."""

    losses: Tensor
    state: State


def step(
    cohort: Cohort,
    state: State,
    batch: tuple[Tensor, Tensor],
    number: int,
    measure: Callable[[Snapshot], None] | None = None,
    update: bool = True,
) -> Step:
    """Advances `cohort.params` in place by one step.

    Args:
        cohort: whose parameters change.
        state: the optimizer's.
        batch: x (member, batch, *input) and y (member, batch, scored[, output]).
        number: of this step, from 1.
        measure: takes the snapshot of a sampled step, before the parameters change; without it no extra work is done.
        update: False leaves the parameters as they are.
    """
    x, y = batch
    forward = cohort.model.run(cohort.dims, cohort.weights, x)
    losses, d_output = cohort.source.loss_and_gradient(forward.output, y)
    last = forward.states(_last_step(cohort, forward.output, y)) if measure and cohort.dims.scored > 1 else []
    gradients, tapped = forward.backward(d_output, taps=measure is not None)
    with torch.no_grad():
        gradient = cohort.layout.flatten(gradients)
        if not isinstance(cohort.regularization, NoRegularization):
            gradient = gradient + cohort.regularization.gradient(cohort.params)
        norms = cohort.layout.norms(gradient) if measure else None
        clipped, total, coefficient = _clip(cohort, gradient, norms)
        change, state = cohort.optimizer.update(clipped, state, cohort.params, number)
        if measure and norms is not None and total is not None and coefficient is not None:
            measure(
                Snapshot(
                    layout=cohort.layout,
                    activation=cohort.spec.activation,
                    losses=losses,
                    params=cohort.params,
                    gradient=gradient,
                    clipped=clipped,
                    change=change,
                    norms=norms,
                    total=total,
                    coefficient=coefficient,
                    tapped=tapped,
                    last=last or tapped,
                )
            )
        if update:
            cohort.params.add_(change)
    return Step(losses, state)


def _clip(cohort: Cohort, gradient: Tensor, norms: Tensor | None) -> tuple[Tensor, Tensor | None, Tensor | None]:
    """The clipped gradient, the total norm before, and the coefficient; norms only where something asks for them."""
    if norms is None and isinstance(cohort.clipping, NoClipping):
        return gradient, None, None
    norms = cohort.layout.norms(gradient) if norms is None else norms  # the same sum whether the step is sampled or not
    total = l2(norms, 1, gradient.dtype)
    clipped, coefficient = cohort.clipping.clip(gradient, total)
    return clipped, total, coefficient


def _last_step(cohort: Cohort, output: Tensor, y: Tensor) -> Tensor:
    """The gradient with respect to the whole output of the loss at the last time step alone."""
    d_output = torch.zeros_like(output)
    d_output[:, :, -1:] = cohort.source.loss_and_gradient(output[:, :, -1:], y[:, :, -1:])[1]
    return d_output
