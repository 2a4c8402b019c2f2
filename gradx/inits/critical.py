"""The `critical` initialization."""

from collections.abc import Iterator, Mapping
from functools import cache
from math import sqrt
from typing import Any, ClassVar, Literal

import torch
from pydantic import TypeAdapter, ValidationError
from torch import Tensor

from gradx.activations import Activation, AnyActivation
from gradx.base.errors import Problem, SpecError
from gradx.base.part import said
from gradx.inits.base import Draw, Init
from gradx.tensors.layout import Slot
from gradx.theory.meanfield import Point, critical, line
from gradx.theory.quadrature import Array, Function


class Critical(Init):
    """Weights on the line between order and chaos: in a wide plain network gradients neither vanish nor explode.

    W ~ N(0, gain^2 sigma_w^2 / fan_in), b ~ N(0, bias_std^2), where for the experiment's activation phi
    chi_1 = sigma_w^2 E phi'(z)^2 = 1, z ~ N(0, q), q = sigma_w^2 E phi(z)^2 + bias_std^2.

    tanh: sigma_w^2 = 1 at bias_std 0, 1.761 at bias_std^2 = 0.05. relu: 2 at any bias (its variance then grows by
    bias_std^2 a layer). sigmoid: 103.0. No such point has softplus, gelu below bias_std 0.416, silu below 0.745.
    A `gain` other than 1 leaves the line: below it gradients vanish, above it they explode. A cnn with zero padding is
    a little below it: what lies at the border of a small image has fewer neighbours.

    Equivalent to `torch.nn.init.normal_` with std = sigma_w / sqrt(fan_in).
    Reference: Poole et al. 2016, arXiv:1606.05340; Schoenholz et al. 2017, arXiv:1611.01232, section 3.
    """

    kind: Literal["critical"] = "critical"
    whole: ClassVar[bool] = True

    @classmethod
    def misfits(cls, data: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
        yield from super().misfits(data)
        architecture = said(data, "architecture")
        if isinstance(architecture, str) and architecture not in ("mlp", "cnn"):
            yield ("init",), f"init critical is for layers of mlp and cnn, not for architecture {architecture}"
        activation, bias_std = data.get("activation"), said(data, "init", "bias_std", 0.0)
        if activation is None or not isinstance(bias_std, int | float):
            return
        try:
            sigma(TypeAdapter[Activation](AnyActivation).validate_python(activation), bias_std)
        except ValidationError:  # told where it stands
            return
        except SpecError as error:
            yield ("init",), error.problems[0].message

    def weight(self, slot: Slot, shape: tuple[int, ...], draw: Draw) -> Tensor:
        return draw.normal(shape) / sqrt(slot.fan_in)

    def at(self, activation: Activation | None) -> Init:
        """A copy whose `gain` is multiplied by sigma_w. Raises SpecError where there is no critical point."""
        if activation is None:
            raise SpecError([Problem("init critical needs an activation", path="init")])
        stds = torch.as_tensor(self.bias_std, dtype=torch.float64)
        sigmas = torch.tensor([sigma(activation, std) for std in stds.flatten().tolist()], dtype=torch.float64)
        return self.model_copy(update={"gain": self.gain * sigmas.view(-1, 1)})


@cache
def sigma(activation: Activation, bias_std: float) -> float:
    """sigma_w of the critical point. Raises SpecError where there is none."""
    point = critical(*_functions(activation), bias_std**2, _line(activation))
    if point is not None:
        return sqrt(point.weight_variance)
    possible = [each.bias_variance for each in _line(activation) if each.bias_variance > 0 and each.stability < 1]
    message = f"activation {activation.kind} has no critical point at bias_std {bias_std:g}"
    message += f" (there is one at {sqrt(min(possible)):.2g})" if possible else ", nor at any other"
    raise SpecError([Problem(message, path="init.bias_std")])


@cache
def _line(activation: Activation) -> list[Point]:
    return line(*_functions(activation))


def _functions(activation: Activation) -> tuple[Function, Function]:
    """phi and phi' of float64 arrays."""

    def phi(z: Array) -> Array:
        result: Array = activation(torch.from_numpy(z)).numpy()
        return result

    def slope(z: Array) -> Array:
        result: Array = activation.slope(torch.from_numpy(z)).numpy()
        return result

    return phi, slope
