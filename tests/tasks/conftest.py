"""Small data sets in the formats of MNIST and CIFAR-10, written where a test can also damage them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

TRAIN, TEST = 80, 20


def idx(values: np.ndarray) -> bytes:
    sizes = b"".join(size.to_bytes(4, "big") for size in values.shape)
    return bytes((0, 0, 8, values.ndim)) + sizes + values.tobytes()


def write_mnist(folder: Path) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    arrays = {}
    for part, count in (("train", TRAIN), ("t10k", TEST)):
        arrays[f"{part}-images-idx3-ubyte"] = rng.integers(256, size=(count, 5, 4), dtype=np.uint8)
        arrays[f"{part}-labels-idx1-ubyte"] = rng.integers(10, size=count, dtype=np.uint8)
    for name, values in arrays.items():
        (folder / name).write_bytes(idx(values))
    return arrays


def write_cifar10(folder: Path) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(2)
    names = [f"data_batch_{number}.bin" for number in range(1, 6)] + ["test_batch.bin"]
    arrays = {name: rng.integers(256, size=(16, 3073), dtype=np.uint8) for name in names}
    for name, records in arrays.items():
        records[:, 0] %= 10
        (folder / name).write_bytes(records.tobytes())
    return arrays


@pytest.fixture
def mnist(tmp_path: Path) -> tuple[Path, dict[str, np.ndarray]]:
    return tmp_path, write_mnist(tmp_path)


@pytest.fixture
def cifar10(tmp_path: Path) -> tuple[Path, dict[str, np.ndarray]]:
    return tmp_path, write_cifar10(tmp_path)


@pytest.fixture(scope="session")
def folder_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """The path of an undamaged small data set: `folder_of("mnist")`, `folder_of("cifar10")`."""
    folders = {"mnist": tmp_path_factory.mktemp("mnist"), "cifar10": tmp_path_factory.mktemp("cifar10")}
    write_mnist(folders["mnist"])
    write_cifar10(folders["cifar10"])
    return lambda kind: str(folders[kind])
