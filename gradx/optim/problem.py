"""`Problem`: what a clipping, a regularization or an optimizer may ask of the training step that it is part of."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from torch import Tensor

from gradx.activations import Activation
from gradx.tensors.layout import Layout
from gradx.tensors.taps import Tapped


class Problem(ABC):
    """The loss of one batch as a function of the parameters of all members, and its gradient at the present ones.

    Attributes:
        layout: where each parameter lies in a (member, parameter) tensor.
        params: the present parameters, (member, parameter).
        activation: of the network, where it has one.
    """

    layout: Layout
    params: Tensor
    activation: Activation | None

    @property
    @abstractmethod
    def norms(self) -> Tensor:
        """L2 norm of each parameter's gradient before clipping, (member, slot) in float64."""

    @property
    @abstractmethod
    def tapped(self) -> Sequence[Tapped]:
        """The gradients inside the network; only for a regularization that says `needs_taps`."""

    @abstractmethod
    def losses(self, params: Tensor) -> Tensor:
        """The loss of the batch plus penalty at other parameters, (member,)."""

    @abstractmethod
    def gradient(self, params: Tensor) -> tuple[Tensor, Tensor]:
        """The same, and its gradient (member, parameter), neither clipped."""

    @abstractmethod
    def gauss_newton(self, vector: Tensor) -> Tensor:
        """J^T H J vector, (member, parameter): J of the network's output at the present parameters, H of the loss.

        Reference: Schraudolph 2002, Neural Computation 14(7), section 3.
        """

    @abstractmethod
    def examples(self) -> Tensor:
        """The gradient of each example's loss, (member, example, parameter); their mean is that of the batch."""
