"""One training step of a cohort: one forward pass, one backward pass, one update; a `Snapshot` where asked for."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from gradx.engine.cohort import Cohort
from gradx.optim import NoClipping, NoRegularization, State
from gradx.tensors.norms import l2
from gradx.tensors.snapshot import Snapshot, Tapped
from gradx.tensors.taps import Series


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
        measure: takes the snapshot of a sampled step, before the parameters change; without it nothing extra is computed.
        update: False leaves the parameters as they are.
    """
    x, y = batch
    output, series = cohort.model.forward(cohort.dims, cohort.weights, x)
    losses = cohort.source.loss(output, y)
    last = _from_last_step(cohort, output, y, series) if measure else []
    gradient, tapped = _backward(cohort, losses, series if measure else [])
    with torch.no_grad():
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
                    losses=losses.detach(),
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
    return Step(losses.detach(), state)


def _clip(cohort: Cohort, gradient: Tensor, norms: Tensor | None) -> tuple[Tensor, Tensor | None, Tensor | None]:
    """The clipped gradient, the total norm before, and the coefficient; norms only where something asks for them."""
    if norms is None and isinstance(cohort.clipping, NoClipping):
        return gradient, None, None
    total = l2(gradient, 1) if norms is None else l2(norms, 1)
    clipped, coefficient = cohort.clipping.clip(gradient, total)
    return clipped, total, coefficient


def _backward(cohort: Cohort, losses: Tensor, series: list[Series]) -> tuple[Tensor, list[Tapped]]:
    """The gradient (member, parameter) and those of the taps. Members are independent: the losses are just summed."""
    weights = [cohort.weights[slot.name] for slot in cohort.layout.slots]
    wanted = [*weights, *(tap for each in series for tap in each.taps)]
    found = torch.autograd.grad(losses, wanted, torch.ones_like(losses), allow_unused=True)
    pairs = zip(found, weights, strict=False)
    gradient = cohort.layout.flatten([torch.zeros_like(weight) if grad is None else grad for grad, weight in pairs])
    return gradient, _tapped(series, list(found[len(weights) :]))


def _from_last_step(cohort: Cohort, output: Tensor, y: Tensor, series: list[Series]) -> list[Tapped]:
    """Gradients of the states from the loss at the last time step alone; nothing where only that one is scored."""
    states = [each for each in series if each.axis == "time" and each.kind != "preactivation"]
    if cohort.dims.scored == 1 or not states:
        return []
    losses = cohort.source.loss(output[:, :, -1:], y[:, :, -1:])
    wanted = [tap for each in states for tap in each.taps]
    found = torch.autograd.grad(losses, wanted, torch.ones_like(losses), retain_graph=True, allow_unused=True)
    return _tapped(states, list(found))


def _tapped(series: list[Series], gradients: list[Tensor | None]) -> list[Tapped]:
    rest = iter(gradients)
    return [Tapped(each, [next(rest) for _ in each.taps]) for each in series]
