"""`gradx claims`, and `--control` of run and sweep: what they print, write and how they exit."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from common.commands import gradx

CONFIG = """\
claim:
  statement: A wide network has more parameters than a narrow one has, which everybody knew before
  verdict: holds if
  condition: the network is wide
  effect: parameters
control: {width: 3}
architecture: rnn
task: adding
sequence_length: 5
width: 6
batch_size: 2
steps: 3
expect:
- parameters > 50
"""


@pytest.fixture(autouse=True)
def configs(here: Path) -> None:
    for folder in ("causes", "remedies"):
        (here / folder).mkdir()
        (here / folder / f"{folder}_one.yaml").write_text(CONFIG)
    (here / "causes" / "wrong.yaml").write_text(CONFIG.replace("parameters > 50", "parameters > 500"))


def test_a_page_for_each_claim_and_a_table_for_each_folder() -> None:
    got = gradx("claims", "causes", "remedies", "--seeds", 2, "--markdown", "docs.md", "--workers", 1)
    assert got.code == 0
    lines = got.out.splitlines()
    assert max(map(len, lines)) <= 80
    assert [line for line in lines if line in ("Causes", "Remedies")] == ["Causes", "Remedies"]
    assert "holds if" in got.out
    assert "not confirmed (expected: holds if)" in " ".join(got.out.split())
    assert "met 2 of 2, control arm 0 of 2, Fisher p = 0.33" in got.out
    assert "seed 1: parameters > 500 is not met" in got.out
    assert lines[-1].startswith("2 of 3 claims confirmed, ")
    assert "2 of 3: causes/wrong.yaml" in got.err
    assert "\x1b" not in got.out
    table = Path("docs.md").read_text().splitlines()
    assert [line for line in table if line.startswith("#")] == ["### Causes", "### Remedies"]
    rows = [line for line in table if line.startswith("| [")]
    assert len(rows) == 3
    assert {line.count("|") for line in table if line.startswith("|")} == {9}
    assert (
        "](causes/causes_one.yaml) | holds if | the network is wide | 2 of 2 | 0 of 2 | 0.33 | `parameters` +"
        in rows[0]
    )
    assert "not confirmed (expected: holds if)" in rows[1]


def test_strict_and_json() -> None:
    got = gradx("claims", "causes", "--seeds", 1, "--json", "--strict")
    assert (got.code, got.err) == (1, "")
    one, other = json.loads(got.out)
    assert (one["confirmed"], one["met"], one["control_met"], one["group"]) == (True, [True], [False], "causes")
    assert one["difference"]["mean"] == one["pairs"][0][0] - one["pairs"][0][1]
    assert (other["confirmed"], other["notes"]) == (False, ["parameters > 500 is not met"])
    assert gradx("claims", "remedies", "--seeds", 1, "--strict", "--quiet").code == 0


def test_a_run_that_fails_is_exit_code_1(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("lost\nthe thread")

    monkeypatch.setattr("gradx.work.train", fail)
    got = gradx("claims", "remedies", "--seeds", 1)
    assert got.code == 1
    assert "not confirmed" in got.out
    assert "lost" in got.out


def test_wrong_input_is_exit_code_2() -> None:
    for words in (["gone"], ["remedies", "--seeds", 0]):
        got = gradx("claims", *words)
        assert (got.code, got.out) == (2, "")
        assert got.err


def test_all_mistakes_are_told_before_anything_is_trained(here: Path) -> None:
    (here / "causes" / "zzz.yaml").write_text(CONFIG.replace("batch_size: 2", "batch_sise: 2"))
    got = gradx("claims", "causes", "--seeds", 1)
    assert got.code == 2
    assert "unknown key 'batch_sise'" in got.err
    assert not (here / "results").exists()
    got = gradx("claims", "remedies", "--markdown", "gone/x.md")
    assert (got.code, (here / "results").exists()) == (2, False)
    assert "--markdown: " in got.err


def test_quiet_is_one_line() -> None:
    got = gradx("claims", "remedies", "--seeds", 1, "--quiet")
    assert got.out.strip().startswith("1 of 1 claim")
    assert len(got.out.strip().splitlines()) == 1


def test_a_miss_is_told_with_its_seed() -> None:
    assert (
        "seed 7: parameters > 500 is not met"
        in gradx("claims", "causes/wrong.yaml", "--seeds", 2, "--first-seed", 7).out
    )


def test_check_takes_the_control_arm() -> None:
    got = gradx("check", "causes/causes_one.yaml", "--control")
    assert got.code == 0
    assert "width: 3" in got.out
    assert "width: 6" in gradx("check", "causes/causes_one.yaml").out


def test_run_and_sweep_take_the_control_arm() -> None:
    got = gradx("run", "remedies/remedies_one.yaml", "--control", "seed=3")
    assert got.code == 0
    assert "This is the control arm of a claim" in got.out
    assert "0 of 1 met" in got.out
    spec = yaml.safe_load(Path("results/remedies_one-control/spec.yaml").read_text())
    assert (spec["width"], spec["seed"], "claim" in spec, "control" in spec) == (3, 3, False, False)
    assert gradx("run", "results/remedies_one-control/spec.yaml").code == 0
    assert gradx("sweep", "remedies/remedies_one.yaml", "seed=3,4", "--control").code == 0
    assert {path.name for path in Path("results").iterdir()} == {"remedies_one-control"}
    assert "control arm" not in gradx("run", "remedies/remedies_one.yaml").out


def test_what_to_do_next_after_the_control_arm_is_the_other_arm() -> None:
    got = gradx("run", "remedies/remedies_one.yaml", "--control", "seed=3")
    proposed = [line.strip() for line in got.out.splitlines() if line.strip().startswith("gradx run")]
    assert proposed == ["gradx run remedies/remedies_one.yaml seed=3"]


def test_check_looks_at_both_arms(here: Path) -> None:
    (here / "x.yaml").write_text(CONFIG.replace("{width: 3}", "{widht: 3}"))
    got = gradx("check", "x.yaml")
    assert got.code == 2
    assert "x.yaml:6:11: unknown key 'widht'; did you mean 'width'?" in got.err
