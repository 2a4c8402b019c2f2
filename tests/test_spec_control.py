"""`claim` and `control` in a spec: what they may say, where mistakes stand, what the control arm is."""

from pathlib import Path
from typing import Any

import pytest
from common.specs import MINIMAL, SMALL, written

from gradx import grid
from gradx.base.errors import SpecError
from gradx.base.written import written as as_yaml
from gradx.spec import Experiment, load

CLAIM = {"statement": "Width matters", "verdict": "holds", "effect": "loss.final"}
BOTH: dict[str, Any] = {"claim": CLAIM, "control": {"width": 5}, "expect": ["loss.final < 1"]}


def config(folder: Path, name: str = "some.yaml", **fields: Any) -> Path:
    return written(folder, as_yaml(SMALL | BOTH | fields), name)


def problems(path: Path, overrides: tuple[str, ...] = (), control: bool = False) -> list[tuple[int | None, str]]:
    """Of both ways to read a file, which must say the same: line and message."""
    found = []
    for read in (load, grid.load):
        with pytest.raises(SpecError) as caught:
            read(path, overrides, control)
        found.append([(problem.line, problem.message) for problem in caught.value.problems])
    assert found[0] == found[1]
    return found[0]


def test_both_arms(tmp_path: Path) -> None:
    path = config(tmp_path, control={"width": 5, "init.gain": 2, "clipping": {"kind": "norm", "max_norm": 1.0}})
    one, other = load(path), load(path, control=True)
    assert one.claim is not None
    assert one.claim.statement == "Width matters"
    assert (one.name, one.width, one.clipping.kind) == ("some", 3, "none")
    assert (other.name, other.width, other.clipping.kind) == ("some-control", 5, "norm")
    assert other.init.gain == 2
    assert (other.claim, other.control) == (None, None)
    assert other.expect == one.expect
    assert grid.load(path, control=True).experiments == [other]


def test_they_are_no_part_of_a_run(tmp_path: Path) -> None:
    plain = Experiment(**SMALL)
    one = load(config(tmp_path))
    assert (one.run, one.shape) == (plain.run, plain.shape)
    assert not any(key.startswith(("claim", "control")) for key in one.flat())
    assert one.run != load(config(tmp_path), control=True).run


def test_they_are_written_back(tmp_path: Path) -> None:
    one = load(config(tmp_path, control={"width": 5, "init.recurrent": None, "depth": 2}))
    assert load(written(tmp_path, as_yaml(one.resolved()))) == one
    swept = grid.load(config(tmp_path, sweep={"grid": {"depth": [1, 2]}}))
    again = grid.load(written(tmp_path, as_yaml(swept.data)))
    assert again.experiments == swept.experiments


def test_the_command_line_has_the_last_word_but_makes_no_other_arm(tmp_path: Path) -> None:
    path = config(tmp_path)
    assert load(path, ["steps=2"], control=True).steps == 2
    with pytest.raises(SpecError, match="width is what makes the control arm"):
        load(path, ["width=7", "steps=2"], control=True)
    for pinned, given in (("init.gain", "init=orthogonal"), ("init", "init.gain=2"), ("width", "width=3,4")):
        other = config(
            tmp_path, "other.yaml", control={pinned: {"init.gain": 2.0, "init": "orthogonal"}.get(pinned, 5)}
        )
        with pytest.raises(SpecError, match="is what makes the control arm"):
            grid.load(other, [given], control=True)
    assert load(path, ["width=5"]).width == 5  # the same as the control arm, which is no matter of this run
    assert load(path, ["architecture=lstm"]).control == {"width": 5}


def test_the_control_arm_of_a_sweep(tmp_path: Path) -> None:
    path = config(tmp_path, sweep={"grid": {"depth": [1, 2], "init.gain": [0.5, 2]}}, control={"init.gain": 1.0})
    other = grid.load(path, ["seed=0,1"], control=True)
    assert other.axes == {"depth": [1, 2], "seed": [0, 1]}
    assert {one.init.gain for one in other.experiments} == {1.0}
    assert other.data["name"] == other.name == "some-control"
    assert grid.load(config(tmp_path, "one.yaml", sweep={"grid": {"width": [3, 4]}}), control=True).points is None


MISTAKES = """\
claim:
  statement: ''
  verdict: hold
  effect: grwth.time
control: {activation: tnah, dpth: 3, init: {kind: orthogonal, gan: 2}}
architecture: rnn
task: adding
depth: 0
sequence_length: 5
"""


def test_mistakes_of_both_arms_are_placed_once_each(tmp_path: Path) -> None:
    found = problems(written(tmp_path, MISTAKES))
    assert [line for line, _ in found] == [1, 2, 3, 4, 5, 5, 5, 8]
    said = " ".join(message for _, message in found)
    for words in ("needs the key 'expect'", "at least 1 characters", "verdict", "'growth.time'?", "'tanh'?", "'gain'?"):
        assert words in said
    assert "unknown key 'dpth'" in said


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"claim": None}, "a control arm needs the key 'claim'"),
        ({"control": None}, "a claim needs the key 'control'"),
        ({"expect": []}, "a claim needs the key 'expect'"),
        ({"control": {}}, "must be a mapping of overrides"),
        ({"control": [3]}, "must be a mapping"),
        ({"control": 5}, "must be a mapping of overrides"),
        ({"control": {"width": 3}}, "changes nothing"),
        ({"control": {"width": 5, "seed": 1}}, "seed cannot differ: both arms share it"),
        ({"control": {"expect": ["solved"]}}, "expect cannot differ"),
        ({"control": {"sweep": {"grid": {"width": [1]}}}}, "sweep cannot differ"),
        ({"control": {"1a": 5}}, "'1a' is not a path"),
        ({"control": {"width.x": 5}}, "width is 3, there are no keys in it"),
        ({"control": {"width": {"range": [1, 3]}}}, "must be a single value"),
        ({"claim": CLAIM | {"verdict": "holds if"}}, "needs 'condition': the condition"),
        ({"claim": CLAIM | {"verdict": "does not hold"}}, "needs 'condition': what is so instead"),
        ({"claim": CLAIM | {"condition": "always"}}, "the verdict 'holds' has no condition"),
        ({"claim": CLAIM | {"effect": "verdict.time"}}, "unknown number 'verdict.time'"),
        ({"claim": CLAIM | {"effect": 3}}, "claim.effect: must be text"),
        ({"claim": "Width matters"}, "claim: must be a mapping"),
    ],
)
def test_what_is_refused(tmp_path: Path, fields: dict[str, Any], wanted: str) -> None:
    assert any(wanted in message for _, message in problems(config(tmp_path, **fields)))


def test_without_a_control_arm_there_is_none(tmp_path: Path) -> None:
    path = written(tmp_path, as_yaml(SMALL))
    assert problems(path, control=True) == [(None, "there is no control arm: it needs the key 'control'")]


def test_from_python(tmp_path: Path) -> None:
    assert Experiment(**MINIMAL, **BOTH).claim is not None
    with pytest.raises(ValueError, match="needs the key 'control'"):
        Experiment(**MINIMAL, claim=CLAIM, expect=["solved"])
