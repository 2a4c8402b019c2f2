"""Where formats end, against NumPy and torch; norms that read 0 or inf, against sums in float32."""

import numpy as np
import pytest
import torch
from reporting.rows import row

from gradx.reporting.elements import Series
from gradx.reporting.views.limits import FORMATS, OVERFLOW, STILL, UNDERFLOW, gradient_limits, near, update_limits


@pytest.mark.parametrize("name", FORMATS)
def test_formats_are_those_of_torch(name: str) -> None:
    info = torch.finfo(getattr(torch, name))
    assert FORMATS[name].largest == info.max
    assert FORMATS[name].smallest == info.tiny * info.eps  # the smallest subnormal number
    smallest = torch.tensor(FORMATS[name].smallest, dtype=torch.float64).to(getattr(torch, name))
    assert smallest.item() == FORMATS[name].smallest
    assert (smallest.double() / 2).to(getattr(torch, name)).item() == 0
    if name != "bfloat16":
        assert FORMATS[name].smallest == np.finfo(name).smallest_subnormal


def norm(entries: list[float]) -> float:
    return float(np.sqrt(np.sum(np.array(entries, dtype=np.float32) ** 2, dtype=np.float32)))


def test_a_norm_in_float32_reads_0_up_to_its_limit_and_inf_from_its_limit() -> None:
    with np.errstate(over="ignore"):
        assert norm([UNDERFLOW]) == 0 < norm([UNDERFLOW * (1 + 2**-20)])
        assert norm([UNDERFLOW / 2] * 4) == 0  # a norm of UNDERFLOW, in four parts
        assert norm([np.nextafter(np.float32(2.0**64), np.float32(0))]) < np.inf == norm([2.0**64])
        assert norm([OVERFLOW / 2] * 4) == np.inf  # nothing in it overflows alone


def test_float32_weights_stand_still_below_half_of_the_limit_and_never_above_it() -> None:
    weights = np.linspace(1, 2, 1000, endpoint=False, dtype=np.float32)
    assert (weights + weights * np.float32(STILL * 0.499) == weights).all()
    assert (weights + weights * np.float32(STILL * 1.01) != weights).all()
    assert [limit.value for limit in update_limits([row()])] == [STILL]
    assert update_limits([row(), row(dtype="float64")]) == []


def test_float16_is_there_where_it_is_used_by_its_loss_scale() -> None:
    assert not [limit for limit in gradient_limits([row()]) if "float16 ends" in limit.label.replace("bfloat16", "")]
    half = [row(dtype="float16", loss_scale=1024), row()]
    values = {limit.beyond: limit.value for limit in gradient_limits(half) if limit.label.startswith("float16")}
    assert values == {"below": 2.0**-34, "above": 65504 / 1024}
    assert gradient_limits([row(dtype="float16", loss_scale=scale) for scale in (1, 8)]) == gradient_limits([row()])


def test_only_what_is_near_is_kept() -> None:
    limits = gradient_limits([row()])
    assert near(limits, [Series("a", [1, 2], [1e-3, float("nan")])]) == []
    assert [limit.value for limit in near(limits, [Series("a", [1], [1e-20])])] == [UNDERFLOW]
    assert [limit.value for limit in near(limits, [Series("a", [1], [1.0], [1.0], [1e14])])] == [OVERFLOW]
    assert len(near(limits, [Series("a", [1, 2], [0.0, float("inf")])])) == len(limits)
