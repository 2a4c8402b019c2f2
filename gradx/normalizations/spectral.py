"""Spectral normalization."""

from math import prod
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional

from gradx.normalizations.base import OfWeights, Weights, as_weight, rows
from gradx.tensors.layout import Slot
from gradx.tensors.mode import Mode

START = 15  # power iterations on the initial weights, as in torch


class SpectralNorm(OfWeights):
    """Spectral normalization: every weight is divided by its largest singular value, so that no linear map amplifies.

        W / sigma, sigma = u^T W v; at each training step u <- W v / |W v|, v <- W^T u / |W^T u| (power iteration)

    u and v are kept beside the weights; evaluation uses them as they are. sigma is a little too small until the
    iteration has converged. Neither signal nor gradient grows in a linear map then. A convolution is taken as the
    matrix (out, in height width) of its kernel, as in the paper: it may still amplify, by sqrt(height width) at most.
    Equivalent to `torch.nn.utils.parametrizations.spectral_norm`, but that u and v start from the vector of equal
    entries.

    Reference: Miyato et al. 2018, arXiv:1802.05957, eq. 8 and algorithm 1.
    """

    kind: Literal["spectral"] = "spectral"
    n_power_iterations: Annotated[int, Field(ge=1)] = 1
    eps: Annotated[float, Field(gt=0)] = 1e-12  # the least length that u and v are divided by

    def weight_slots(self, slot: Slot) -> list[Slot]:
        linear = len(slot.shape) == 2
        out = slot.shape[-1] if linear else slot.shape[0]
        sizes = {"u": out, "v": prod(slot.shape) // out}
        return [
            Slot(
                f"{slot.name}_{which}", (size,), "buffer", slot.layer, slot.fan_in, slot.fan_out, 0.0, start=size**-0.5
            )
            for which, size in sizes.items()
        ]

    def weight(self, name: str, weights: Weights, mode: Mode) -> Tensor:
        matrix = rows(weights[name])
        names = f"{name}_u", f"{name}_v"
        if names[0] not in mode.buffers:
            u, v = self._iterated(matrix, _even(matrix), START)
        else:
            u, v = (mode.buffers[each] for each in names)
            if mode.training:
                u, v = self._iterated(matrix, v, self.n_power_iterations)
                for each, new in zip(names, (u, v), strict=True):
                    mode.buffers[each].copy_(new)
        sigma = (u.unsqueeze(1) @ matrix.to(u.dtype) @ v.unsqueeze(2)).to(matrix.dtype)
        return as_weight(matrix / sigma, weights[name])

    def adjust(self, values: dict[str, Tensor], slots: list[Slot]) -> None:
        for slot in slots:
            if slot.multiplied:
                matrix = rows(values[slot.name])
                values[f"{slot.name}_u"], values[f"{slot.name}_v"] = self._iterated(matrix, _even(matrix), START)

    @torch.no_grad()
    def _iterated(self, matrix: Tensor, v: Tensor, times: int) -> tuple[Tensor, Tensor]:
        """u (member, out) and v (member, in) after power iterations from v on; matrix is (member, out, in)."""
        matrix = matrix.to(v.dtype)  # in a half dtype too few digits are left to converge
        for _ in range(times):
            u = functional.normalize((matrix @ v.unsqueeze(2)).squeeze(2), eps=self.eps)
            v = functional.normalize((matrix.mT @ u.unsqueeze(2)).squeeze(2), eps=self.eps)
        return u, v


def _even(matrix: Tensor) -> Tensor:
    """The unit vector of equal entries for each member, (member, in)."""
    return matrix.new_full((matrix.shape[0], matrix.shape[2]), matrix.shape[2] ** -0.5)
