"""Networks of random float64 weights outside any experiment, and the gradients of everything inside them."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from gradx.models import Dims, Model
from gradx.models.passes import Graph, Pass
from gradx.tensors.layout import Layout, Slot
from gradx.tensors.mode import EVALUATION, Mode
from gradx.tensors.taps import Tapped


@dataclass
class Found:
    """One forward and backward pass of a cohort; `tapped` is keyed by kind and layer."""

    weights: dict[str, Tensor]
    output: Tensor
    gradients: dict[str, Tensor]
    tapped: dict[tuple[str, int], Tapped]


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def as_torch(weight: Tensor) -> Tensor:
    """A linear weight (in, out) as torch keeps it, (out, in); a bias or a convolution's weight as it is."""
    return weight.mT if weight.ndim == 2 else weight


def started(slots: list[Slot], members: int) -> dict[str, Tensor]:
    """Buffers, or parameters that no init has a say in, with their first values: (member, *shape)."""
    return {slot.name: torch.full((members, *slot.shape), slot.start, dtype=torch.float64) for slot in slots}


def backward(
    model: Model,
    dims: Dims,
    x: Tensor,
    loss: Callable[[Tensor], Tensor],
    by_autograd: bool = False,
    mode: Mode = EVALUATION,
) -> Found:
    """`loss` takes the output (member, batch, scored, output) of the network with N(0, 1/4) weights to a number.

    The pass is the one that training uses, or on request that of autograd over `forward`.
    """
    layout = Layout(model.slots(dims))
    weights = layout.views(0.5 * random(len(x), layout.size, seed=1))
    made: Pass = (
        Graph(*model.forward(dims, weights, x, mode), weights) if by_autograd else model.run(dims, weights, x, mode)
    )
    output = made.output.clone().requires_grad_()
    gradients, tapped = made.backward(torch.autograd.grad(loss(output), output)[0], taps=True)
    detached = {name: weight.detach() for name, weight in weights.items()}
    return Found(detached, output.detach(), gradients, {(each.series.kind, each.series.layer): each for each in tapped})
