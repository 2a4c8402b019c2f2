"""Group normalization."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field
from torch import Tensor
from torch.nn import functional

from gradx.base.part import said
from gradx.normalizations.base import OfSignals
from gradx.tensors.mode import Mode

WIDTH = 64  # of a spec that says none


class GroupNorm(OfSignals):
    """Group normalization: each group of neighbouring channels of each example gets mean 0 and variance 1.

        N(z) = weight * (z - mean(z)) / sqrt(var(z) + eps) + bias, mean and variance over a group (and space)

    One group is layer normalization; as many groups as channels, in a convolutional network, instance normalization.
    Equivalent to `torch.nn.GroupNorm`.

    Reference: Wu, He 2018, arXiv:1803.08494, eq. 7.
    """

    kind: Literal["group"] = "group"
    groups: Annotated[int, Field(ge=1)] = 8  # the paper's 32 is meant for hundreds of channels

    def normalized(self, x: Tensor, name: str, mode: Mode) -> Tensor:
        return functional.group_norm(x.flatten(0, 1), self.groups, eps=self.eps).view(x.shape)

    @classmethod
    def misfits(cls, data: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
        groups = said(data, "normalization", "groups", cls.model_fields["groups"].default)
        width = data.get("width", WIDTH)
        if type(groups) is not int or type(width) is not int or groups < 1 or width < 1:
            return  # said elsewhere
        if width % groups:
            yield ("normalization",), f"width {width} cannot be divided into {groups} groups of equal size"
        elif width == groups and said(data, "architecture") != "cnn":
            yield ("normalization",), f"{groups} groups of one unit each: what is normalized would always be 0"
