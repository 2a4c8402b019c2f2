"""The `lsuv` initialization."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor

from gradx.base.part import said
from gradx.inits.base import Draw, Init, Probe, scaled
from gradx.inits.haar import orthogonal
from gradx.tensors.layout import Slot


class LSUV(Init):
    """Layer-sequential unit variance: orthonormal weights, scaled until each layer's pre-activations have variance 1.

    W = Q, Q as in `orthogonal`; then for l = 1, 2 ...: W_l <- W_l / std(z_l) until |var(z_l) - 1| < tol, at most
    max_iter times. With a `gain` the variance wanted is gain^2.

    The variance is that over units, places and the first batch of an own stream. The readout stays orthonormal.

    Equivalent to `torch.nn.init.orthogonal_`, with one factor for each layer.
    Reference: Mishkin, Matas 2016, arXiv:1511.06422, algorithm 1.
    """

    kind: Literal["lsuv"] = "lsuv"
    whole: ClassVar[bool] = True
    tol: Annotated[float, Field(gt=0, lt=1)] = 0.1  # the authors' own
    max_iter: Annotated[int, Field(ge=1, le=1000)] = 10  # without biases one will do

    @classmethod
    def misfits(cls, data: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
        yield from super().misfits(data)
        architecture = said(data, "architecture")
        if isinstance(architecture, str) and architecture not in ("mlp", "cnn"):
            yield (
                ("init",),
                f"init lsuv goes layer by layer through mlp and cnn, not through architecture {architecture}",
            )
        for key in ("residual", "normalization"):
            if (other := said(data, key, default="none")) != "none":
                yield ("init",), f"init lsuv is for plain networks: it does not go with {key} {other}"

    def weight(self, slot: Slot, shape: tuple[int, ...], draw: Draw) -> Tensor:
        return orthogonal(shape, draw)

    def adapt(self, values: dict[str, Tensor], slots: Sequence[Slot], probe: Probe) -> None:
        wanted = torch.as_tensor(self.gain, dtype=torch.float64).abs().flatten()
        for layer in sorted(probe(values)):
            names = [slot.name for slot in slots if slot.layer == layer and slot.multiplied]
            for _ in range(self.max_iter):
                ratio = probe(values)[layer] / wanted
                far = (ratio.square() - 1).abs() >= self.tol  # a member that is there stays, whatever its companions do
                far &= ratio.isfinite() & (ratio > 0)  # layers that pass nothing on cannot be helped
                if not far.any():
                    break
                factor = torch.where(far, 1 / ratio, 1.0).unsqueeze(1)
                for name in names:
                    values[name] = scaled(values[name], factor)
