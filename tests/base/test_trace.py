"""`Trace` keeps what it is given, refuses what it cannot keep, and survives pandas."""

import subprocess
import sys

import numpy as np
import pytest

from gradx.base.trace import SCHEMA, Block, Instant, Trace


def example() -> Trace:
    values = [0.0, -0.0, np.nan, np.inf, -np.inf, 5e-324]
    return Trace("a1", np.arange(6), "loss", ["é", "", "a\0", "x", "y", "z"], 0, values)


def test_a_scalar_stands_for_a_column() -> None:
    trace = example()
    assert len(trace) == 6
    assert trace.run.tolist() == ["a1"] * 6
    assert [trace.columns()[name].dtype for name in SCHEMA] == [object, np.int64, object, object, np.int32, np.float64]
    assert len(Trace("a1", 0, "loss", "all", 0, 1.5)) == 1


def test_float32_becomes_the_same_float64() -> None:
    assert Trace("a", 0, "q", "s", 0, np.float32([0.1])).value[0] == float(np.float32(0.1))


def test_rows_are_plain_python() -> None:
    row = next(example().rows())
    assert row == ("a1", 0, "loss", "é", 0, 0.0)
    assert [type(cell) for cell in row] == [str, int, str, str, int, float]


def test_concat_keeps_order_and_bits() -> None:
    both = Trace.concat([example(), example()])
    assert both.value.tobytes() == example().value.tobytes() * 2
    assert both.site.tolist() == example().site.tolist() * 2
    assert len(Trace.concat([])) == 0
    assert Trace.concat([]).step.dtype == np.int64


def test_frame_and_back_is_the_identity() -> None:
    frame = example().to_frame()
    assert frame.dtypes.astype(str).to_dict() == {
        "run": "str",
        "step": "int64",
        "quantity": "str",
        "site": "str",
        "index": "int32",
        "value": "float64",
    }
    back = Trace.from_frame(frame.assign(more=1))
    assert list(map(repr, back.rows())) == list(map(repr, example().rows()))
    with pytest.raises(ValueError, match="missing: site"):
        Trace.from_frame(frame.drop(columns="site"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"step": 1.5},
        {"step": float("nan")},
        {"index": 2**31},
        {"index": None},
        {"value": [1.0, None]},
        {"value": ["1.0"]},
        {"value": [[1.0]]},
        {"value": [1.0, 2.0], "step": [1, 2, 3]},
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused(wrong: dict[str, object]) -> None:
    good: dict[str, object] = {"run": "a", "step": 0, "quantity": "q", "site": "s", "index": 0, "value": 1.0}
    with pytest.raises(ValueError, match="of a trace"):
        Trace(**good | wrong)  # type: ignore[arg-type]


def test_import_is_light() -> None:
    heavy = "import sys, gradx.base.trace; print(*{'pandas', 'torch', 'pyarrow'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", heavy], capture_output=True, check=True).stdout.strip() == b""


def test_an_instant_finds_what_a_run_measured_at_a_step():
    columns = [("loss", "", 0), ("norm", "layer 1", 1), ("norm", "layer 1", 2), ("norm", "layer 2", 1)]
    values = np.arange(16.0).reshape(2, 2, 4)
    present = np.ones((2, 2, 4), dtype=bool)
    present[1, 0, [0, 1]] = False
    whole, holed = (Block(["a", "b"], np.array([3, 5]), columns, values, there) for there in (None, present))
    instant = whole.at(1, 0)
    assert (instant.step, instant.scalar("loss"), instant.scalar("norm"), instant.scalar("none")) == (3, 8, 9, None)
    assert instant.profile("norm") == ([1, 2, 1], [9, 10, 11])
    assert instant.profile("norm", "layer 1") == ([1, 2], [9, 10])
    assert instant.sites("norm") == {"layer 1", "layer 2"}
    instant = holed.at(1, 0)
    assert (instant.scalar("loss"), instant.scalar("norm")) == (None, 10)
    assert instant.profile("norm", "layer 1") == ([2], [10])
    assert instant.profile("none") == ([], [])
    assert holed.at(1, 1).scalar("loss") == 12


def test_an_empty_instant_has_nothing():
    assert (Instant().scalar("loss"), Instant().profile("loss"), Instant().sites("loss")) == (None, ([], []), set())
