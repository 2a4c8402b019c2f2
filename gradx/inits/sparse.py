"""The `sparse` initialization."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

import torch
from pydantic import Field
from torch import Tensor

from gradx.base.part import Varies, said
from gradx.inits.base import Draw, Init, scaled
from gradx.tensors.layout import Slot


class Sparse(Init):
    """A few Gaussian weights into each unit, all others zero: units differ, and none saturates because it has many.

    W ~ N(0, (gain std)^2) for `k` random inputs of each unit (for all, where there are fewer), 0 for the others.

    With `spectral_radius` r the recurrent matrices are scaled: W_hh <- W_hh r / max |eigenvalue|. Pascanu's "smart
    tanh" is `recurrent: {kind: sparse, spectral_radius: 0.95}` beside weights of standard deviation 0.01.

    Equivalent to `torch.nn.init.sparse_` with sparsity 1 - k / in, on a weight of shape (in, out).
    Reference: Martens 2010, Deep learning via Hessian-free optimization, section 5; spectral radius: Sutskever et al.
    2013, On the importance of initialization and momentum in deep learning, section 4; Pascanu et al. 2013,
    arXiv:1211.5063, section 4.1.
    """

    kind: Literal["sparse"] = "sparse"
    k: Annotated[int, Field(ge=1)] = 15  # Martens's number
    std: Annotated[Varies[float], Field(ge=0)] = 1.0
    spectral_radius: Annotated[Varies[float | None], Field(ge=0)] = None

    @classmethod
    def misfits(cls, data: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
        yield from super().misfits(data)
        architecture = said(data, "architecture")
        if said(data, "init", "spectral_radius") is not None and architecture in ("mlp", "cnn", "transformer"):
            message = f"architecture {architecture} has no recurrent weights and does not use 'spectral_radius'"
            yield ("init", "spectral_radius"), message

    def weight(self, slot: Slot, shape: tuple[int, ...], draw: Draw) -> Tensor:
        weight = scaled(draw.normal(shape), self.std) * _chosen(shape, self.k, draw)
        if self.spectral_radius is None or slot.role != "recurrent":
            return weight
        radius = torch.linalg.eigvals(weight).abs().amax(-1, keepdim=True).clamp(min=1e-300)
        return scaled(weight, self.spectral_radius / radius)


def _chosen(shape: tuple[int, ...], k: int, draw: Draw) -> Tensor:
    """1 for k random inputs of each unit, 0 for the others, (member, *shape)."""
    keys = draw.uniform(shape)
    by_unit = keys if len(shape) == 2 else keys.flatten(2).mT  # (member, input, unit); a convolution's unit comes first
    chosen = torch.zeros_like(by_unit)
    chosen.scatter_(1, by_unit.topk(min(k, by_unit.shape[1]), dim=1).indices, 1.0)
    return chosen if len(shape) == 2 else chosen.mT.reshape(keys.shape)
