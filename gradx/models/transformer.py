"""The `transformer` architecture."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from math import sqrt
from typing import Annotated, Any, ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional

from gradx.base.part import Varies, said
from gradx.models.attention import attention, attention_slots, sinusoids
from gradx.models.base import WIDTH, Dims, Footprint, Model, Weights, linear, linear_slots
from gradx.models.passes import Output
from gradx.normalizations import LayerNorm, Normalization
from gradx.tensors.channels import per_channel
from gradx.tensors.dropout import dropped
from gradx.tensors.layout import Slot
from gradx.tensors.members import anywhere, like
from gradx.tensors.mode import EVALUATION, Mode
from gradx.tensors.shapes import Scored, Sequence
from gradx.tensors.taps import Series

LAYER_NORM = LayerNorm()
Map = Callable[[Tensor], Tensor]
SCALED = (
    "v_proj.weight",
    "out_proj.weight",
    "linear1.weight",
    "linear2.weight",
)  # by DeepNorm; queries and keys are not


class Transformer(Model):
    """Transformer: `depth` blocks of self-attention and a feed-forward net on a residual stream of `width` units.

    Each block has two sublayers F(x): attention, and W_2 phi(W_1 x + b_1) + b_2 with `feedforward` times `width` units
    (0: no such net). With a = `skip_scale`, c = `branch_scale` and N the normalization

        post: x = N(a x + c F(x)), pre: x = a x + c F(N(x)) and N after the last block, none: x = a x + c F(x).

    N is layer normalization unless the key `normalization` says rms. Linear features come in by a linear map, tokens
    by sqrt(width) times the row of a matrix; sinusoidal positions are added. The last time steps, those that the loss
    looks at, are read out linearly. With `causal: false` each sees the whole sequence. `dropout` acts on the input and
    on each F(x). With `deepnorm` a = (2 depth)^(1/4), and initial values', feed-forward and output weights are
    (8 depth)^(-1/4) times what `init` draws (in the paper xavier_normal).

    Taps: `stream` is x after each block, and the growth over depth is its; `preactivation` and `output` are argument
    and value of phi; each of all time steps together.
    Equivalent to `torch.nn.TransformerEncoder`, but for the bias of the keys, which the softmax does not see.
    Reference: Vaswani et al. 2017, arXiv:1706.03762, sections 3.1-3.5, 5.4; pre: Xiong et al. 2020, arXiv:2002.04745;
    DeepNorm: Wang et al. 2022, arXiv:2203.00555, figure 2; without skips: Dong et al. 2021, arXiv:2103.03404.
    """

    kind: Literal["transformer"] = "transformer"
    heads: Annotated[int, Field(ge=1)] = 4
    causal: bool = False
    norm_placement: Literal["pre", "post", "none"] = "pre"  # the one that trains without warm-up
    feedforward: Annotated[int, Field(ge=0)] = 4
    deepnorm: bool = False
    skip_scale: Varies[float] = 1.0
    branch_scale: Varies[float] = 1.0
    positions: Literal["sinusoidal", "none"] = "sinusoidal"
    reads: ClassVar[tuple[type, ...]] = (Sequence,)
    default_activation: ClassVar[str | None] = "relu"
    takes: ClassVar[frozenset[str]] = frozenset({"normalization", "dropout"})

    @classmethod
    def misfits(cls, data: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
        say = {name: said(data, "architecture", name, field.default) for name, field in cls.model_fields.items()}
        width, placement, norm = data.get("width", WIDTH), say["norm_placement"], said(data, "normalization")
        if type(width) is int and type(say["heads"]) is int and say["heads"] > 0 and width % say["heads"]:
            yield ("architecture", "heads"), f"width {width} is not divisible by {say['heads']} heads"
        if say["deepnorm"] is True and placement != "post":
            yield ("architecture", "deepnorm"), f"deepnorm needs norm_placement post (got {placement})"
        if say["deepnorm"] is True and say["skip_scale"] != 1:
            yield ("architecture", "skip_scale"), "deepnorm sets skip_scale itself"
        if norm not in (None, "none", "layer", "rms"):
            message = f"architecture transformer normalizes each time step by itself, not by {norm}"
            yield ("normalization",), f"{message} (allowed: none, layer, rms; none means layer)"
        elif norm in ("layer", "rms") and placement == "none":
            yield ("normalization",), f"norm_placement is none, so normalization {norm} is not used"

    @classmethod
    def hindrance(cls, given: Any, scored: Scored) -> str | None:
        causal = said({"architecture": given}, "architecture", "causal", cls.model_fields["causal"].default)
        return None if causal is True or scored == "last" else "looks into the future (set architecture.causal: true)"

    def slots(self, dims: Dims) -> list[Slot]:
        assert isinstance(dims.input, Sequence)
        features, width, norm = dims.input.features, dims.width, _normalization(dims)
        slots = linear_slots("embedding", 1, features, width)
        if dims.input.tokens:  # fan-in as of the matrix that reads out, which is the same one in the paper
            slots = [Slot("embedding.weight", (features, width), "weight", 1, width, width, width**-0.5)]
        for layer in range(1, dims.depth + 1):
            name, inner = f"layers.{layer}", self.feedforward * width
            slots += attention_slots(f"{name}.self_attn", layer, width)
            if inner:
                slots += linear_slots(f"{name}.linear1", layer, width, inner)
                slots += linear_slots(f"{name}.linear2", layer, inner, width)
            if self.norm_placement != "none":
                for number in (1, 2) if inner else (1,):
                    slots += norm.slots(f"{name}.norm{number}", layer, width)
        if self.norm_placement == "pre":
            slots += norm.slots("norm", dims.depth + 1, width)
        return slots + linear_slots("readout", dims.depth + 1, width, dims.outputs)

    def forward(self, dims: Dims, weights: Weights, x: Tensor, mode: Mode = EVALUATION) -> tuple[Output, list[Series]]:
        members, batch = x.shape[:2]
        drop = partial(_dropped, dims, mode, batch)
        x = drop(self._embedded(dims, weights, x))
        stream, before, after = list[Tensor](), list[Tensor](), list[Tensor]()
        for layer in range(1, dims.depth + 1):
            name, around = f"layers.{layer}", partial(self._sublayer, dims, weights, mode, drop)
            attend = partial(attention, weights, f"{name}.self_attn", batch=batch, heads=self.heads, causal=self.causal)
            x = around(f"{name}.norm1", x, attend)
            if self.feedforward:
                x = around(f"{name}.norm2", x, partial(self._feedforward, dims, weights, name, before, after))
            stream.append(x)
        if self.norm_placement == "pre":
            x = _normalization(dims)(x, "norm", weights, mode)

        def arrange(tap: Tensor) -> Tensor:
            return tap.reshape(members, batch, -1)

        series = [Series("stream", "depth", 0, stream, None, arrange)]
        if self.feedforward:
            series.append(Series("preactivation", "depth", 0, before, None, arrange))
            series.append(Series("output", "depth", 0, after, before, arrange))
        scored = x.view(members, batch, -1, dims.width)[:, :, -dims.scored :]
        return linear(weights, "readout", scored.flatten(1, 2)).view(members, batch, dims.scored, -1), series

    def adjust(self, dims: Dims, values: dict[str, Tensor]) -> None:
        if self.deepnorm:
            for name, value in values.items():
                if name.endswith(SCALED):
                    value *= (8 * dims.depth) ** -0.25

    def footprint(self, dims: Dims) -> Footprint:
        assert isinstance(dims.input, Sequence)
        steps, width, inner = dims.input.steps, dims.width, self.feedforward * dims.width
        kept = 12 * width + 8 * inner + 2 * self.heads * steps  # forward and backward, of a block and a time step
        values = steps * (2 * dims.input.features + dims.depth * kept + 3 * self.heads * steps + 4 * inner)
        weights = sum(slot.size for slot in self.slots(dims) if slot.multiplied)
        multiplies = steps * weights + dims.depth * 2 * steps**2 * width
        operations, measured = dims.depth * (30 + 10 * (inner > 0)) + 8, steps * dims.depth * (width + 2 * inner)
        return Footprint(values, multiplies, operations, measured)

    def _embedded(self, dims: Dims, weights: Weights, x: Tensor) -> Tensor:
        """x as the stream before the first block, (member, batch time, width), with positions."""
        assert isinstance(dims.input, Sequence)
        batch, steps = x.shape[1:3]
        matrix = weights["embedding.weight"]
        if dims.input.tokens:
            one_hot = functional.one_hot(x, dims.input.features).to(matrix.dtype)
            x = torch.bmm(one_hot.flatten(1, 2), matrix) * sqrt(dims.width)
        else:
            x = linear(weights, "embedding", x.flatten(1, 2))
        if self.positions == "none":
            return x
        return x + sinusoids(steps, dims.width).to(x).repeat(batch, 1)

    def _sublayer(
        self, dims: Dims, weights: Weights, mode: Mode, drop: Map, norm: str, x: Tensor, branch: Map
    ) -> Tensor:
        """x after one sublayer, normalized where it is to be."""
        normalize = partial(_normalization(dims), name=norm, weights=weights, mode=mode)
        skip = (2 * dims.depth) ** 0.25 if self.deepnorm else self.skip_scale
        found = drop(branch(normalize(x) if self.norm_placement == "pre" else x))
        x = _times(skip, x) + _times(self.branch_scale, found)
        return normalize(x) if self.norm_placement == "post" else x

    def _feedforward(
        self, dims: Dims, weights: Weights, name: str, before: list[Tensor], after: list[Tensor], x: Tensor
    ) -> Tensor:
        """W_2 phi(W_1 x + b_1) + b_2; argument and value of phi are put behind `before` and `after`."""
        assert dims.activation is not None
        before.append(linear(weights, f"{name}.linear1", x))
        after.append(dims.activation(before[-1]))
        return linear(weights, f"{name}.linear2", after[-1])


def _normalization(dims: Dims) -> Normalization:
    """The one that the experiment names; by default that of the papers."""
    return LAYER_NORM if dims.normalization.of == "nothing" else dims.normalization


def _times(factor: float | Tensor, x: Tensor) -> Tensor:
    """x (member, token, width) times one number, or one for each member."""
    return x * per_channel(like(factor, x).view(-1, 1), x) if anywhere(factor - 1) else x


def _dropped(dims: Dims, mode: Mode, batch: int, x: Tensor) -> Tensor:
    """x (member, batch time, width) with numbers left out while training."""
    if not (mode.training and dims.drops):
        return x
    assert mode.draw is not None
    return dropped(x, dims.dropout, mode.draw((batch, x[0].numel() // batch)).view_as(x))
