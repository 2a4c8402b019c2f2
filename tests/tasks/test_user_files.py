"""MNIST and CIFAR-10 from the user's files: the numbers arrive, and damage is named."""

import gzip
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from gradx.base.errors import SpecError
from gradx.tasks import CIFAR10, MNIST, Image

Written = tuple[Path, dict[str, np.ndarray]]
IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"


def pack(folder: Path) -> None:
    for path in list(folder.iterdir()):
        path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()


def dot(folder: Path) -> None:
    for path in list(folder.iterdir()):
        path.rename(path.with_name(path.name.replace("-idx", ".idx")))


def dot_and_pack(folder: Path) -> None:
    dot(folder)
    pack(folder)


@pytest.mark.parametrize("spelled", [lambda folder: None, pack, dot, dot_and_pack])
def test_mnist_in_every_spelling(mnist: Written, spelled: Callable[[Path], None]) -> None:
    folder, arrays = mnist
    spelled(folder)
    source = MNIST(path=str(folder)).open(None)
    x, y = source.test()
    pixels = arrays[IMAGES].astype(np.float64)
    expected = (arrays["t10k-images-idx3-ubyte"] - pixels.mean()) / pixels.std()
    assert source.input == Image(1, 5, 4)
    assert torch.allclose(x[:, 0], torch.from_numpy(expected).float(), atol=1e-5)
    assert y[:, 0].tolist() == arrays["t10k-labels-idx1-ubyte"].tolist()
    counts = np.bincount(arrays[LABELS])
    shares = counts[counts > 0] / counts.sum()
    assert source.chance_loss == pytest.approx(-(shares * np.log(shares)).sum(), rel=1e-12)
    named = (arrays["t10k-labels-idx1-ubyte"] == counts.argmax()).mean()
    assert source.chance_metric == pytest.approx(named, rel=1e-12)


def test_files_that_change_while_this_process_lives_are_read_again(mnist: Written, cifar10: Written) -> None:
    for task, name in ((MNIST, LABELS), (CIFAR10, "data_batch_2.bin")):
        path = mnist[0] / name
        before = task(path=str(mnist[0])).open(None)
        content, changed = path.read_bytes(), path.stat().st_mtime_ns
        path.write_bytes(content[:-1] + bytes([(content[-1] + 1) % 10]))
        os.utime(path, ns=(changed, changed + 1_000_000))  # a coarse clock may not have moved on
        after = task(path=str(mnist[0])).open(None)
        assert after.facts["sha256"] != before.facts["sha256"]
        assert task(path=str(mnist[0])).open(None) is after


def test_packing_does_not_change_the_recorded_digest(mnist: Written, folder_of: Callable[[str], str]) -> None:
    pack(mnist[0])
    assert MNIST(path=str(mnist[0])).open(None).facts == MNIST(path=folder_of("mnist")).open(None).facts


def edited(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(change((folder / name).read_bytes()))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (edited(IMAGES, lambda b: b[:-1]), r"announces 80 x 5 x 4 = 1600 values and holds 1599"),
        (edited(IMAGES, lambda b: b + b"\0"), r"1600 values and holds 1601"),
        (edited(IMAGES, lambda b: b"\0\0\x0d\x03" + b[4:]), r"must start 00 00 08 03, not 00 00 0d 03"),
        (edited(LABELS, lambda b: b[:3]), r"must start 00 00 08 01, not 00 00 08"),
        (edited(LABELS, lambda b: b"\0\0\x08\x01\0\0\0\x4f" + b[9:]), r"79 labels for 80 images"),
        (edited(LABELS, lambda b: b[:-1] + b"\x0a"), r"label 10; allowed are 0 to 9"),
        (edited(IMAGES, lambda b: b[:8] + b[12:16] + b[8:12] + b[16:]), r"images of 4 x 5 and test images of 5 x 4"),
        (edited(IMAGES, lambda b: b[:16] + bytes(1600)), r"channel 0 has the same value in every training image"),
        (lambda folder: (folder / LABELS).unlink(), rf"lacks {LABELS} or {LABELS}.gz or .*It holds: t10k-images"),
        (lambda folder: (folder / LABELS).rename(folder / f"{LABELS}.gz"), r"ubyte.gz is not a whole gzip file"),
    ],
)
def test_damaged_mnist(mnist: Written, damage: Callable[[Path], object], message: str) -> None:
    damage(mnist[0])
    with pytest.raises(SpecError, match=message) as caught:
        MNIST(path=str(mnist[0])).open(None)
    assert [problem.path for problem in caught.value.problems] == ["task.path"]


def test_cifar10_arrives(cifar10: Written) -> None:
    folder, arrays = cifar10
    source = CIFAR10(path=str(folder)).open(None)
    train = np.concatenate([arrays[f"data_batch_{number}.bin"] for number in range(1, 6)])
    pixels = train[:, 1:].reshape(-1, 3, 32, 32).astype(np.float64)
    mean, std = (moment(axis=(0, 2, 3), keepdims=True) for moment in (pixels.mean, pixels.std))
    expected = (arrays["test_batch.bin"][:, 1:].reshape(-1, 3, 32, 32) - mean) / std
    x, y = source.test()
    assert (source.input, source.examples) == (Image(3, 32, 32), 80)
    assert torch.allclose(x, torch.from_numpy(expected).float(), atol=1e-5)
    assert y[:, 0].tolist() == arrays["test_batch.bin"][:, 0].tolist()
    x, _ = next(source.batches(torch.Generator().manual_seed(0), 80))
    assert torch.allclose(x[0].double().square().mean((0, 2, 3)), torch.ones(3, dtype=torch.float64), atol=1e-5)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (edited("data_batch_3.bin", lambda b: b[:-1]), r"data_batch_3.bin has 49167 bytes, not a multiple of the 3073"),
        (edited("test_batch.bin", lambda b: b""), r"test_batch.bin has 0 bytes"),
        (edited("data_batch_1.bin", lambda b: b"\x0b" + b[1:]), r"label 11; allowed are 0 to 9"),
        (lambda folder: (folder / "data_batch_2.bin").unlink(), r"lacks data_batch_2.bin. It holds: data_batch_1.bin,"),
    ],
)
def test_damaged_cifar10(cifar10: Written, damage: Callable[[Path], object], message: str) -> None:
    damage(cifar10[0])
    with pytest.raises(SpecError, match=message) as caught:
        CIFAR10(path=str(cifar10[0])).open(None)
    assert [problem.path for problem in caught.value.problems] == ["task.path"]


def test_a_folder_that_is_none_or_empty(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"cannot list .*absent: No such file or directory"):
        MNIST(path=str(tmp_path / "absent")).open(None)
    with pytest.raises(SpecError, match=r"lacks data_batch_1.bin; data_batch_2.bin; .*It holds: nothing"):
        CIFAR10(path=str(tmp_path)).open(None)
