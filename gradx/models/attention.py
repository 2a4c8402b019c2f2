"""`attention`: multi-head scaled dot-product attention of all members at once, and the positions of its input."""

import math
from functools import cache

import torch
from torch import Tensor

from gradx.models.base import Weights, linear, linear_slots
from gradx.tensors.axes import Float
from gradx.tensors.layout import Slot


def attention_slots(name: str, layer: int, width: int) -> list[Slot]:
    """Query, key, value and output maps of width to width.

    The keys have no bias: it adds the same number to all scores of a query, which the softmax does not see. Its
    gradient would be zero but for rounding.
    """
    slots = [
        slot
        for each in ("q_proj", "k_proj", "v_proj", "out_proj")
        for slot in linear_slots(f"{name}.{each}", layer, width, width)
    ]
    return [slot for slot in slots if slot.name != f"{name}.k_proj.bias"]


def attention(
    weights: Weights, name: str, x: Float[Tensor, "member token width"], batch: int, heads: int, causal: bool
) -> Float[Tensor, "member token width"]:
    """concat_i softmax(Q_i K_i^T / sqrt(d)) V_i W_o + b_o, d = width / heads; of the shape of x.

    Args:
        weights: the network's, by name.
        name: of the attention.
        x: the time steps of one example after those of another, (member, batch time, width).
        batch: number of examples.
        heads: i = 1 .. heads.
        causal: whether a time step sees those up to itself alone.

    Equivalent to `torch.nn.MultiheadAttention` whose keys have bias 0.
    Reference: Vaswani et al. 2017, arXiv:1706.03762, eq. 1 and section 3.2.2.
    """
    members, tokens, width = x.shape
    steps, part = tokens // batch, width // heads

    def split(values: Tensor) -> Tensor:
        return values.view(members * batch, steps, heads, part).transpose(1, 2)

    query, value = (split(linear(weights, f"{name}.{each}", x)) for each in ("q_proj", "v_proj"))
    key = split(torch.bmm(x, weights[f"{name}.k_proj.weight"]))
    # Written out: on the CPU scaled_dot_product_attention took 0.4 to 1.3 times as long, in float64 mostly more.
    scores = (query * part**-0.5) @ key.mT
    if causal:
        scores = scores + scores.new_full((steps, steps), -math.inf).triu(1)
    seen = torch.softmax(scores, -1) @ value
    return linear(weights, f"{name}.out_proj", seen.transpose(1, 2).reshape(members, tokens, width))


@cache
def sinusoids(steps: int, width: int) -> Float[Tensor, "time width"]:
    """PE(t, 2i) = sin(t / 10000^(2i / width)), PE(t, 2i + 1) the cosine of the same; t from 0. In float64.

    Reference: Vaswani et al. 2017, arXiv:1706.03762, section 3.5.
    """
    places = torch.arange(steps, dtype=torch.float64).unsqueeze(1)
    units = torch.arange(width, dtype=torch.float64)
    angles = places * 10_000.0 ** (-(units - units % 2) / width)
    return torch.where(units % 2 == 0, angles.sin(), angles.cos())
