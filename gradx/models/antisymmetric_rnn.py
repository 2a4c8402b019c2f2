"""The `antisymmetric_rnn` architecture."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor

from gradx.base.part import Varies
from gradx.models.base import Dims, Weights
from gradx.models.inner import Inner
from gradx.models.recurrent import Gates, Recurrent, State
from gradx.tensors.members import like


class AntisymmetricRNN(Recurrent):
    """Recurrent network as Euler steps of a stable differential equation, stacked `depth` times.

    h_t = h_{t-1} + epsilon phi(x_t W_ih + b_ih + h_{t-1} (W_hh - W_hh^T - gamma I) + b_hh), h_0 = 0.

    The eigenvalues of W - W^T - gamma I are -gamma + i w, so a step multiplies the gradient along an eigenvector by
    |1 + epsilon (-gamma + i w)| where phi' = 1. Its square is 1 - 2 epsilon gamma + epsilon^2 (gamma^2 + w^2): stable
    if and only if epsilon <= 2 gamma / (gamma^2 + w^2). With gamma = 0 the gradient slowly grows.

    Equivalent to no module of torch.
    Reference: Chang, Chen, Haber, Chi 2019, arXiv:1902.09689, eq. 11.
    """

    kind: Literal["antisymmetric_rnn"] = "antisymmetric_rnn"
    epsilon: Varies[Annotated[float, Field(gt=0)]] = 0.1  # the step size; the authors search 0.01 to 1
    gamma: Varies[Annotated[float, Field(ge=0)]] = 0.01  # the diffusion; the authors search 0.001 to 0.1
    operations: ClassVar[int] = 4
    kept: ClassVar[int] = 10
    default_activation: ClassVar[str | None] = "tanh"

    def step(self, dims: Dims, z: Gates, state: State, inner: Inner) -> State:
        assert dims.activation is not None
        h = state[0]
        return (torch.addcmul(h, inner.weights["epsilon"], dims.activation(inner.added(z, h))),)

    def inner(self, dims: Dims, weights: Weights, name: str) -> Mapping[str, Tensor]:
        weight = weights[f"{name}.weight_hh"]
        one = torch.eye(dims.width, dtype=weight.dtype, device=weight.device)
        epsilon, gamma = (like(value, weight).view(-1, 1, 1) for value in (self.epsilon, self.gamma))
        return {"weight_hh": weight - weight.mT - gamma * one, "epsilon": epsilon}
