"""L2 regularization: a pull towards zero in proportion to the parameter."""

from typing import Literal

from torch import Tensor

from gradx.optim.base import NonNegative, Regularization
from gradx.tensors.members import like


class L2(Regularization):
    """Half the sum of squares; with `sgd` the same as its `weight_decay`.

        penalty = weight / 2 * sum w^2
        gradient = weight * w

    All parameters are held, biases and gains too, as by torch's optimizers.

    Reference: Krogh, Hertz 1991, NIPS, "A simple weight decay can improve generalization".
    """

    kind: Literal["l2"] = "l2"
    weight: NonNegative = 1e-4  # He et al. 2016, arXiv:1512.03385, section 3.4

    def penalty(self, params: Tensor) -> Tensor:
        return (self.weight / 2 * params.double().square().sum(1, keepdim=True)).squeeze(1)

    def gradient(self, params: Tensor) -> Tensor:
        return params * like(self.weight, params)
