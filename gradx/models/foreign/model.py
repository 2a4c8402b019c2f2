"""`Foreign`: a user's `torch.nn.Module` as an architecture; its members run one after another."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import ClassVar, Literal

import torch
from pydantic import JsonValue
from torch import Tensor

from gradx.base.errors import Problem, SpecError
from gradx.models.base import Dims, Footprint, Model, Weights
from gradx.models.foreign.blueprint import Blueprint, blueprint
from gradx.models.foreign.side_by_side import SideBySide
from gradx.models.foreign.target import TargetError, built, text
from gradx.models.foreign.watched import Call, Watched
from gradx.models.passes import Output, Pass
from gradx.tensors.layout import Slot
from gradx.tensors.mode import EVALUATION, Mode
from gradx.tensors.shapes import Image, Sequence
from gradx.tensors.taps import Series

DRAWS = 1 << 24  # a float32 number drawn from [0, 1) is one of so many


class Foreign(Model):
    """`target(**args)`, which maps x (batch, *input) to (batch, outputs) or (batch, steps, outputs)."""

    kind: Literal["custom"] = "custom"
    target: str
    args: dict[str, JsonValue]
    uses: ClassVar[frozenset[str]] = frozenset()
    reads: ClassVar[tuple[type, ...]] = (Image, Sequence)
    answers_every_step: ClassVar[bool] = True  # whether it does is seen when it is called on zeros

    def slots(self, dims: Dims) -> list[Slot]:
        plan = self._blueprint(dims)
        return [plan.slot(name, each) for name, each in plan.module.named_parameters() if each.requires_grad]

    def buffers(self, dims: Dims) -> list[Slot]:
        plan = self._blueprint(dims)
        return [plan.slot(name, each, "buffer") for name, each in _kept(plan).items() if _own(name, each)]

    def initial(self, dims: Dims, seeds: list[int]) -> dict[str, Tensor] | None:
        names = [slot.name for slot in [*self.slots(dims), *self.buffers(dims)]]
        members = [built(self.target, text(self.args), seed) for seed in seeds]
        found = [{**dict(each.named_parameters()), **dict(each.named_buffers())} for each in members]
        return {name: torch.stack([values[name].detach().double() for values in found]) for name in names}

    def forward(self, dims: Dims, weights: Weights, x: Tensor, mode: Mode = EVALUATION) -> tuple[Output, list[Series]]:
        """Without taps: those of the members come together in `run`."""
        return torch.stack([output for output, _ in self._members(dims, weights, x, mode, watch=False)]), []

    def run(self, dims: Dims, weights: Weights, x: Tensor, mode: Mode = EVALUATION) -> Pass:
        members = list(self._members(dims, weights, x, mode, watch=torch.is_grad_enabled()))
        outputs, calls = [output for output, _ in members], [calls for _, calls in members]
        return SideBySide(outputs, calls, weights, self._blueprint(dims))

    def footprint(self, dims: Dims) -> Footprint:
        return self._blueprint(dims).footprint

    def notes(self, dims: Dims) -> dict[str, str]:
        fused = self._blueprint(dims).fused
        keeps = "keeps its time steps to itself" if len(fused) == 1 else "keep their time steps to themselves"
        return {"profile.time": f"not available: {' and '.join(fused)} {keeps}"} if fused else {}

    def _blueprint(self, dims: Dims) -> Blueprint:
        try:
            return blueprint(self.target, text(self.args), dims.input, dims.outputs, dims.scored)
        except TargetError as error:
            raise SpecError([Problem(f"architecture custom: {error}", path="architecture.target")]) from error

    def _members(
        self, dims: Dims, weights: Weights, x: Tensor, mode: Mode, watch: bool
    ) -> Iterator[tuple[Tensor, list[Call]]]:
        """Of each member the output (batch, scored, output), and with `watch` what its layers gave."""
        plan = self._blueprint(dims)
        plan.module.train(mode.training)
        unbound = {name: weight.unbind() for name, weight in weights.items()}  # its backward is one stack
        common = {name: each.detach().to(x.device) for name, each in _kept(plan).items()}
        seeds, dtype = _seeds(plan, x, mode), next(iter(weights.values())).dtype
        for member, given in enumerate(x.unbind()):
            own = {name: values[member] for name, values in unbound.items()}
            kept = {name: _of_member(mode.buffers.get(name), member, each, dtype) for name, each in common.items()}
            state, watched = {**own, **kept}, Watched(plan.module, plan.copied)
            with watched if watch else nullcontext(), _drawing(seeds[member] if seeds else None, x.device):
                output = torch.func.functional_call(plan.module, state, (given,))
            if mode.training:
                _keep(mode.buffers, member, state)
            yield plan.scored(output), plan.inside(watched.calls, output)


def _kept(plan: Blueprint) -> dict[str, Tensor]:
    """What a module needs beside its trained parameters: buffers, and parameters that are frozen."""
    frozen = {name: each for name, each in plan.module.named_parameters() if not each.requires_grad}
    return {**frozen, **dict(plan.module.named_buffers())}


def _own(name: str, value: Tensor) -> bool:
    """Whether each member has its own of something kept: tables of whole numbers are the same for all of them."""
    return value.is_floating_point() or name.endswith("num_batches_tracked")


def _of_member(kept: Tensor | None, member: int, common: Tensor, dtype: torch.dtype) -> Tensor:
    """A member's own buffer, a copy: autograd may remember what the module then overwrites."""
    if kept is None:
        return common.to(dtype) if common.is_floating_point() else common
    return kept[member].to(dtype if common.is_floating_point() else common.dtype, copy=True)


def _keep(buffers: Mapping[str, Tensor], member: int, state: Mapping[str, Tensor]) -> None:
    """Takes over what the module has written into its buffers."""
    with torch.no_grad():
        for name, kept in buffers.items():
            kept[member].copy_(state[name])


def _seeds(plan: Blueprint, x: Tensor, mode: Mode) -> list[int] | None:
    """A seed for each member's random numbers of this pass; None where there is nothing to draw."""
    if not plan.random or not mode.training or mode.draw is None:
        return None
    return [int(drawn * DRAWS) for drawn in mode.draw((x.shape[1],))[:, 0].tolist()]  # sync


@contextmanager
def _seeded(seed: int, device: torch.device) -> Iterator[None]:
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        yield


def _drawing(seed: int | None, device: torch.device) -> AbstractContextManager[None]:
    return nullcontext() if seed is None else _seeded(seed, device)
