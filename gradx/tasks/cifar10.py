"""CIFAR-10 from the files of its binary version in a directory of the user."""

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import ClassVar, Literal

import torch
from torch import Tensor

from gradx.tasks.base import Image, Source, Task
from gradx.tasks.files import Version, at_path, find, read, version
from gradx.tasks.pool import Pool, Split

FILES = (*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin")
IMAGE = (3, 32, 32)
RECORD = 1 + 3 * 32 * 32  # bytes: the label, then the red, green and blue planes row by row
CLASSES = 10


class CIFAR10(Task):
    """CIFAR-10 from the six files of the binary version in directory `path`: 50,000 colour images to train on.

    Files: data_batch_1.bin to data_batch_5.bin and test_batch.bin (cifar-10-binary.tar.gz, unpacked). They are read
    once per process, and again when they have changed.
    x is (3, 32, 32), each channel standardised with its training mean and standard deviation; y is (1,) of 10 classes;
    cross entropy.

    Chance: the entropy of the training labels (ln 10); accuracy of always naming the most frequent label (0.1).
    Solved: test accuracy >= 0.5, out of reach of a linear classifier (0.4), within that of a plain fully connected net.

    Reference: Krizhevsky 2009, Learning multiple layers of features from tiny images.
    """

    kind: Literal["cifar10"] = "cifar10"
    gives: ClassVar[type] = Image
    path: str

    def open(self, sequence_length: int | None) -> Source:
        return _pool(*map(version, find(Path(self.path).expanduser().resolve(), [[name] for name in FILES])))


@cache
def _pool(*files: Version) -> Pool:
    paths = [file.path for file in files]
    contents = [read(path) for path in paths]
    records = [_read_records(content, path) for content, path in zip(contents, paths, strict=True)]
    x, y = _images_and_labels(torch.cat(records[:-1]))
    test_x, test_y = _images_and_labels(records[-1])
    split = Split(x, y, test_x, test_y, {"sha256": sha256(b"".join(contents)).hexdigest()})
    return Pool(split, CLASSES, solved_at=0.5)


def _read_records(content: bytes, path: Path) -> Tensor:
    if not content or len(content) % RECORD:
        raise at_path(f"{path} has {len(content)} bytes, not a multiple of the {RECORD} bytes of one CIFAR-10 record")
    records = torch.frombuffer(bytearray(content), dtype=torch.uint8).view(-1, RECORD)
    if (highest := int(records[:, 0].max())) >= CLASSES:
        raise at_path(f"{path} has label {highest}; allowed are 0 to {CLASSES - 1}")
    return records


def _images_and_labels(records: Tensor) -> tuple[Tensor, Tensor]:
    return records[:, 1:].reshape(-1, *IMAGE), records[:, 0].long()
