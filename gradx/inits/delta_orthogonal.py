"""The `delta_orthogonal` initialization."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal

from torch import Tensor

from gradx.base.errors import Problem, SpecError
from gradx.base.part import said
from gradx.inits.base import Draw, Init
from gradx.inits.haar import orthogonal
from gradx.tensors.layout import Slot


class DeltaOrthogonal(Init):
    """Convolutions whose centre is an orthogonal matrix and all else zero: they keep every signal's norm, at any depth.

    W = gain Q at the centre of the kernel, Q (out, in) with Q^T Q = 1; W = 0 beside it. The readout is orthogonal.

    Equivalent to `torch.nn.init.orthogonal_` on the centre of a convolution of zeros.
    Reference: Xiao et al. 2018, arXiv:1806.05393, algorithm 1 (10,000 layers without skip or normalization).
    """

    kind: Literal["delta_orthogonal"] = "delta_orthogonal"
    whole: ClassVar[bool] = True

    @classmethod
    def misfits(cls, data: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
        yield from super().misfits(data)
        architecture = said(data, "architecture")
        if isinstance(architecture, str) and architecture != "cnn":
            yield (
                ("init",),
                f"init delta_orthogonal draws convolutions, which architecture {architecture} does not have",
            )

    def weight(self, slot: Slot, shape: tuple[int, ...], draw: Draw) -> Tensor:
        drawn = orthogonal(shape[:2], draw)
        if len(shape) == 2:
            return drawn
        out, inside = shape[:2]
        if out < inside:
            message = f"init delta_orthogonal cannot keep the norm of {inside} channels in {out}: make 'width' larger"
            raise SpecError([Problem(message, path="width")])
        weight = drawn.new_zeros(draw.members, *shape)
        weight[..., (shape[2] - 1) // 2, (shape[3] - 1) // 2] = drawn
        return weight
