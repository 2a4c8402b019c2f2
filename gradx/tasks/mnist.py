"""MNIST, or any ten-class data set in the same IDX files, from a directory of the user."""

import gzip
import zlib
from functools import cache
from hashlib import sha256
from math import prod
from pathlib import Path
from typing import ClassVar, Literal

import torch
from torch import Tensor

from gradx.tasks.base import Image, Source, Task
from gradx.tasks.files import Version, at_path, find, read, version
from gradx.tasks.pool import Pool, Split

FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
CLASSES = 10


class MNIST(Task):
    """MNIST from the four IDX files in directory `path`, packed (.gz) or not; Fashion-MNIST has the same format.

    Files: train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte, also
    spelled train-images.idx3-ubyte. They are read once per process, and again when they have changed.
    x is (1, 28, 28), standardised with the training pixels' mean and standard deviation; y is (1,) of 10 classes;
    cross entropy.

    Chance: the entropy of the training labels (about ln 10); accuracy of always naming the most frequent label.
    Solved: test accuracy >= 0.95, out of reach of a linear classifier (0.92).

    Reference: LeCun, Bottou, Bengio & Haffner 1998, Gradient-based learning applied to document recognition.
    """

    kind: Literal["mnist"] = "mnist"
    gives: ClassVar[type] = Image
    path: str

    def open(self, sequence_length: int | None) -> Source:
        paths = find(Path(self.path).expanduser().resolve(), [_spellings(name) for name in FILES])
        return _pool(*map(version, paths))


@cache
def _pool(*files: Version) -> Pool:
    paths = [file.path for file in files]
    contents = [_unpacked(path) for path in paths]
    ranks = (3, 1, 3, 1)
    x, y, test_x, test_y = (_read_idx(*file) for file in zip(contents, paths, ranks, strict=True))
    for images, labels, path in ((x, y, paths[1]), (test_x, test_y, paths[3])):
        if len(images) != len(labels):
            raise at_path(f"{path} has {len(labels)} labels for {len(images)} images")
        if labels.max() >= CLASSES:
            raise at_path(f"{path} has label {int(labels.max())}; allowed are 0 to {CLASSES - 1}")
    if x.shape[1:] != test_x.shape[1:]:
        sizes = [f"{height} x {width}" for height, width in (x.shape[1:], test_x.shape[1:])]
        raise at_path(f"{paths[0].parent} has training images of {sizes[0]} and test images of {sizes[1]} pixels")
    facts: dict[str, str | int | float] = {"sha256": sha256(b"".join(contents)).hexdigest()}
    split = Split(x.unsqueeze(1), y.long(), test_x.unsqueeze(1), test_y.long(), facts)
    return Pool(split, CLASSES, solved_at=0.95)


def _spellings(name: str) -> list[str]:
    return [spelling + end for spelling in (name, name.replace("-idx", ".idx")) for end in ("", ".gz")]


def _unpacked(path: Path) -> bytes:
    content = read(path)
    if path.suffix != ".gz":
        return content
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise at_path(f"{path} is not a whole gzip file: {error}") from error


def _read_idx(content: bytes, path: Path, rank: int) -> Tensor:
    """An IDX file of unsigned bytes: 0, 0, type 8, rank, then `rank` big-endian 32-bit sizes, then the values."""
    head = 4 + 4 * rank
    if len(content) < head or content[:4] != bytes((0, 0, 8, rank)):
        expected, given = bytes((0, 0, 8, rank)).hex(" "), content[:4].hex(" ")
        raise at_path(f"{path} is not an IDX file of {rank}-dimensional bytes: it must start {expected}, not {given}")
    shape = [int.from_bytes(content[at : at + 4], "big") for at in range(4, head, 4)]
    announced, held = prod(shape), len(content) - head
    if announced != held or not held:
        raise at_path(f"{path} announces {' x '.join(map(str, shape))} = {announced} values and holds {held}")
    return torch.frombuffer(bytearray(content), dtype=torch.uint8, offset=head).view(shape)
