"""`Explicit`: a training step whose network is a function of the parameters, for rules that ask for curvature."""

from collections.abc import Callable
from functools import cached_property

import torch
from common.unasked import Unasked
from torch import Tensor

from gradx.tensors.layout import Layout, Slot


class Explicit(Unasked):
    """The loss is the mean over examples of `loss` of `outputs`; products are by dense matrices.

    Args:
        params: the present ones, (member, parameter).
        outputs: params (member, parameter) to (member, example, output); members do not meet.
        loss: outputs to (member, example).
    """

    def __init__(
        self, params: Tensor, outputs: Callable[[Tensor], Tensor], loss: Callable[[Tensor], Tensor] | None = None
    ) -> None:
        self.params, self._outputs = params, outputs
        self._loss = loss or (lambda output: output.squeeze(2))
        size = params.shape[1]
        self.layout = Layout([Slot("weight", (size, 1), "weight", 1, size, 1, 1.0)])
        self.evaluations = 0

    @property
    def norms(self) -> Tensor:
        return self.layout.norms(self.gradient(self.params)[1])

    def losses(self, params: Tensor) -> Tensor:
        self.evaluations += 1
        return self._loss(self._outputs(params)).mean(1).detach()

    def gradient(self, params: Tensor) -> tuple[Tensor, Tensor]:
        self.evaluations += 1
        leaf = params.detach().requires_grad_()
        with torch.enable_grad():
            losses = self._loss(self._outputs(leaf)).mean(1)
            return losses.detach(), torch.autograd.grad(losses.sum(), leaf)[0]

    def gauss_newton(self, vector: Tensor) -> Tensor:
        return (self.matrix @ vector.unsqueeze(2)).squeeze(2)

    @cached_property
    def matrix(self) -> Tensor:
        """J'H J of every member, (member, parameter, parameter)."""
        members, size = self.params.shape
        output = self._outputs(self.params).detach()
        flat = torch.autograd.functional.jacobian(self._outputs, self.params).reshape(members, -1, members, size)
        curvature = torch.autograd.functional.hessian(lambda o: self._loss(o).mean(1).sum(), output)
        curvature = curvature.reshape(members, flat.shape[1], members, flat.shape[1])
        one = range(members)
        return torch.stack([flat[m, :, m].T @ curvature[m, :, m] @ flat[m, :, m] for m in one])
