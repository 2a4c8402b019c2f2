"""One training step of a cohort: one forward pass, one backward pass, one update; a `Snapshot` where asked for."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from gradx.engine.cohort import Cohort
from gradx.engine.differentiated import Batch, differentiated
from gradx.engine.problem import BatchProblem
from gradx.optim import Clipped, Constant, NoClipping, NoRegularization, State
from gradx.quantities.snapshot import Snapshot


class Memory(NamedTuple):
    """What the rules remember between steps."""

    optimizer: State
    clipping: State


class Step(NamedTuple):
    """What one step did: the losses (member,) before it, whether clipping acted (member,), and what the rules remember.

    `acted` is None where nothing clips.
    """

    losses: Tensor
    acted: Tensor | None
    memory: Memory


def fresh(cohort: Cohort) -> Memory:
    """What the rules remember before the first step."""
    clipping = cohort.clipping.init(len(cohort.experiments), cohort.device)
    return Memory(cohort.optimizer.init(cohort.params), clipping)


def step(
    cohort: Cohort,
    memory: Memory,
    batch: Batch,
    number: int,
    measure: Callable[[Snapshot], None] | None = None,
    update: bool = True,
) -> Step:
    """Advances `cohort.params` and `cohort.buffers` in place by one step.

    Args:
        cohort: whose parameters change.
        memory: from `fresh` or the step before.
        batch: x (member, batch, *input) and y (member, batch, scored[, output]).
        number: of this step, from 1.
        measure: takes the snapshot of a sampled step, before the parameters change; without it no extra work is done.
        update: False leaves the parameters and buffers as they are.
    """
    sampled, regularization = measure is not None, cohort.regularization
    problem = BatchProblem(cohort, batch, number)
    mode = cohort.training(number) if update else problem.again()
    taps = sampled or regularization.needs_taps
    found = differentiated(cohort, cohort.copies(cohort.params), batch, mode, taps, last=sampled)
    problem.found = found
    with torch.no_grad():
        gradient = found.gradient
        if not isinstance(regularization, NoRegularization):
            gradient = gradient + regularization.pull(cohort.params, problem)
        problem.whole = gradient
        clipped = None
        if not isinstance(cohort.clipping, NoClipping):
            clipped = cohort.clipping.bound(gradient, problem.total, memory.clipping, problem)
        bounded, state = (gradient, memory.clipping) if clipped is None else (clipped.gradient, clipped.state)
        optimizer = cohort.optimizer
        if not isinstance(cohort.schedule, Constant):
            optimizer = optimizer.paced(cohort.schedule.factor(number, cohort.spec.steps))
        change, rates = optimizer.advance(bounded, memory.optimizer, cohort.params, number, problem)
        if not isinstance(regularization, NoRegularization):
            change = regularization.settle(change, cohort.params, optimizer.lr, cohort.layout)
        if measure is not None:
            measure(_snapshot(cohort, problem, clipped, change))
        if update:
            cohort.params.add_(change)
    return Step(found.losses, None if clipped is None else clipped.acted, Memory(rates, state))


def _snapshot(cohort: Cohort, problem: BatchProblem, clipped: Clipped | None, change: Tensor) -> Snapshot:
    """What the step offers to measure; `clipped` is None where nothing clips."""
    found = problem.found
    return Snapshot(
        layout=cohort.layout,
        activation=cohort.model.judged_by(cohort.dims),
        losses=found.losses,
        params=cohort.params,
        gradient=problem.whole,
        clipped=problem.whole if clipped is None else clipped.gradient,
        change=change,
        norms=problem.norms,
        total=problem.total,
        coefficient=torch.ones_like(problem.total) if clipped is None else clipped.coefficient,
        acted=None if clipped is None else clipped.acted,
        tapped=found.tapped,
        last=found.last or found.tapped,
    )
