"""`Optimizer`, `Clipping`, `Regularization`: what the trainer asks of a rule.

All parameters are one tensor of shape (member, parameter). A rule is written once, for floats and for members: the
trainer gives it the copy made by `gradx.tensors.members.stack`, in which each `Varies` field is a float64 tensor of
shape (member, 1). Rules run outside autograd.
"""

from abc import abstractmethod
from typing import Annotated

from pydantic import Field
from torch import Tensor

from gradx.base.part import Part, Varies

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
    def update(self, grad: Tensor, state: State, params: Tensor, step: int) -> tuple[Tensor, State]:
        """The change to ADD to `params`, and the new state; neither shares memory with `grad` or `params`.

        Args:
            grad: gradient of the loss, (member, parameter); not modified.
            state: from `init` or the step before.
            params: parameters before the step, (member, parameter); not modified.
            step: the number of this step, counted from 1.
        """


class Clipping(Part):
    """A rule that bounds the gradient before the optimizer sees it."""

    @abstractmethod
    def clip(self, grad: Tensor, norm: Tensor) -> tuple[Tensor, Tensor]:
        """The clipped gradient (member, parameter), and its L2 norm after divided by before, (member,) in float64.

        Args:
            grad: gradient of the loss, (member, parameter); not modified.
            norm: its total L2 norm before clipping, (member,) in float64.
        """


class Regularization(Part):
    """A penalty on the parameters that is added to the loss, with its gradient in closed form."""

    @abstractmethod
    def penalty(self, params: Tensor) -> Tensor:
        """The penalty of params (member, parameter), of shape (member,) in float64."""

    @abstractmethod
    def gradient(self, params: Tensor) -> Tensor:
        """The gradient of the penalty with respect to params, (member, parameter)."""
