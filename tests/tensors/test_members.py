"""`stack`: varying fields become float64 vectors, everything else is shared."""

from typing import Annotated, Literal

import pytest
import torch
from pydantic import Field

from gradx.base.part import Part, Varies
from gradx.tensors.members import aligned, anywhere, like, stack


class Inner(Part):
    kind: Literal["inner"] = "inner"
    gain: Annotated[Varies[float], Field(gt=0)] = 1.0
    flag: bool = False


class Outer(Part):
    kind: Literal["outer"] = "outer"
    depth: int = 2
    rate: Varies[float] = 0.0
    threshold: Varies[float | None] = None
    inner: Inner = Inner()


def test_varying_fields_are_stacked_at_every_level():
    stacked = stack([Outer(rate=r, inner=Inner(gain=g)) for r, g in [(0.1, 1), (0.2, 2), (0.3, 3)]])
    assert type(stacked) is Outer
    assert torch.equal(stacked.rate, torch.tensor([[0.1], [0.2], [0.3]], dtype=torch.float64))
    assert torch.equal(stacked.inner.gain, torch.tensor([[1.0], [2.0], [3.0]], dtype=torch.float64))
    assert (stacked.kind, stacked.depth, stacked.inner.flag, stacked.threshold) == ("outer", 2, False, None)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ([], "at least one"),
        ([Outer(), Inner()], "Inner.*Outer"),
        ([Outer(depth=2), Outer(depth=3)], "depth"),
        ([Outer(inner=Inner(flag=True)), Outer()], "flag"),
        ([Outer(threshold=1.0), Outer()], "fields set"),
    ],
)
def test_parts_of_different_cohorts_are_refused(parts, message):
    with pytest.raises(ValueError, match=message):
        stack(parts)


def test_like_keeps_the_dtype_of_the_tensor():
    grad = torch.ones(2, 3)
    for value in (0.1, torch.tensor([[0.1], [0.2]], dtype=torch.float64)):
        assert (grad * like(value, grad)).dtype == torch.float32
    assert like(0.1, grad.double()).item() == 0.1


def test_aligned_meets_tensors_of_any_rank():
    numbers = torch.tensor([[0.1], [0.2]], dtype=torch.float64)
    for x in (torch.ones(2), torch.ones(2, 3), torch.ones(2, 3, 4, 5)):
        for value in (numbers, numbers.squeeze(1)):
            scaled = x * aligned(value, x)
            assert scaled.shape == x.shape
            assert [set(member.flatten().tolist()) for member in scaled] == [{0.1}, {0.2}]
        assert aligned(0.1, x) == 0.1


def test_anywhere_asks_all_members():
    assert anywhere(0.5)
    assert anywhere(torch.tensor([[0.0], [0.5]]))
    assert not anywhere(0.0)
    assert not anywhere(torch.zeros(3, 1))
