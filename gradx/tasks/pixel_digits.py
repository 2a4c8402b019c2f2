"""The 8 x 8 digits read pixel by pixel: a real sequence task of 64 steps."""

from functools import cache
from typing import ClassVar, Literal

import torch

from gradx.tasks.base import Sequence, Source, Task
from gradx.tasks.data.digits import read_digits
from gradx.tasks.pool import Pool, fixed_permutation

PIXELS = 64


class PixelDigits(Task):
    """Handwritten digits as sequences of 64 pixels, the class asked for at the last step.

    x is (64, 1), row by row from the top left, or with `permuted` in one fixed random order, which removes the short
    dependencies between neighbours; y is (1,) of 10 classes; cross entropy. Data otherwise as in task digits.

    Chance: the entropy of the training labels (ln 10 to within 1e-3); accuracy of always naming the commonest label.
    Solved: test accuracy >= 0.9.

    Reference: Le, Jaitly & Hinton 2015, arXiv:1504.00941, section 4.2 (both variants, on MNIST); data: Alpaydin &
    Kaynak 1998, doi:10.24432/C50P49 (CC BY 4.0).
    """

    kind: Literal["pixel_digits"] = "pixel_digits"
    gives: ClassVar[type] = Sequence
    permuted: bool = False

    def open(self, sequence_length: int | None) -> Source:
        return _pool(self.permuted)


@cache
def _pool(permuted: bool) -> Pool:
    order = fixed_permutation(PIXELS, "pixel_digits") if permuted else torch.arange(PIXELS)
    return Pool(read_digits(), classes=10, solved_at=0.9, order=order)
