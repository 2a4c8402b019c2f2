"""Omega: recurrent weights are pushed to keep the norm of the gradient from one time step to the one before."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal, NamedTuple

import torch
from torch import Tensor

from gradx.base.part import said
from gradx.optim.base import NonNegative, Regularization
from gradx.optim.problem import Problem
from gradx.tensors.axes import Float
from gradx.tensors.members import aligned
from gradx.tensors.norms import l2
from gradx.tensors.taps import Tapped

Rows = Float[Tensor, "member row unit"]  # a row for each example at each time step
ARCHITECTURES = ("rnn", "irnn")
SEARCHES = ("lbfgs", "hessian_free")


class Omega(Regularization):
    """Asks that back-propagated gradients keep their length through time, in the directions that they have.

        Omega = sum_k (|dE/dx_{k+1} dx_{k+1}/dx_k| / |dE/dx_{k+1}| - 1)^2
        grad of W_hh += weight * d Omega / d W_hh, with dE/dx_{k+1} and x_k held

    x_k is the pre-activation, dx_{k+1}/dx_k = W_hh diag(phi'(x_k)), k = 1 .. T - 1; averaged over examples and summed
    over layers. Nothing else gets a gradient, and nothing is added to the loss. A step at which an example has no
    gradient is left out.

    `form: code` is what the authors released, which is not what the paper says: gradients of hidden states, squared
    norms, and the mean over time steps k = 1 .. T in place of the sum,

        Omega = mean_k (|dE/dh_k dh_k/dh_{k-1}|^2 / |dE/dh_k|^2 - 1)^2

    Reference: Pascanu, Mikolov, Bengio 2013, arXiv:1211.5063, eq. 9-10; github.com/pascanur/trainingRNNs, RNN.py.
    """

    kind: Literal["omega"] = "omega"
    weight: NonNegative = 4.0  # theirs, on temporal order
    form: Literal["equation", "code"] = "equation"
    needs_taps: ClassVar[bool] = True

    @classmethod
    def misfits(cls, data: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
        place: tuple[str | int, ...] = ("regularization",)
        if (kind := said(data, "architecture")) is not None and kind not in ARCHITECTURES:
            offer = ", ".join(ARCHITECTURES)
            yield place, f"regularization omega is for plain recurrent layers, not for {kind} (allowed here: {offer})"
        if (norm := said(data, "normalization", default="none")) != "none":
            yield place, f"regularization omega does not know the derivative through normalization {norm}"
        if (search := said(data, "optimizer")) in SEARCHES:
            yield place, f"regularization omega is no loss that optimizer {search} could search along"

    def pull(self, params: Tensor, problem: Problem) -> Tensor:
        layout, views = problem.layout, problem.layout.views(params)
        found = {name: torch.zeros_like(weight) for name, weight in views.items()}
        for slot in layout.slots:
            if slot.role == "recurrent":
                weight = views[slot.name].detach()
                left, right = self._factors(problem, slot.layer, weight)
                found[slot.name] = torch.bmm(left.mT, right) * aligned(self.weight, weight)
        return layout.flatten(found).to(params.dtype)

    def _factors(self, problem: Problem, layer: int, weight: Float[Tensor, "member width width"]) -> tuple[Rows, Rows]:
        """left and right, whose product left^T right is the derivative of Omega with respect to `weight`."""
        assert problem.activation is not None
        states = _series(problem, layer, "hidden")
        slope = problem.activation.slope(states.inputs).to(weight.dtype)
        if self.form == "equation":
            ahead = _unit(_series(problem, layer, "preactivation").gradient[1:], weight.dtype)
            right, slope = ahead.direction, _rows(slope[:-1])
            back = torch.bmm(right, weight.mT) * slope
            growth = l2(back, -1).unsqueeze(-1)
            # growth 0: all units are flat, and no change of the weights makes a difference
            factor = torch.where(growth > 0, (growth - 1) / growth, 0.0) * (2 / states.inputs.shape[2])
            return back * slope * (factor * ahead.there).to(weight.dtype), right
        here = _unit(states.gradient, weight.dtype)
        right = here.direction * _rows(slope)
        back = torch.bmm(right, weight.mT)
        factor = 4 * (l2(back, -1).square().unsqueeze(-1) - 1) / here.there.sum(1, keepdim=True).clamp(min=1)
        return back * (factor * here.there).to(weight.dtype), right


class _Unit(NamedTuple):
    """Gradients divided by their lengths, and where there are any: 1.0, else 0.0, (member, row, 1) in float64."""

    direction: Rows
    there: Tensor


def _unit(gradient: Float[Tensor, "time member batch unit"], dtype: torch.dtype) -> _Unit:
    gradient = _rows(gradient)
    length = l2(gradient, -1).unsqueeze(-1)
    there = length >= torch.finfo(gradient.dtype).tiny  # below, a subnormal number has few digits left
    largest = gradient.abs().amax(-1, keepdim=True)
    scaled = gradient / largest.where(there, 1.0)  # in two steps, as the length may be out of the gradient's range
    return _Unit((scaled / (length / largest.double()).where(there, 1.0)).where(there, 0.0).to(dtype), there.double())


def _series(problem: Problem, layer: int, kind: str) -> Tapped:
    """The gradients of one kind in one recurrent layer."""
    return next(
        each
        for each in problem.tapped
        if (each.series.axis, each.series.kind, each.series.layer) == ("time", kind, layer)
    )


def _rows(x: Float[Tensor, "time member batch unit"]) -> Rows:
    return x.transpose(0, 1).flatten(1, 2)
