"""What holds for every task: shapes, fixed randomness, the chance level, documentation."""

from collections.abc import Callable
from itertools import islice
from math import sqrt
from typing import get_args

import pytest
import torch
from pydantic import TypeAdapter
from torch import Generator, Tensor

from gradx.base.errors import SpecError
from gradx.tasks import Adding, AnyTask, Digits, Image, Source, Task
from gradx.tasks.base import BLOCK_BYTES, BLOCK_STEPS, Block

KINDS = sorted(part.model_fields["kind"].default for part in get_args(get_args(AnyTask)[0]))
LENGTH = 12
SMALL: dict[str, dict[str, int | bool]] = {"copying": {"symbols": 3, "alphabet": 4}, "pixel_digits": {"permuted": True}}


@pytest.fixture(params=KINDS)
def task(request: pytest.FixtureRequest, folder_of: Callable[[str], str]) -> Task:
    kind = request.param
    path = {"path": folder_of(kind)} if kind in ("mnist", "cifar10") else {}
    return TypeAdapter(AnyTask).validate_python({"kind": kind} | SMALL.get(kind, {}) | path)


@pytest.fixture
def source(task: Task) -> Source:
    return task.open(LENGTH if "sequence_length" in task.uses else None)


def first(source: Source, seed: int, batch_size: int = 16) -> Block:
    return next(source.batches(Generator().manual_seed(seed), batch_size))


def check_block(source: Source, x: Tensor, y: Tensor, lead: tuple[int, ...]) -> None:
    shape = source.input
    if isinstance(shape, Image):
        assert x.shape == (*lead, shape.channels, shape.height, shape.width)
    else:
        assert x.shape == (*lead, shape.steps, *(() if shape.tokens else (shape.features,)))
    if not isinstance(shape, Image) and shape.tokens:
        assert x.dtype == torch.int64
        assert x.min() >= 0
        assert x.max() < shape.features
    else:
        assert x.dtype == torch.float32
    if source.objective == "mse":
        assert y.shape == (*lead, source.scored, source.outputs)
        assert y.dtype == torch.float32
    else:
        assert y.shape == (*lead, source.scored)
        assert y.dtype == torch.int64
        assert y.min() >= 0
        assert y.max() < source.outputs


def test_blocks_and_test_set_have_the_announced_shapes(source: Source) -> None:
    x, y = first(source, 0)
    check_block(source, x, y, (source.block_steps(16), 16))
    x, y = source.test()
    check_block(source, x, y, (len(x),))


def test_the_generator_alone_decides_the_batches(source: Source) -> None:
    same = [list(islice(source.batches(Generator().manual_seed(3), 8), 3)) for _ in range(2)]
    for (x1, y1), (x2, y2) in zip(*same, strict=True):
        assert torch.equal(x1, x2)
        assert torch.equal(y1, y2)
    assert not torch.equal(same[0][0][0], same[0][1][0])
    assert not torch.equal(same[0][0][0], first(source, 4, 8)[0])


def test_the_test_set_never_changes(task: Task, source: Source) -> None:
    before = source.test()
    first(source, 5)
    again = task.open(LENGTH if "sequence_length" in task.uses else None).test()
    assert all(torch.equal(a, b) for a, b in zip(before, again, strict=True))


