"""`dropped`: inverted dropout of all members at once."""

import torch
from torch import Tensor

from gradx.tensors.members import aligned, like


def dropped(x: Tensor, chance: float | Tensor, drawn: Tensor) -> Tensor:
    """x with the numbers 0 whose `drawn` is below `chance`, the others divided by 1 - chance, so that the mean stays.

    Equivalent to `torch.nn.functional.dropout`, but for where the numbers come from.

    Args:
        x: (member, ...).
        chance: of a number to be left out; (member, 1) where members differ.
        drawn: uniform numbers from [0, 1), of the shape of x. Compared in their own dtype: in x's, 0.1 may not be 0.1.

    Reference: Srivastava et al. 2014, Dropout, section 4; dividing in training: section 10.
    """

    def each(reference: Tensor) -> Tensor:
        return like(aligned(chance, reference), reference)

    return torch.where(drawn < each(drawn), 0, x / (1 - each(x)))
