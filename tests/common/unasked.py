"""`Unasked`: a training step that answers nothing, for fakes that know only what the rule under test may ask."""

from typing import NoReturn

from torch import Tensor

from gradx.optim import Problem


class Unasked(Problem):
    activation = None
    tapped = ()

    def losses(self, params: Tensor) -> Tensor:
        _fail("the loss at other parameters")

    def gradient(self, params: Tensor) -> tuple[Tensor, Tensor]:
        _fail("the gradient at other parameters")

    def gauss_newton(self, vector: Tensor) -> Tensor:
        _fail("a product with the Gauss-Newton matrix")

    def examples(self) -> Tensor:
        _fail("each example's gradient")


def _fail(what: str) -> NoReturn:
    raise AssertionError(f"the rule asked for {what}, which this problem does not have")