def test_a_block_fits_its_limits(source: Source) -> None:
    for batch_size in (1, 8, 64):
        x, y = first(source, 6, batch_size)
        step_bytes = (x[0].numel() * x.element_size()) + (y[0].numel() * y.element_size())
        assert len(x) == max(1, min(BLOCK_STEPS, BLOCK_BYTES // step_bytes))


def test_chance_is_what_the_best_prediction_without_the_input_costs(source: Source) -> None:
    """Fitted per step on 4000 targets, scored on 4000 others; allowed: 4 standard errors and the fit's bias."""
    count = 4000
    drawn: list[Tensor] = []
    for _, y in source.batches(Generator().manual_seed(7), 16):
        drawn.append(y.flatten(0, 1))
        if sum(map(len, drawn)) >= 2 * count:
            break
    fit, fresh = torch.cat(drawn)[: 2 * count].view(2, count, *drawn[0].shape[1:])
    if source.objective == "mse":
        costs = (fresh - fit.mean(0)).square().flatten(1).mean(1)
        parameters = 1
    else:
        frequency = torch.nn.functional.one_hot(fit, source.outputs).double().mean(0) + 1e-6
        costs = -frequency.log().expand(count, -1, -1).gather(2, fresh.unsqueeze(2)).mean((1, 2))
        parameters = source.outputs
    standard_error = costs.std().item() / sqrt(count)
    assert abs(costs.mean().item() - source.chance_loss) < 4 * standard_error + parameters / count


def test_chance_is_not_solved_and_perfection_is(source: Source) -> None:
    assert not source.is_solved(source.chance_metric)
    assert source.is_solved(1.0 if source.higher_is_better else 0.0)
    assert not source.is_solved(float("nan"))


def test_loss_and_score_of_a_perfect_answer(source: Source) -> None:
    y = source.test()[1][:6].expand(2, *[-1] * source.test()[1].dim())
    perfect = y if source.objective == "mse" else 100.0 * torch.nn.functional.one_hot(y, source.outputs)
    assert torch.equal(source.loss(perfect, y), torch.zeros(2))
    expected = torch.ones(2) if source.higher_is_better else torch.zeros(2)
    assert torch.equal(source.score(perfect, y).float(), expected)


def test_facts_can_be_recorded(source: Source) -> None:
    assert all(isinstance(value, str | int | float) for value in source.facts.values())


@pytest.mark.parametrize("part", get_args(get_args(AnyTask)[0]), ids=lambda part: part.__name__)
def test_a_task_says_what_it_is(part: type[Task]) -> None:
    text = part.__doc__ or ""
    assert all(word in text for word in ("\n    x ", "mean square" if part is Adding else "ross entropy"))
    assert all(f"\n    {word}:" in text for word in ("Chance", "Solved", "Reference"))


def test_a_bare_name_is_a_task() -> None:
    task = TypeAdapter(AnyTask).validate_python("adding")
    assert task.model_dump() == {"kind": "adding"}


def test_tasks_that_read_a_length_name_the_shortest() -> None:
    shortests = {
        "adding": 2,
        "copying": 1,
        "first_word": 1,
        "latch": 3,
        "temporal_order": 10,
        "text": 1,
        "translation": 1,
    }
    for kind, shortest in shortests.items():
        task = TypeAdapter(AnyTask).validate_python(kind)
        task.open(shortest)
        for length in (shortest - 1, None):
            with pytest.raises(SpecError, match=f"at least {shortest}") as caught:
                task.open(length)
            assert caught.value.problems[0].path == "sequence_length"


@pytest.mark.parametrize("task", [Digits(), Adding()], ids=["cross_entropy", "mse"])
def test_the_closed_form_gradient_of_the_loss_is_that_of_autograd(task: Task) -> None:
    source = task.open(LENGTH if "sequence_length" in task.uses else None)
    generator = torch.Generator().manual_seed(0)
    output = torch.randn(3, 4, 2, 5, generator=generator, dtype=torch.float64, requires_grad=True)
    classes = torch.randint(5, (3, 4, 2), generator=generator)
    y = classes if source.objective == "cross_entropy" else output.detach().flip(0)
    expected = source.loss(output, y)
    (gradient,) = torch.autograd.grad(expected.sum(), output)
    losses, found = source.loss_and_gradient(output.detach(), y)
    torch.testing.assert_close(losses, expected.detach(), rtol=1e-14, atol=0)
    torch.testing.assert_close(found, gradient, rtol=1e-13, atol=1e-17)
