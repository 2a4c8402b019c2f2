"""`BatchProblem`: a training step as what its rules may ask: the loss of the batch as a function of the parameters."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import TypeVar

import torch
from torch import Tensor

from gradx.base.part import Spec
from gradx.engine.cohort import Cohort
from gradx.engine.differentiated import Batch, Found, differentiated
from gradx.engine.drawing import Draws
from gradx.models import Dims
from gradx.optim import NoRegularization
from gradx.optim.problem import Problem
from gradx.tasks import Source
from gradx.tensors.mode import Mode
from gradx.tensors.norms import l2
from gradx.tensors.taps import Tapped

S = TypeVar("S", bound=Spec)


class BatchProblem(Problem):
    """One batch of one step. Whatever parameters are asked about, the same units are dropped and no buffer changes.

    To be made before the step's own forward pass, which updates the buffers.

    Args:
        cohort: in training.
        batch: of the step.
        number: of the step, from 1.

    Attributes:
        found: what the passes at the present parameters gave, once they have been made.
        whole: gradient of loss plus penalty, once it is known.
    """

    found: Found
    whole: Tensor

    def __init__(self, cohort: Cohort, batch: Batch, number: int) -> None:
        self._cohort, self._batch, self._number = cohort, batch, number
        self._buffers = {name: values.clone() for name, values in cohort.buffers.items()}
        self.layout, self.params, self.activation = cohort.layout, cohort.params, cohort.spec.activation

    def again(self) -> Mode:
        """How the step computes, as often as one likes: the same units are dropped, and buffers are copies."""
        draws = Draws(self._cohort.seeds, self._number, self._cohort.device)
        return Mode(True, {name: values.clone() for name, values in self._buffers.items()}, draws)

    @cached_property
    def norms(self) -> Tensor:
        return self.layout.norms(self.whole)

    @cached_property
    def total(self) -> Tensor:
        """L2 norm of the whole gradient before clipping, (member,) in float64."""
        return l2(self.norms, 1, self.whole.dtype)

    @property
    def tapped(self) -> Sequence[Tapped]:
        return self.found.tapped

    def losses(self, params: Tensor) -> Tensor:
        cohort, (x, y) = self._cohort, self._batch
        with torch.no_grad():
            forward = cohort.model.run(cohort.dims, cohort.copies(params), cohort.as_input(x), self.again())
            losses = cohort.source.loss(forward.output.to(cohort.dtype), y)
            return losses + cohort.regularization.penalty(params).to(losses)

    def gradient(self, params: Tensor) -> tuple[Tensor, Tensor]:
        cohort, rule = self._cohort, self._cohort.regularization
        found = differentiated(cohort, cohort.copies(params), self._batch, self.again(), rule.needs_taps)
        if isinstance(rule, NoRegularization):
            return found.losses, found.gradient
        with torch.no_grad():
            there = self._at(params, found)
            return found.losses + rule.penalty(params).to(found.losses), found.gradient + rule.pull(params, there)

    def gauss_newton(self, vector: Tensor) -> Tensor:
        """J v is the derivative of J^T u with respect to u: autograd alone, whatever the architecture.

        In a half dtype as in float32: curvature has no loss scale that would keep it from underflowing.
        """
        output, weights, u, back = self._linearized
        (forward,) = torch.autograd.grad(back, u, vector, retain_graph=True)
        curved = _curved(self._cohort.source, output.detach(), forward)
        return self._flat(weights, torch.autograd.grad(output, weights, curved, retain_graph=True, allow_unused=True))

    def examples(self) -> Tensor:
        cohort, (x, y) = self._cohort, self._batch
        members, count = x.shape[:2]
        many = cohort.params.repeat_interleave(count, 0)
        buffers = {name: values.repeat_interleave(count, 0) for name, values in self._buffers.items()}
        draws = Draws(cohort.seeds, self._number, cohort.device, examples=count)
        found = differentiated(
            cohort,
            cohort.copies(many),
            (x.flatten(0, 1).unsqueeze(1), y.flatten(0, 1).unsqueeze(1)),
            Mode(True, buffers, draws),
            model=_repeated(cohort.model, count),
            dims=_repeated_dims(cohort.dims, count),
        )
        return found.gradient.view(members, count, -1)

    @cached_property
    def _linearized(self) -> tuple[Tensor, list[Tensor], Tensor, Tensor]:
        """The output, the weights that it was made of, a u of its shape, and J^T u (member, parameter) as made of u."""
        cohort, x = self._cohort, self._batch[0]
        with torch.enable_grad():
            weights = self.layout.views(self.params)
            x = cohort.to_device(x)
            output, _ = cohort.model.forward(cohort.dims, weights, x, self.again())
            leaves = list(weights.values())
            u = torch.zeros_like(output, requires_grad=True)
            found = torch.autograd.grad(output, leaves, u, create_graph=True, allow_unused=True)
            return output, leaves, u, self._flat(leaves, found)

    def _flat(self, weights: list[Tensor], found: Sequence[Tensor | None]) -> Tensor:
        """Gradients in the order of the layout as one (member, parameter) tensor; zeros where there is none."""
        pairs = zip(weights, found, strict=True)
        return torch.cat([(torch.zeros_like(leaf) if each is None else each).flatten(1) for leaf, each in pairs], dim=1)

    def _at(self, params: Tensor, found: Found) -> "BatchProblem":
        """The same problem with other parameters as the present ones."""
        there = BatchProblem(self._cohort, self._batch, self._number)
        there._buffers, there.params, there.found, there.whole = self._buffers, params, found, found.gradient
        return there


def _curved(source: Source, output: Tensor, tangent: Tensor) -> Tensor:
    """H tangent, H the Hessian of the mean loss with respect to the output: cross entropy or mean square error."""
    if source.objective == "mse":
        return tangent * (2 / output[0].numel())
    p = output.softmax(-1)
    spread = p * tangent
    return (spread - p * spread.sum(-1, keepdim=True)) * (output.shape[-1] / output[0].numel())


def _repeated(part: S, count: int) -> S:
    """A stacked part for members that come `count` times each, side by side."""
    update = {
        name: value.repeat_interleave(count, 0) if isinstance(value, Tensor) else _repeated(value, count)
        for name, value in ((name, getattr(part, name)) for name in type(part).model_fields)
        if isinstance(value, Tensor | Spec)
    }
    return part.model_copy(update=update) if update else part


def _repeated_dims(dims: Dims, count: int) -> Dims:
    return replace(
        dims,
        normalization=_repeated(dims.normalization, count),
        residual=_repeated(dims.residual, count),
        dropout=dims.dropout.repeat_interleave(count, 0) if isinstance(dims.dropout, Tensor) else dims.dropout,
    )
