"""`report` in a spec: what it may say, where mistakes stand, that no run changes by it."""

from pathlib import Path
from typing import Any

import pytest
from common.specs import SMALL, written

import gradx
from gradx import findings, grid
from gradx.base import yaml
from gradx.base.errors import SpecError
from gradx.base.written import written as as_yaml
from gradx.spec import IDENTITY, Experiment, load

SAID = {
    "question": "Does width matter?",
    "caption": "Loss by width",
    "x": "init.gain",
    "y": "loss.final",
    "by": "width",
}


def config(folder: Path, **report: Any) -> Path:
    return written(folder, as_yaml(SMALL | {"report": report}))


def test_it_is_no_part_of_a_run(tmp_path: Path) -> None:
    plain, one = Experiment(**SMALL), load(config(tmp_path, **SAID))
    assert one.report is not None
    assert one.report.model_dump() == SAID
    assert (one.run, one.shape) == (plain.run, plain.shape)
    assert not any(key.startswith("report") for key in one.flat())
    assert load(written(tmp_path, as_yaml(one.resolved()), "again.yaml")).report == one.report


def test_every_mistake_at_its_place(tmp_path: Path) -> None:
    path = config(tmp_path, x="dept", y="loss.finale", by="expect", questions="?", caption=3)
    for read in (load, grid.load):
        with pytest.raises(SpecError) as caught:
            read(path)
        found = {problem.path: problem.message for problem in caught.value.problems}
        assert set(found) == {"report.x", "report.y", "report.by", "report.questions", "report.caption"}
        assert "did you mean 'depth'" in found["report.x"]
        assert "did you mean 'loss.final'" in found["report.y"]
        assert "allowed: architecture, activation" in found["report.by"]
        assert all(problem.line for problem in caught.value.problems)


def test_what_goes_up_may_be_a_share_as_on_the_command_line(tmp_path: Path) -> None:
    for name in ("status diverged", "verdict.depth vanishing"):
        said = load(config(tmp_path, y=name)).report
        assert said is not None
        assert said.y == name
    with pytest.raises(SpecError, match="unknown result 'status diverges'; did you mean 'status diverged'"):
        load(config(tmp_path, y="status diverges"))


def test_it_cannot_be_swept(tmp_path: Path) -> None:
    path = written(tmp_path, as_yaml(SMALL | {"sweep": {"grid": {"report.x": ["width", "depth"]}}}))
    with pytest.raises(SpecError, match="does not change a run"):
        grid.load(path)


def test_what_varies_in_a_report_makes_runs() -> None:
    assert set(findings.VARIED) <= set(IDENTITY)
    assert set(IDENTITY) - set(findings.VARIED) == {"diagnosis", "measure", "threads"}


def test_a_new_question_reaches_the_results_without_a_new_run(tmp_path: Path) -> None:
    results = tmp_path / "results"
    done = gradx.run(config(tmp_path, question="Old?"), results=results)
    again = gradx.run(config(tmp_path, question="New?"), results=results)
    assert not again.computed
    spec = done.results.paths.spec
    assert yaml.load(spec).data["report"] == {"question": "New?"}
    before = spec.read_text()
    gradx.run(config(tmp_path, question="Other?"), ["width=4"], results=results)  # computes, so it is written
    gradx.run(config(tmp_path, question="Mine?"), results=results)  # the spec there is that of another run
    assert yaml.load(spec).data["report"] == {"question": "Other?"}
    assert before != spec.read_text()
