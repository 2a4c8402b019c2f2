"""Batch normalization."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field
from torch import Tensor
from torch.nn import functional

from gradx.normalizations.base import OfSignals
from gradx.tensors.layout import Slot
from gradx.tensors.mode import Mode


class BatchNorm(OfSignals):
    """Batch normalization: every channel gets mean 0 and variance 1 over the batch (and the space of a convolution).

        N(z) = weight * (z - mean(z)) / sqrt(var(z) + eps) + bias
        running <- (1 - momentum) running + momentum (mean, unbiased var), which stand in for both in evaluation

    In training the variance is the biased one of the batch. In a deep plain network the gradient then explodes: its
    square by (B - 2) / (B - 3) a layer for linear units, by pi / (pi - 1) for relu and large batches, whatever the
    weights. In mlp and cnn a linear map in front of it has no bias, which would be idle. Equivalent to
    `torch.nn.BatchNorm1d` and `torch.nn.BatchNorm2d`.

    Reference: Ioffe, Szegedy 2015, arXiv:1502.03167, algorithms 1 and 2; the explosion: Yang et al. 2019,
    arXiv:1902.08129, theorem 8 and eq. 25.
    """

    kind: Literal["batch"] = "batch"
    momentum: Annotated[float, Field(ge=0, le=1)] = 0.1  # of the newest batch in the running statistics
    recurrent: ClassVar[bool] = True
    batch_statistics: ClassVar[bool] = True

    def buffers(self, name: str, layer: int, channels: int) -> list[Slot]:
        return [
            Slot(f"{name}.{which}", (channels,), "buffer", layer, channels, channels, 0.0, start=start)
            for which, start in (("running_mean", 0.0), ("running_var", 1.0))
        ]

    def normalized(self, x: Tensor, name: str, mode: Mode) -> Tensor:
        kept = [mode.buffers.get(f"{name}.{which}") for which in ("running_mean", "running_var")]
        mean, var = (None if each is None else each.flatten().clone() for each in kept)
        members, batch = x.shape[:2]
        flat = x.transpose(0, 1).reshape(batch, -1, *x.shape[3:])  # the channels of all members side by side
        normal = functional.batch_norm(flat, mean, var, training=mode.training, momentum=self.momentum, eps=self.eps)
        if mode.training:
            for own, new in zip(kept, (mean, var), strict=True):
                if own is not None and new is not None:
                    own.copy_(new.view_as(own))
        return normal.view(batch, members, *x.shape[2:]).transpose(0, 1)

    @classmethod
    def misfits(cls, data: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
        if data.get("batch_size") == 1:
            yield ("batch_size",), "normalization batch needs a batch_size of at least 2 (got 1)"
