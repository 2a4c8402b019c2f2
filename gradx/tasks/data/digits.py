"""The vendored 8 x 8 digits, split once and for all: what `digits` and `pixel_digits` both read."""

import gzip
from functools import cache
from hashlib import sha256
from importlib.resources import files
from io import BytesIO

import numpy as np
import torch
from torch import Tensor

from gradx.tasks.pool import Split, fixed_permutation

TEST_EVERY = 5


@cache
def read_digits() -> Split:
    """1437 training and 360 test images, uint8 of shape (n, 1, 8, 8) with values 0..16, stratified by label.

    The rows are put into a fixed random order, then sorted by label (stably); every fifth goes to the test part, so
    each label's share there is a fifth of its images, to within one image.
    """
    packed = files("gradx.tasks.data").joinpath("digits.csv.gz").read_bytes()
    table = torch.from_numpy(np.loadtxt(BytesIO(gzip.decompress(packed)), delimiter=",", dtype=np.uint8))
    x, y = table[:, :-1].reshape(-1, 1, 8, 8), table[:, -1].long()
    train, test = split_rows(y)
    return Split(x[train], y[train], x[test], y[test], {"sha256": sha256(packed).hexdigest()})


def split_rows(y: Tensor) -> tuple[Tensor, Tensor]:
    """Row numbers of the training and of the test part for labels `y` of shape (n,)."""
    order = fixed_permutation(len(y), "digits")
    order = order[y[order].argsort(stable=True)]
    test = torch.arange(len(y)) % TEST_EVERY == 0
    return order[~test], order[test]
