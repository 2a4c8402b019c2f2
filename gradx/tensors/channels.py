"""`per_channel`: numbers of each channel, or one for each member, so that they meet the signals of all members."""

from torch import Tensor


def per_channel(values: Tensor, x: Tensor) -> Tensor:
    """`values` (member, channel), or (member, 1), shaped to meet x (member, batch, channel, *space)."""
    return values.reshape(values.shape[0], 1, -1, *[1] * (x.ndim - 3))
