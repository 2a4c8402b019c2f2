"""`Optimizer`, `Clipping`, `Regularization`: what the trainer asks of a rule.

All parameters are one tensor of shape (member, parameter). A rule is written once, for floats and for members: the
trainer gives it the copy made by `gradx.tensors.members.stack`, in which each `Varies` field is a float64 tensor of
shape (member, 1). Rules run outside autograd.
"""

from abc import abstractmethod
from typing import Annotated, ClassVar, Self

from pydantic import Field
from torch import Tensor

from gradx.base.part import Part, Varies
from gradx.optim.problem import Problem
from gradx.tensors.layout import Layout

State = dict[str, Tensor]
"""What an optimizer remembers between steps: named tensors of shape (member, parameter)."""

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


class Clipping(Part):
    """A rule that bounds the gradient before the optimizer sees it."""

    def init(self, members: int) -> State:
        """What it remembers before the first step, tensors with the members first; by default nothing."""
        return {}

    @abstractmethod
    def bound(self, grad: Tensor, norm: Tensor, state: State, problem: Problem) -> tuple[Tensor, Tensor, State]:
        """The clipped gradient (member, parameter), its L2 norm after divided by before, and the new state.

        The coefficient is (member,) in float64: exactly 1 where nothing was clipped.

        Args:
            grad: gradient of the loss, (member, parameter); not modified.
            norm: its total L2 norm before clipping, (member,) in float64.
            state: from `init` or the step before.
            problem: for rules that need the shapes of the parameters, or every example's gradient.
        """


class Memoryless(Clipping):
    """A rule that needs nothing but the gradient."""

    @abstractmethod
    def clip(self, grad: Tensor, norm: Tensor) -> tuple[Tensor, Tensor]:
        """The first two of `bound`."""

    def bound(self, grad: Tensor, norm: Tensor, state: State, problem: Problem) -> tuple[Tensor, Tensor, State]:
        return *self.clip(grad, norm), state


class Regularization(Part):
    """A penalty on the parameters that is added to the loss, or a rule that holds them small."""

    needs_taps: ClassVar[bool] = False  # whether `pull` looks at gradients inside the network

    @abstractmethod
    def penalty(self, params: Tensor) -> Tensor:
        """The penalty of params (member, parameter), of shape (member,) in float64; 0 for a rule that has none."""

    @abstractmethod
    def gradient(self, params: Tensor) -> Tensor:
        """The gradient of the penalty with respect to params, (member, parameter)."""

    def pull(self, params: Tensor, problem: Problem) -> Tensor:
        """What is added to the gradient of the loss, (member, parameter)."""
        return self.gradient(params)

    def after(self, params: Tensor, lr: float | Tensor, layout: Layout) -> Tensor:
        """What becomes of params (member, parameter) after an update with learning rate `lr`; by default they stay."""
        return params
