"""The `seq2seq` architecture."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Annotated, Any, ClassVar, Literal

import torch
from pydantic import Field, TypeAdapter
from torch import Tensor

from gradx.activations import Activation, AnyActivation
from gradx.base.errors import Problem, SpecError
from gradx.base.part import parts, said, short_form
from gradx.models.antisymmetric_rnn import AntisymmetricRNN
from gradx.models.base import Dims, Footprint, Model, Weights, linear_slots
from gradx.models.gru import GRU
from gradx.models.indrnn import IndRNN
from gradx.models.inner import upwards
from gradx.models.irnn import IRNN
from gradx.models.lru import LRU
from gradx.models.lstm import LSTM
from gradx.models.mingru import MinGRU
from gradx.models.orthogonal_rnn import OrthogonalRNN
from gradx.models.passes import Output
from gradx.models.recurrent import InTime, Layer, Recurrent, features, read_out
from gradx.models.rnn import RNN
from gradx.tensors.axes import Float
from gradx.tensors.layout import Slot
from gradx.tensors.mode import EVALUATION, Mode
from gradx.tensors.shapes import Scored, Sequence
from gradx.tensors.taps import Kind, Series

AnyCell = Annotated[
    AntisymmetricRNN | GRU | IndRNN | IRNN | LRU | LSTM | MinGRU | OrthogonalRNN | RNN,
    Field(discriminator="kind"),
    short_form,
]
CELLS = {kind: cell for kind, cell in parts(AnyCell).items() if issubclass(cell, Recurrent)}

Answering = Float[Tensor, "member scored batch width"]


class Seq2Seq(Model):
    """Recurrent encoder and decoder, each `depth` layers of `cell`, with attention between them or without.

    With S = scored steps out of T: the encoder reads x_1 .. x_{T-S}; each layer of the decoder starts from the last
    state of the encoder's layer and reads x_{T-S+1} .. x_T; the answers are read out of its states h_t. With attention
    over the encoder's states e_s: a_ts = softmax_s(h_t . e_s), c_t = sum_s a_ts e_s, and the readout is that of
    tanh([c_t; h_t] W_c) in place of h_t.

    Without attention the gradient gets into the encoder through its last state alone and has to go back step by step;
    with it every state of the encoder gets some at once. The measured states are those of all T steps, the encoder's
    and then the decoder's. The decoder reads what the task gives at the scored steps (mostly blanks), not the right
    answers (no teacher forcing): so answers come about alike in training and in the test, and gradients go through
    the decoder alone. Since it reads before it answers it does no task that is scored at all steps (text, copying).
    A cell has its default activation, which cannot be changed here.

    Equivalent to `torch.nn.RNN` (GRU, LSTM) twice, the second with the first one's last state.
    Reference: Sutskever, Vinyals, Le 2014, arXiv:1409.3215; attention: Bahdanau, Cho, Bengio 2015, arXiv:1409.0473, in
    the form of Luong, Pham, Manning 2015, arXiv:1508.04025, eq. 5-8 (dot), without input feeding.
    """

    kind: Literal["seq2seq"] = "seq2seq"
    cell: AnyCell = GRU()
    attention: Literal["none", "dot"] = "none"
    reads: ClassVar[tuple[type, ...]] = (Sequence,)
    recurrent: ClassVar[bool] = True
    takes: ClassVar[frozenset[str]] = frozenset({"normalization", "dropout"})

    @classmethod
    def hindrance(cls, given: Any, scored: Scored) -> str | None:
        return "reads before it answers" if scored == "all" else None

    @property
    def states(self) -> tuple[Kind, ...]:
        """The parts of the state, by their tap's name."""
        return self.cell.states

    def slots(self, dims: Dims) -> list[Slot]:
        encoder, decoder = self._both(dims)
        slots = [*self.cell.stack_slots(encoder, "encoder"), *self.cell.stack_slots(decoder, "decoder")]
        if self.attention != "none":
            size = 2 * dims.width
            slots.append(
                Slot("attention.weight", (size, dims.width), "weight", dims.depth + 1, size, dims.width, size**-0.5)
            )
        return slots + linear_slots("readout", dims.depth + 1, dims.width, dims.outputs)

    def buffers(self, dims: Dims) -> list[Slot]:
        encoder, decoder = self._both(dims)
        return [*self.cell.stack_buffers(encoder, "encoder"), *self.cell.stack_buffers(decoder, "decoder")]

    def adjust(self, dims: Dims, values: dict[str, Tensor]) -> None:
        for part, stack in zip(self._both(dims), ("encoder", "decoder"), strict=True):
            for name in self.cell.layers(part, stack):
                self.cell.adjust_layer(part, name, values)

    def forward(self, dims: Dims, weights: Weights, x: Tensor, mode: Mode = EVALUATION) -> tuple[Output, list[Series]]:
        encoder, decoder = self._both(dims)
        below, reading = features(dims, weights, x), _reading(dims)
        read = self._stack(encoder, weights, "encoder", below[:, :reading], mode)
        answered = self._stack(decoder, weights, "decoder", below[:, reading:], mode, read)
        up = answered[-1].up
        if self.attention != "none":
            up = attended(weights["attention.weight"], up, read[-1].up)
        series = list[Series]()
        for layer, (first, then) in enumerate(zip(read, answered, strict=True), 1):
            series.append(Series("preactivation", "time", layer, [*first.given, *then.given]))
            series += self.cell.state_series(layer, first.states + then.states)
        return read_out(weights, upwards(up, dims, mode)), series

    def judged_by(self, dims: Dims) -> Activation | None:
        return _activation(self.cell.default_activation)

    def footprint(self, dims: Dims) -> Footprint:
        steps = _reading(dims)
        values, multiplies, operations, measured = self.cell.by_autograd(self._both(dims)[0], steps + dims.scored)
        values += 3 * (steps + dims.scored) * dims.depth * dims.width  # the two halves' states, joined to be measured
        if self.attention != "none":
            values += dims.scored * (4 * steps + 8 * dims.width)
            multiplies += dims.scored * (2 * steps * dims.width + 2 * dims.width**2)
            operations += 8
        return Footprint(values, multiplies, operations + 8, measured)

    @classmethod
    def misfits(cls, data: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
        given = said(data, "architecture", "cell", "gru")
        cell = CELLS.get(str(said({"cell": given}, "cell")))
        if cell is None:
            return
        kind = cell.model_fields["kind"].default
        for path, message in cell.misfits({**data, "architecture": given}):
            yield ("architecture", "cell", *path[1:]) if path[0] == "architecture" else path, message
        if "normalization" not in cell.takes and said(data, "normalization", default="none") != "none":
            yield ("normalization",), f"a seq2seq of {kind} cells does not use 'normalization'"

    def _both(self, dims: Dims) -> tuple[Dims, Dims]:
        """What encoder and decoder are built for."""
        assert isinstance(dims.input, Sequence)
        activation = _activation(self.cell.default_activation)
        first, then = (replace(dims.input, steps=steps) for steps in (_reading(dims), dims.scored))
        return replace(dims, input=first, activation=activation), replace(dims, input=then, activation=activation)

    def _stack(
        self, dims: Dims, weights: Weights, stack: str, below: InTime, mode: Mode, before: list[Layer] | None = None
    ) -> list[Layer]:
        """All layers of the encoder, or of the decoder, which starts from where the layers `before` ended."""
        found = list[Layer]()
        for layer, name in enumerate(self.cell.layers(dims, stack)):
            start = None if before is None else before[layer].states[-1]
            found.append(self.cell.unroll(dims, weights, name, below, mode, start))
            below = upwards(found[-1].up, dims, mode) if layer + 1 < dims.depth else found[-1].up
        return found


@cache
def _activation(kind: str | None) -> Activation | None:
    """The activation that a cell is known with."""
    return None if kind is None else TypeAdapter[Activation](AnyActivation).validate_python(kind)


def _reading(dims: Dims) -> int:
    """How many steps the encoder reads."""
    assert isinstance(dims.input, Sequence)
    if dims.scored >= dims.input.steps:
        message = f"seq2seq reads before it answers, but all {dims.scored} steps of this task are scored"
        raise SpecError([Problem(message, path="architecture")])
    return dims.input.steps - dims.scored


def attended(weight: Tensor, h: Answering, e: Float[Tensor, "member read batch width"]) -> Answering:
    """tanh([c_t; h_t] W_c) of the decoder's states h, c_t their contexts among the encoder's states e."""
    asked, kept = h.transpose(1, 2), e.transpose(1, 2)  # (member, batch, time, unit)
    context = torch.softmax(asked @ kept.mT, -1) @ kept
    both = torch.cat([context, asked], -1).transpose(1, 2)
    return torch.tanh(both.flatten(1, 2).bmm(weight).view(h.shape))
