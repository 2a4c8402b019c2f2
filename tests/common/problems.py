"""`Given`: a training step of which nothing is known but its gradients, for rules outside any experiment."""

import torch
from common.unasked import Unasked
from torch import Tensor

from gradx.tensors.layout import Layout, Slot


class Given(Unasked):
    """Parameters, their gradient, and on request each example's (member, example, parameter)."""

    def __init__(
        self, layout: Layout, grad: Tensor, params: Tensor | None = None, the_examples: Tensor | None = None
    ) -> None:
        self.layout, self.grad, self.the_examples = layout, grad, the_examples
        self.params = torch.zeros_like(grad) if params is None else params

    @property
    def norms(self) -> Tensor:
        return self.layout.norms(self.grad)

    def examples(self) -> Tensor:
        return super().examples() if self.the_examples is None else self.the_examples

    def only(self, member: int) -> "Given":
        """The same for one member alone."""
        one = slice(member, member + 1)
        examples = None if self.the_examples is None else self.the_examples[one]
        return Given(self.layout, self.grad[one], self.params[one], examples)


def slot(name: str, shape: tuple[int, ...], layer: int = 1, final: bool = False) -> Slot:
    role = "bias" if len(shape) == 1 else "weight"
    return Slot(name, shape, role, layer, shape[0], shape[-1], 1.0, final=final)


def layout() -> Layout:
    """Every shape that a slot has: a convolution, linear weights of two layers, biases, a readout."""
    return Layout(
        [
            slot("conv.weight", (3, 2, 2, 2)),
            slot("conv.bias", (3,)),
            slot("layers.2.weight", (4, 3), 2),
            slot("layers.2.bias", (3,), 2),
            slot("readout.weight", (4, 3), 3, final=True),
            slot("readout.bias", (3,), 3, final=True),
        ]
    )


def random(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)).to(dtype)
