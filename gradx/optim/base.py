"""`Optimizer`, `Clipping`, `Regularization`: what the trainer asks of a rule.

All parameters are one tensor of shape (member, parameter). A rule is written once, for floats and for members: the
trainer gives it the copy made by `gradx.tensors.members.stack`, in which each `Varies` field is a float64 tensor of
shape (member, 1). Rules run outside autograd.
"""

from abc import abstractmethod
from typing import Annotated, ClassVar, NamedTuple, Self

import torch
from pydantic import Field
from torch import Tensor

from gradx.base.part import Part, Varies
from gradx.optim.problem import Problem
from gradx.tensors.layout import Layout

State = dict[str, Tensor]
"""What a rule remembers between steps: named tensors, members first, mostly of shape (member, parameter)."""

Positive = Annotated[Varies[float], Field(gt=0)]
NonNegative = Annotated[Varies[float], Field(ge=0)]
Fraction = Annotated[Varies[float], Field(ge=0, lt=1)]


class Optimizer(Part):
    """A rule that turns gradients into changes of the parameters."""

    lr: Positive
    weight_decay: NonNegative = 0.0

    @abstractmethod
    def init(self, params: Tensor) -> State:
        """The state before the first step, for params of shape (member, parameter)."""

    @abstractmethod
    def advance(self, grad: Tensor, state: State, params: Tensor, step: int, problem: Problem) -> tuple[Tensor, State]:
        """The change to ADD to `params`, and the new state; neither shares memory with `grad` or `params`.

        Args:
            grad: clipped gradient of the loss, (member, parameter); not modified.
            state: from `init` or the step before.
            params: parameters before the step, (member, parameter); not modified.
            step: the number of this step, counted from 1.
            problem: for rules that need the shapes of the parameters, or the loss at other ones.
        """

    def paced(self, factor: float | Tensor) -> Self:
        """The same rule with its learning rate times `factor` (from a schedule)."""
        return self.model_copy(update={"lr": self.lr * factor})


class Elementwise(Optimizer):
    """A rule that treats every parameter alike and needs nothing but its gradient."""

    @abstractmethod
    def update(self, grad: Tensor, state: State, params: Tensor, step: int) -> tuple[Tensor, State]:
        """As `advance`."""

    def advance(self, grad: Tensor, state: State, params: Tensor, step: int, problem: Problem) -> tuple[Tensor, State]:
        return self.update(grad, state, params, step)


class Clipped(NamedTuple):
    """What a clipping did to a gradient.

    Attributes:
        gradient: (member, parameter); shares memory with the given one at most where no member was acted on.
        coefficient: its L2 norm after divided by before, (member,) in float64; NaN where the norm before is inf or NaN.
            Exactly 1 where nothing was clipped. Above 1 (inf after a norm of 0) where large examples had cancelled.
        acted: whether any entry was changed, (member,) in bool. It is no function of the coefficient: a rule for single
            parameters may leave the total norm as it is to the last digit, one for single examples may raise it. The
            clip rate counts this.
        state: for the next step.
    """

    gradient: Tensor
    coefficient: Tensor
    acted: Tensor
    state: State


class Clipping(Part):
    """A rule that bounds the gradient before the optimizer sees it.

    What is inf or NaN is not scaled: divergence stays visible, and enters no memory of norms.
    """

    def init(self, members: int, device: torch.device | str = "cpu") -> State:
        """What it remembers before the first step, tensors with the members first; by default nothing."""
        return {}

    @abstractmethod
    def bound(self, grad: Tensor, norm: Tensor, state: State, problem: Problem) -> Clipped:
        """The clipped gradient, and what was done to it.

        Args:
            grad: gradient of the loss, (member, parameter); not modified.
            norm: its total L2 norm before clipping, (member,) in float64.
            state: from `init` or the step before; not modified.
            problem: for rules that need the shapes of the parameters, or every example's gradient.
        """


class Memoryless(Clipping):
    """A rule that needs nothing but the gradient."""

    @abstractmethod
    def clip(self, grad: Tensor, norm: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Gradient, coefficient and acted, as in `Clipped`."""

    def bound(self, grad: Tensor, norm: Tensor, state: State, problem: Problem) -> Clipped:
        return Clipped(*self.clip(grad, norm), state)


class Regularization(Part):
    """A penalty on the parameters that is added to the loss, or a rule that holds them small."""

    needs_taps: ClassVar[bool] = False  # whether `pull` looks at gradients inside the network

    def penalty(self, params: Tensor) -> Tensor:
        """The penalty of params (member, parameter), of shape (member,) in float64; by default none."""
        return params.new_zeros(params.shape[0], dtype=torch.float64)

    def gradient(self, params: Tensor) -> Tensor:
        """The gradient of the penalty with respect to params, (member, parameter)."""
        return torch.zeros_like(params)

    def pull(self, params: Tensor, problem: Problem) -> Tensor:
        """What is added to the gradient of the loss, (member, parameter)."""
        return self.gradient(params)

    def settle(self, change: Tensor, params: Tensor, lr: float | Tensor, layout: Layout) -> Tensor:
        """The change to ADD to `params` in place of the optimizer's, (member, parameter); by default the same.

        Args:
            change: what the optimizer says; not modified.
            params: parameters before the step, (member, parameter); not modified.
            lr: the learning rate of this step, after the schedule.
            layout: where each parameter lies.
        """
        return change
