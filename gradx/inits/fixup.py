"""The `fixup` initialization."""

from collections.abc import Iterator, Mapping
from math import sqrt
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor

from gradx.base.part import said
from gradx.inits.base import Draw, Init
from gradx.tensors.layout import Slot


class FixupInit(Init):
    """Small weights in residual branches, so that updates do not grow with depth and no normalization is needed.

    W ~ N(0, gain^2 L^(-1 / (m - 1)) 2 / fan_in) in the L branches of m layers (He's times L^(-1 / (2 m - 2))),
    W = 0 in the last layer of every branch and in the readout, W ~ N(0, gain^2 2 / fan_in) elsewhere.

    Its other half, the trained scalars, is `residual: fixup`; it also goes with `residual: identity`.

    Equivalent to `torch.nn.init.kaiming_normal_` times the factor, and to `zeros_`.
    Reference: Zhang, Dauphin, Ma 2019, arXiv:1901.09321, section 3, rules 1 and 2.
    """

    kind: Literal["fixup"] = "fixup"
    whole: ClassVar[bool] = True

    @classmethod
    def misfits(cls, data: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
        yield from super().misfits(data)
        residual = said(data, "residual", default="none")
        layers = said(data, "residual", "branch_layers", 2 if residual == "fixup" else 1)
        if residual == "none":
            yield (
                ("init",),
                "init fixup scales branches of 2 layers: it needs residual fixup, or another with branch_layers: 2",
            )
        elif isinstance(layers, int) and layers < 2:
            yield ("init",), f"init fixup needs branches of 2 layers or more: residual.branch_layers is {layers}"

    def weight(self, slot: Slot, shape: tuple[int, ...], draw: Draw) -> Tensor:
        branch = slot.branch
        normal = draw.normal(shape) * sqrt(2 / slot.fan_in)
        if slot.final or (branch is not None and branch.place == branch.layers):
            return torch.zeros_like(normal)
        return normal if branch is None else normal * branch.blocks ** (-1 / (2 * branch.layers - 2))
