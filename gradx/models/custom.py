"""The `custom` architecture."""

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any, ClassVar, Literal

from pydantic import Field, JsonValue, field_validator
from torch import Tensor

from gradx.activations import Activation
from gradx.base.part import said
from gradx.models.base import DEPTH, WIDTH, Dims, Footprint, Model, Weights
from gradx.models.foreign import Foreign
from gradx.models.foreign.target import TargetError, architecture, built, is_ours, loaded, text
from gradx.models.passes import Output, Pass
from gradx.tensors.layout import Slot
from gradx.tensors.mode import EVALUATION, Mode
from gradx.tensors.shapes import Image, Scored, Sequence
from gradx.tensors.taps import Series

Misfits = Iterator[tuple[tuple[str | int, ...], str]]


class Custom(Model):
    """Your own network: `target: package.module:Class`, made with `args`; the current directory is looked into first.

        output = Class(**args)(x)

    A subclass of `gradx.models.Model` is used as ours are, keys and all. Any `torch.nn.Module` (or function that gives
    one) maps x, (batch, channels, height, width) or (batch, steps, features) or class numbers (batch, steps), to
    (batch, outputs) or (batch, steps, outputs), of which the last steps count. It keeps the initial values that it
    draws, each member by its own seed, and its buffers; members run one after another. Whether an answer at every time
    step is from the past alone is up to you.

    Layers are its modules that have weights, as first called; `preactivation` is what they give (in all their calls
    together; of nn.LSTM and its kind without what comes back through time, which they keep to themselves: there is no
    time profile), `output` what an activation module gives behind them. What gives the output is no layer of the
    profile. The run id knows target and args, not your code: after a change of it use `--force`.
    Equivalent to `torch.nn.Module` called on its own.
    Reference: none needed; gradients of inner tensors by hooks: PyTorch, `torch.nn.Module.register_forward_hook`.
    """

    kind: Literal["custom"] = "custom"
    target: str
    args: dict[str, JsonValue] = Field(default={})
    uses: ClassVar[frozenset[str]] = frozenset()
    reads: ClassVar[tuple[type, ...]] = (Image, Sequence)

    @field_validator("args", mode="after")
    @classmethod
    def _plain(cls, args: dict[str, JsonValue]) -> dict[str, JsonValue]:
        for name, value in args.items():
            if not _is_said(value):
                raise ValueError(f"{name}: leave out what is null, and give finite numbers only")
        return args

    @classmethod
    def meant(cls, given: Any) -> type[Model]:
        target = said({"architecture": given}, "architecture", "target")
        try:
            found = loaded(target) if isinstance(target, str) else None
        except TargetError:
            return Foreign  # `misfits` says why
        return found if isinstance(found, type) and issubclass(found, Model) else Foreign

    @classmethod
    def hindrance(cls, given: Any, scored: Scored) -> str | None:
        args = said({"architecture": given}, "architecture", "args", {})
        return cls.meant(given).hindrance(args if isinstance(args, Mapping) else {}, scored)

    @classmethod
    def misfits(cls, data: Mapping[str, Any]) -> Misfits:
        target, args = said(data, "architecture", "target"), said(data, "architecture", "args", {})
        if not isinstance(target, str) or not isinstance(args, Mapping) or not all(map(_is_said, args.values())):
            return  # pydantic says what is wrong
        try:
            found = loaded(target)
        except TargetError as error:
            yield ("architecture", "target"), str(error)
            return
        try:
            if is_ours(found):
                own = architecture(target, text(args))
                for path, message in own.misfits({**data, "architecture": {**args, "kind": own.kind}}):
                    yield ("architecture", "args", *path[1:]) if path[:1] == ("architecture",) else path, message
            else:
                built(target, text(args), 0)
                yield from _unused(data)
        except TargetError as error:
            yield ("architecture", "args" if args else "target"), str(error)

    @property
    def _model(self) -> Model:
        if is_ours(loaded(self.target)):
            return architecture(self.target, text(self.args))
        return Foreign(target=self.target, args=self.args)

    def slots(self, dims: Dims) -> list[Slot]:
        return self._model.slots(dims)

    def buffers(self, dims: Dims) -> list[Slot]:
        return self._model.buffers(dims)

    def initial(self, dims: Dims, seeds: list[int]) -> dict[str, Tensor] | None:
        return self._model.initial(dims, seeds)

    def adjust(self, dims: Dims, values: dict[str, Tensor]) -> None:
        self._model.adjust(dims, values)

    def forward(self, dims: Dims, weights: Weights, x: Tensor, mode: Mode = EVALUATION) -> tuple[Output, list[Series]]:
        return self._model.forward(dims, weights, x, mode)

    def run(self, dims: Dims, weights: Weights, x: Tensor, mode: Mode = EVALUATION) -> Pass:
        return self._model.run(dims, weights, x, mode)

    def judged_by(self, dims: Dims) -> Activation | None:
        return self._model.judged_by(dims)

    def by_hand(self, dims: Dims) -> bool:
        return self._model.by_hand(dims)

    def footprint(self, dims: Dims) -> Footprint:
        return self._model.footprint(dims)

    def notes(self, dims: Dims) -> dict[str, str]:
        return self._model.notes(dims)


def _unused(data: Mapping[str, Any]) -> Misfits:
    """Keys that a module has no use for: it has its own sizes and its own initial values."""
    for key, default in (("depth", DEPTH), ("width", WIDTH)):
        if data.get(key, default) != default:
            yield (key,), f"architecture custom does not use {key!r}: say it in architecture.args"
    usual = {"kind": "torch_default", "gain": 1, "bias_std": 0, "recurrent": None}
    if any(said(data, "init", field, value) not in (None, value) for field, value in usual.items()):
        yield ("init",), "architecture custom keeps the initial values of its module and does not use 'init'"


def _is_said(value: JsonValue) -> bool:
    """Whether a run's spec can say a value: null is left out of it, and JSON has no word for inf and NaN."""
    if isinstance(value, Mapping):
        return all(map(_is_said, value.values()))
    if isinstance(value, list):
        return all(each is None or _is_said(each) for each in value)
    return value is not None and not (isinstance(value, float) and not isfinite(value))
