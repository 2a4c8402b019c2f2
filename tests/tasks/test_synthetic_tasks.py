"""The labels of the drawn tasks, recomputed from the input alone by plain Python loops."""

from math import log

import pytest
import torch
from torch import Generator, Tensor

from gradx.tasks import Adding, Copying, Task, TemporalOrder


def drawn(task: Task, length: int) -> tuple[Tensor, Tensor]:
    x, y = next(task.open(length).batches(Generator().manual_seed(11), 40))
    return x.flatten(0, 1), y.flatten(0, 1)


@pytest.mark.parametrize(
    ("task", "length", "examples"),
    [
        (Adding(), 100, 1000),
        (Adding(), 33_553, 1000),  # 8 x 33,553 + 4 bytes fit a thousand times into 256 MB, 8 more do not
        (Adding(), 33_554, 999),
        (Copying(), 10**6, 16),
        (TemporalOrder(), 10**6, 33),
        (TemporalOrder(), 10**9, 1),
    ],
)
def test_the_test_set_fits_into_256_megabytes(task: Task, length: int, examples: int) -> None:
    source = task.open(length)
    source.draw = lambda generator, count: count
    assert source.test() == examples


@pytest.mark.parametrize("task", [Adding(), Copying(), TemporalOrder()])
def test_the_size_of_an_example_is_what_it_takes(task: Task) -> None:
    x, y = drawn(task, 23)
    assert task.open(23).example_bytes == (x.nbytes + y.nbytes) / len(x)


@pytest.mark.parametrize("length", [2, 3, 10, 51])
def test_adding(length: int) -> None:
    for steps, target in zip(*(part.tolist() for part in drawn(Adding(), length)), strict=True):
        marked = [t for t, (_, marker) in enumerate(steps) if marker]
        assert [marker for _, marker in steps if marker] == [1.0, 1.0]
        assert marked[0] < length // 2 <= marked[1]
        assert target == [[pytest.approx(steps[marked[0]][0] + steps[marked[1]][0], abs=1e-6)]]


def test_adding_marks_every_step_and_draws_the_whole_interval() -> None:
    x, _ = drawn(Adding(), 10)
    assert x[..., 1].sum(0).min() > 0
    assert 0 <= x[..., 0].min() < 0.01
    assert 0.99 < x[..., 0].max() <= 1


@pytest.mark.parametrize(("length", "symbols", "alphabet"), [(1, 1, 2), (7, 3, 4), (20, 10, 8)])
def test_copying(length: int, symbols: int, alphabet: int) -> None:
    x, y = drawn(Copying(symbols=symbols, alphabet=alphabet), length)
    for tokens, target in zip(x.tolist(), y.tolist(), strict=True):
        assert len(tokens) == len(target) == length + 2 * symbols
        assert all(1 <= token <= alphabet for token in tokens[:symbols])
        assert tokens[symbols:] == [0] * (length - 1) + [alphabet + 1] + [0] * symbols
        assert target == [0] * (length + symbols) + tokens[:symbols]
    assert sorted(set(x[:, :symbols].flatten().tolist())) == list(range(1, alphabet + 1))


@pytest.mark.parametrize(("length", "nats"), [(100, 0.17329), (200, 0.09452), (300, 0.06498), (1000, 0.02039)])
def test_copying_chance_as_published(length: int, nats: float) -> None:
    assert Copying().open(length).chance_loss == pytest.approx(nats, abs=5e-6)


def test_copying_scores_only_the_recall() -> None:
    source = Copying(symbols=2, alphabet=3).open(4)
    y = torch.tensor([[[0, 0, 0, 0, 0, 0, 1, 3]]])
    right = torch.nn.functional.one_hot(y, source.outputs).double()
    silent = torch.nn.functional.one_hot(torch.zeros_like(y), source.outputs).double()
    noisy = right.clone()
    noisy[:, :, :6] = right[:, :, -1:]  # wrong wherever a blank is due
    half = right.clone()
    half[:, :, -1] = right[:, :, 0]
    scores = [source.score(output, y).item() for output in (right, silent, noisy, half)]
    assert scores == [1.0, 0.0, 1.0, 0.5]


@pytest.mark.parametrize("length", [10, 19, 30, 57])
def test_temporal_order(length: int) -> None:
    x, y = drawn(TemporalOrder(), length)
    tenth = length // 10
    for tokens, (target,) in zip(x.tolist(), y.tolist(), strict=True):
        (first, a), (second, b) = [(t, token) for t, token in enumerate(tokens) if token < 2]
        assert tenth <= first < 2 * tenth
        assert 4 * length // 10 <= second < 4 * length // 10 + tenth
        assert target == {(0, 0): 0, (0, 1): 1, (1, 0): 2, (1, 1): 3}[a, b]
    assert sorted(set(x.flatten().tolist())) == list(range(6))
    assert TemporalOrder().open(length).chance_loss == log(4)


def test_temporal_order_uses_every_allowed_place() -> None:
    x, _ = drawn(TemporalOrder(), 40)
    assert (x < 2).any(0).nonzero().flatten().tolist() == [*range(4, 8), *range(16, 20)]
