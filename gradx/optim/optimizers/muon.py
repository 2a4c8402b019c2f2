"""Muon: momentum whose matrices are made orthogonal, with AdamW for what is not a hidden matrix."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from math import sqrt
from typing import Annotated, Any, Literal, Self

import torch
from pydantic import Field
from torch import Tensor

from gradx.base.part import said
from gradx.optim.base import Fraction, NonNegative, Optimizer, Positive, State
from gradx.optim.moments import adam_init, adam_step, decayed, mean
from gradx.optim.problem import Problem
from gradx.tensors.layout import Layout, Slot
from gradx.tensors.members import aligned, like
from gradx.tensors.norms import l2

COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # Jordan 2024: steep at zero, rather than converging to 1


class Muon(Optimizer):
    """All singular values of a step are about 1: directions with small gradients are learned as fast as the others.

    Each hidden matrix W (out, in) with its gradient G:

        M = momentum * M + (1 - momentum) * G
        X = momentum * M + (1 - momentum) * G        (M unless nesterov)
        X = X / max(|X|, eps)                        (|X| the Frobenius norm)
        X = 3.4445 X - 4.7750 (X X') X + 2.0315 (X X')^2 X,    ns_steps times
        W = (1 - lr * weight_decay) * W - lr * scale * X

    scale is sqrt(max(1, out / in)) (adjust_lr: original), or 0.2 sqrt(max(out, in)) (match_rms_adamw), which makes a
    step as large as AdamW's. A convolution is the matrix (out, in * height * width); gates that lie side by side are a
    matrix each. A gradient below eps in norm is not brought to 1.

    Biases, gains, the readout and the network's first matrix (unless a convolution) follow AdamW with the fields
    `adamw_*`: the recipe of the reference, by which the ends do worse under Muon. `ends: muon` treats the two end
    matrices like the hidden ones. A schedule paces both learning rates.

    Equivalent to `torch.optim.Muon` on matrices, which iterates in bfloat16; here it is the dtype of the parameters.

    Reference: Jordan et al. 2024, kellerjordan.github.io/posts/muon, and its README (the defaults here);
    match_rms_adamw: Liu et al. 2025, arXiv:2502.16982, section 2.2.
    """

    kind: Literal["muon"] = "muon"
    lr: Positive = 0.02
    weight_decay: NonNegative = 0.01
    momentum: Fraction = 0.95
    nesterov: bool = True
    ns_steps: Annotated[int, Field(ge=1, lt=100)] = 5
    eps: Positive = 1e-7
    adjust_lr: Literal["original", "match_rms_adamw"] = "original"
    ends: Literal["adamw", "muon"] = "adamw"  # what trains the matrices next to the input and before the output
    adamw_lr: Positive = 3e-4
    adamw_beta1: Fraction = 0.9
    adamw_beta2: Fraction = 0.95
    adamw_eps: NonNegative = 1e-10
    adamw_weight_decay: NonNegative = 0.01

    @classmethod
    def misfits(cls, data: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
        kind, depth = said(data, "architecture"), data.get("depth", 1)
        if kind == "mlp" and depth == 1 and said(data, "optimizer", "ends", "adamw") != "muon":
            yield (
                ("optimizer",),
                "an mlp of depth 1 has no hidden matrix, so that muon would be adamw alone: "
                "take depth 2 or more, or muon with ends: muon",
            )

    def init(self, params: Tensor) -> State:
        return adam_init(params, amsgrad=False)

    def paced(self, factor: float | Tensor) -> Self:
        return self.model_copy(update={"lr": self.lr * factor, "adamw_lr": self.adamw_lr * factor})

    def advance(self, grad: Tensor, state: State, params: Tensor, step: int, problem: Problem) -> tuple[Tensor, State]:
        change, new = adam_step(grad, state, step, self.adamw_lr, self.adamw_beta1, self.adamw_beta2, self.adamw_eps)
        change = decayed(change, params, -self.adamw_lr * self.adamw_weight_decay)
        rates = (self.lr, self.momentum, self.weight_decay, self.eps)
        for slots in self._alike(problem.layout):
            before, now, weights = (_matrices(flat, slots) for flat in (state["mean"], grad, params))
            lr, momentum, decay, eps = (aligned(rate, now) for rate in rates)
            average = mean(before, now, momentum)
            update = orthogonal(mean(average, now, momentum) if self.nesterov else average, self.ns_steps, eps)
            update = update.mul_(like(-lr * self._scale(*update.shape[2:]), update))
            _put(change, slots, decayed(update, weights, -lr * decay))
            _put(new["mean"], slots, average)
        return change, new

    def _alike(self, layout: Layout) -> list["Places"]:
        """The hidden matrices, those of one shape together: they are multiplied at once."""
        first, start = layout.slots[0], 0  # sorting by shape leaves the model's first parameter in front
        groups: dict[tuple[tuple[int, ...], int], Places] = defaultdict(list)
        for slot in layout.slots:
            matrix = slot.multiplied and len(slot.shape) in (2, 4)
            if matrix and (self.ends == "muon" or not _at_an_end(slot, first)):
                groups[slot.shape, slot.blocks].append((start, slot))
            start += slot.size
        return list(groups.values())

    def _scale(self, out: int, fan_in: int) -> float:
        if self.adjust_lr == "original":
            return sqrt(max(1.0, out / fan_in))
        return 0.2 * sqrt(max(out, fan_in))


def orthogonal(matrices: Tensor, steps: int, eps: float | Tensor) -> Tensor:
    """Nearly U V' of each U S V' = matrices[...]: singular values of about 0.7 to 1.2, by Newton-Schulz iterations.

    Reference: Jordan et al. 2024, kellerjordan.github.io/posts/muon; Bernstein, Newhouse 2024, arXiv:2409.20325.
    """
    a, b, c = COEFFICIENTS
    wide = matrices if matrices.shape[-2] <= matrices.shape[-1] else matrices.mT
    norm = l2(wide, (-2, -1))[..., None, None]  # float64: vanishing gradients have one, too
    x = (wide / torch.maximum(norm, like(eps, norm))).to(wide.dtype)
    for _ in range(steps):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x if wide is matrices else x.mT


Places = list[tuple[int, Slot]]
"""Parameters of one shape, each with where it begins in a (member, parameter) tensor."""


def _at_an_end(slot: Slot, first: Slot) -> bool:
    """Whether a matrix is next to the input or the output; the reference has Muon train all convolutions."""
    return slot.final or (slot is first and len(slot.shape) == 2)


def _matrices(flat: Tensor, slots: Places) -> Tensor:
    """A copy (member, slot and block, out, in) of parameters of one shape."""
    members, slot = len(flat), slots[0][1]
    parts = torch.stack([flat[:, start : start + slot.size] for start, _ in slots], dim=1)
    if len(slot.shape) == 4:
        return parts.view(members, len(slots), slot.shape[0], -1)
    split = parts.view(members, len(slots), slot.shape[0], slot.blocks, -1)
    return split.permute(0, 1, 3, 4, 2).flatten(1, 2)


def _put(flat: Tensor, slots: Places, matrices: Tensor) -> None:
    """The way back, into `flat`."""
    members, slot = len(flat), slots[0][1]
    if len(slot.shape) == 2:
        split = matrices.view(members, len(slots), slot.blocks, *matrices.shape[2:])
        matrices = split.permute(0, 1, 4, 2, 3)
    for (start, _), part in zip(slots, matrices.reshape(members, len(slots), -1).unbind(1), strict=True):
        flat[:, start : start + slot.size] = part
