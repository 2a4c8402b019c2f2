"""The residual block of Fixup."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

import torch
from pydantic import Field
from torch import Tensor

from gradx.base.part import said
from gradx.residuals.base import Residual, Weights, scalar_slot
from gradx.tensors.channels import per_channel
from gradx.tensors.layout import Slot


class Fixup(Residual):
    """A trained multiplier of the branch, and a trained scalar before each of its linear maps.

        z_{l+1} = z_l + scale * branch(phi(N(z_l))), a map of the branch: x -> W (x + shift) + b

    scale starts at 1, all shifts at 0. The scalars that the paper has before activations are part of the biases b
    here. Its other half, the scaling of the weights, is `init: fixup`.

    Reference: Zhang, Dauphin, Ma 2019, arXiv:1901.09321, section 3, rule 3.
    """

    kind: Literal["fixup"] = "fixup"
    branch_layers: Annotated[int, Field(ge=1, le=10)] = 2

    def slots(self, name: str, layer: int, blocks: int) -> list[Slot]:
        shifts = [scalar_slot(f"{each}.shift", "bias", layer, 0.0) for each in self.maps(name)]
        return [*shifts, scalar_slot(f"{name}.scale", "gain", layer, 1.0)]

    def shifted(self, x: Tensor, name: str, weights: Weights) -> Tensor:
        return x + per_channel(weights[f"{name}.shift"], x)

    def join(self, z: Tensor, branch: Tensor, name: str, blocks: int, weights: Weights) -> Tensor:
        return torch.addcmul(z, branch, per_channel(weights[f"{name}.scale"], z))

    @classmethod
    def misfits(cls, data: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
        yield from super().misfits(data)
        if said(data, "normalization") == "batch":
            yield (
                ("residual",),
                "residual fixup stands in for normalization batch, which would take its shifts away again",
            )
