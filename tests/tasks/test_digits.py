"""The vendored digits: the very file, the fixed split, standardised pixels, epochs without replacement."""

from hashlib import sha256
from importlib.resources import files
from itertools import islice
from math import log

import pytest
import torch
from torch import Generator

from gradx.base.errors import SpecError
from gradx.tasks import Digits, PixelDigits
from gradx.tasks.data.digits import read_digits
from gradx.tasks.pool import Pool, Split, fixed_permutation


def test_the_vendored_file_is_the_one_its_readme_describes() -> None:
    folder = files("gradx.tasks.data")
    digest = sha256(folder.joinpath("digits.csv.gz").read_bytes()).hexdigest()
    assert digest == "09f66e6debdee2cd2b5ae59e0d6abbb73fc2b0e0185d2e1957e9ebb51e23aa22"
    readme = folder.joinpath("README.md").read_text(encoding="utf-8")
    assert all(text in readme for text in (digest, "10.24432/C50P49", "Alpaydin", "Kaynak", "CC BY 4.0"))
    assert Digits().open(None).facts["sha256"] == digest


def test_the_split_is_fixed_and_stratified() -> None:
    split = read_digits()
    assert (len(split.y), len(split.test_y)) == (1437, 360)
    share = torch.bincount(split.test_y) / (torch.bincount(split.y) + torch.bincount(split.test_y))
    assert torch.allclose(share, torch.full((10,), 0.2), atol=1 / 174)
    assert split.test_y[:72].tolist() == [0] * 36 + [1] * 36
    pixels = torch.cat([split.x, split.test_x])
    assert int(pixels.max()) == 16
    assert int(pixels.sum(dtype=torch.int64)) == 561718  # the sum of the whole file: no row is lost or doubled


def test_training_pixels_are_standardised() -> None:
    source = Digits().open(None)
    x, _ = next(source.batches(Generator().manual_seed(0), 1437))
    epoch = x[0].double()
    assert epoch.mean().abs() < 1e-6
    assert epoch.square().mean().item() == pytest.approx(1, abs=1e-6)
    assert source.chance_loss == pytest.approx(log(10), abs=1e-3)


def test_labels_belong_to_their_images() -> None:
    source = Digits().open(None)
    x, y = next(source.batches(Generator().manual_seed(0), 1437))
    means = torch.stack([x[0][y[0, :, 0] == digit].mean(0) for digit in range(10)])
    test_x, test_y = source.test()
    nearest = torch.cdist(test_x.flatten(1), means.flatten(1)).argmin(1, keepdim=True)
    assert (nearest == test_y).double().mean() > 0.85


def test_a_sequence_of_pixels_is_the_image_row_by_row() -> None:
    image, _ = Digits().open(None).test()
    rows, _ = PixelDigits().open(None).test()
    shuffled, _ = PixelDigits(permuted=True).open(None).test()
    assert torch.equal(rows[..., 0], image.flatten(1))
    order = fixed_permutation(64, "pixel_digits")
    assert order.sort().values.tolist() == list(range(64))
    assert torch.equal(shuffled[:, 5], rows[:, order[5]])
    assert not torch.equal(shuffled, rows)


def test_the_fixed_permutation_stays_as_published() -> None:
    assert fixed_permutation(64, "pixel_digits")[:8].tolist() == [56, 57, 1, 38, 23, 4, 58, 32]


def numbered(count: int) -> Pool:
    """A pool whose image number i shows i, with label i mod 2."""
    x = torch.arange(count, dtype=torch.uint8).view(-1, 1, 1, 1)
    return Pool(Split(x, torch.arange(count) % 2, x, torch.arange(count) % 2, {}), classes=2, solved_at=0.9)


@pytest.mark.parametrize(("count", "batch_size"), [(10, 5), (10, 3), (10, 10), (7, 1), (200, 64)])
def test_every_epoch_holds_each_example_once(count: int, batch_size: int) -> None:
    pool = numbered(count)
    blocks = list(islice(pool.batches(Generator().manual_seed(2), batch_size), 4))
    x = torch.cat([x.flatten() for x, _ in blocks])
    y = torch.cat([y.flatten() for _, y in blocks])
    levels = pool.test()[0].flatten()
    number = (x.unsqueeze(1) == levels).nonzero()[:, 1]
    assert torch.equal(number % 2, y)
    epochs = number[: len(number) // count * count].view(-1, count)
    assert len(epochs) > 1
    assert torch.equal(epochs.sort(1).values, torch.arange(count).expand(len(epochs), -1))
    assert not torch.equal(epochs[0], epochs[1])


def test_a_batch_larger_than_the_training_set_is_refused_at_once() -> None:
    with pytest.raises(SpecError, match="batch_size 1438 is larger than the training set of 1437") as caught:
        Digits().open(None).batches(Generator(), 1438)
    assert caught.value.problems[0].path == "batch_size"
