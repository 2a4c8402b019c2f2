"""Handwritten digits of 8 x 8 pixels: the small real data set that ships with gradx."""

from functools import cache
from typing import ClassVar, Literal

from gradx.tasks.base import Image, Source, Task
from gradx.tasks.data.digits import read_digits
from gradx.tasks.pool import Pool


class Digits(Task):
    """Handwritten digits, 8 x 8 pixels: 1437 to train on, 360 to test, stratified by label.

    x is (1, 8, 8), standardised with the training pixels' mean and standard deviation (so its mean square is 1); y is
    (1,) of 10 classes; cross entropy.

    Chance: the entropy of the training labels (ln 10 to within 1e-3); accuracy of always naming the commonest label.
    Solved: test accuracy >= 0.9.

    Reference: Alpaydin & Kaynak 1998, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository,
    doi:10.24432/C50P49 (CC BY 4.0).
    """

    kind: Literal["digits"] = "digits"
    gives: ClassVar[type] = Image

    def open(self, sequence_length: int | None) -> Source:
        return _pool()


@cache
def _pool() -> Pool:
    return Pool(read_digits(), classes=10, solved_at=0.9)
