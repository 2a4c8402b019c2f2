"""Wrong sweeps of every kind: each mistake is named at its place, exit code 2, no traceback, nothing written."""

import re
from pathlib import Path

import pytest
from common.commands import Reply, gradx

BASE = "architecture: mlp\ntask: digits\nsteps: 1\nsweep:\n"

# name: (what stands under `sweep:`, then what must be said)
ONE_MISTAKE: dict[str, tuple[str, str]] = {
    # the block
    "empty": ("", "x.yaml:4:7: must be a mapping with grid, zip or list, or a list of such mappings (got null)"),
    "a word": ("  grid", "x.yaml:5:3: must be a mapping with grid, zip or list"),
    "no blocks": ("  []", "x.yaml:5:3: an empty list of blocks sweeps nothing"),
    "unknown key": ("  grdi: {seed: [0, 1]}", "x.yaml:5:3: unknown key 'grdi'; did you mean 'grid'?"),
    "an axis beside grid": ("  seed: [0, 1]", "x.yaml:5:3: unknown key 'seed'; an axis belongs under grid"),
    "empty grid": ("  grid: {}", "x.yaml:5:9: must be a mapping of paths like {init.gain: ...} (got an empty mapping)"),
    "list of no points": ("  list: []", "x.yaml:5:9: must be a list of points like {depth: 2, width: 64} (got an"),
    # the values
    "a single value": ("  grid: {seed: 3}", "x.yaml:5:16: must be a list of values or one of {range: [a, b, step]}"),
    "empty axis": ("  grid: {seed: []}", "x.yaml:5:16: an empty axis: write at least one value"),
    "twice": ("  grid: {seed: [1, 2, 1]}", "x.yaml:5:23: seed 1 stands here twice: the runs would coincide"),
    "nan": ("  grid: {init.gain: [.nan]}", "x.yaml:5:22: must be a finite number (got .nan)"),
    "unknown form": ("  grid: {seed: {rnge: [0, 5]}}", "must be a list of values or one of {range: [a, b, step]}"),
    "empty range": ("  grid: {seed: {range: [5, 0]}}", "x.yaml:5:24: holds no value: from 5 to 0 in steps of 1"),
    "step 0": ("  grid: {seed: {range: [0, 5, 0]}}", "x.yaml:5:31: the step must not be 0"),
    "no number of draws": ("  grid: {init.gain: {random: {uniform: [0, 1]}}}", "missing key 'n': how many values are"),
    "log of nothing": ("  grid: {init.gain: {logspace: [0, 1, 3]}}", "x.yaml:5:33: must be greater than 0 (got 0)"),
    "two million seeds": ("  grid: {seed: {range: [0, 2000000]}}", "x.yaml:5:24: "),
    "a million points": (
        "  grid: {seed: {range: [0, 2000]}, depth: {range: [1, 1001]}}",
        "2000 x 1000 = 2,000,000 points; at most 1,000,000 are allowed",
    ),
    "zip of two lengths": (
        "  zip: {depth: [1, 2, 3], width: [4, 5]}",
        "x.yaml:5:34: 2 values, but depth has 3: zip pairs them one by one",
    ),
    # the paths
    "name": ("  grid: {name: [a, b]}", "x.yaml:5:10: 'name' cannot be swept: it does not change a run"),
    "claims": ("  grid: {expect: [[solved]]}", "x.yaml:5:10: 'expect' cannot be swept"),
    "no path": ("  grid: {init..gain: [1]}", "x.yaml:5:10: 'init..gain' is not a path like depth or init.gain"),
    "twice in a block": ("  grid: {seed: [1]}\n  zip: {seed: [2]}", "'seed' is swept twice in this block"),
    "part and key of it": (
        "  grid: {optimizer: [{kind: sgd, lr: 1}], optimizer.lr: [2]}",
        "this value says what optimizer.lr is, which is swept, too: keep one of them",
    ),
    # the points
    "unknown path": ("  grid: {dept: [1, 2]}", "unknown key 'dept'; did you mean 'depth'?"),
    "unknown path below": ("  grid: {optimizer.lrr: [1]}", "optimizer: unknown key 'lrr'; did you mean 'lr'?"),
    "wrong type": ("  grid: {depth: [1, two]}", "x.yaml:5:21: depth: must be a whole number (got 'two') (at the point"),
    "out of bounds": ("  grid: {depth: [1, 0]}", "x.yaml:5:21: depth: must be at least 1 (got 0) (at the point depth"),
    "unknown kind": ("  grid: {optimizer: [sgd, adm]}", "unknown optimizer 'adm'; did you mean 'adam'?"),
    "a key that is not used": (
        "  grid: {sequence_length: [null, 5]}",
        "task digits has a fixed length and does not use 'sequence_length' (at the point sequence_length=5)",
    ),
    "parts that do not fit": (
        "  grid: {architecture: [mlp, rnn]}",
        "architecture rnn reads a sequence, but task digits gives an image",
    ),
    "recurrent init of some": (
        "  list: [{depth: 2}, {depth: 3, init: {kind: normal, recurrent: normal}}]",
        "architecture mlp has no recurrent weights and does not use 'recurrent' (at the point depth=3, init=",
    ),
    "into a number": ("  grid: {steps.x: [1]}", "steps is 1, there are no keys in it"),
    # what shows when the data are opened
    "batch too large": (
        "  grid: {batch_size: [4, 1438], seed: [0, 1]}",
        "x.yaml:5:26: batch_size 1438 is larger than the training set of 1437 examples (at the point batch_size=1438,",
    ),
    "no such file": (
        "  list: [{seed: 1}, {task: {kind: mnist, path: gone}}]",
        "x.yaml:5:48: cannot list ",
    ),
}  # fmt: skip

OVERRIDES = {
    "twice": (["seed=1,1"], "command line:8: seed 1 stands here twice"),
    "empty": (["seed=1,"], "command line:8: no value after ','"),
    "the same path twice": (["seed=1,2", "seed=3"], "'seed' is set twice"),
    "of the block": (["sweep.grid={depth: [1]}"], "write an axis as path=v1,v2; the block 'sweep' is set in the file"),
    "wrong type": (["depth=1,two"], "command line:9: depth: must be a whole number (got 'two')"),
    "name": (["name=a,b"], "'name' cannot be swept: it does not change a run"),
    "form": (["depth={range: [5, 0]}"], "command line:15: holds no value"),
    "a whole and a part": (["optimizer={kind: sgd, lr: 1},adam", "optimizer.lr=1,2"], "one of the two would be lost"),
    "large batches": (["batch_size=8,9999"], "command line:14: batch_size 9999 is larger than the training set"),
}


def assert_refused(got: Reply, said: str) -> None:
    assert (got.code, got.out) == (2, "")
    assert "Traceback" not in got.err
    assert said in got.err
    assert len(re.findall(r"^(?:gradx: )?(?:\S+\.yaml|command line)[:]", got.err, re.MULTILINE)) == 1
    assert not Path("results").exists()


@pytest.mark.parametrize("name", ONE_MISTAKE)
def test_a_mistake_is_named_at_its_place(name: str) -> None:
    block, said = ONE_MISTAKE[name]
    Path("x.yaml").write_text(BASE + block + "\n")
    assert_refused(gradx("sweep", "x.yaml"), said)


@pytest.mark.parametrize("name", OVERRIDES)
def test_a_mistake_in_an_override_is_named_at_its_place(name: str) -> None:
    Path("x.yaml").write_text(BASE + "  grid: {seed: [0, 1], depth: [1, 2]}\n")
    words, said = OVERRIDES[name]
    for command in (["sweep"], ["sweep", "--dry-run"], ["check"]):
        assert_refused(gradx(*command, "x.yaml", *words), said)


def test_all_mistakes_at_once() -> None:
    lines = ["  grid: {seed: [0, 0], depth: {range: [5, 0]}}", "  zip: {width: []}", "  lst: [{}]"]
    Path("x.yaml").write_text(BASE + "\n".join(lines))
    got = gradx("sweep", "x.yaml")
    assert re.findall(r"^x\.yaml:(\d+:\d+)", got.err, re.MULTILINE) == ["5:20", "5:39", "6:16", "7:3"]
    Path("x.yaml").write_text(BASE + "  grid: {depth: [1, -1, two], width: [3, 0], seed: {range: [0, 100]}}\n")
    got = gradx("sweep", "x.yaml")
    assert sorted(re.findall(r"^x\.yaml:5:(\d+)", got.err, re.MULTILINE)) == ["21", "25", "42"]
    assert "(at the point depth=-1, width=3, seed=0, and 199 more)" in got.err


def test_a_point_that_cannot_be_is_said_before_any_other_runs() -> None:
    Path("x.yaml").write_text(BASE + "  list: [{seed: 1}, {seed: 2}, {depth: 0}]\n")
    assert_refused(gradx("sweep", "x.yaml"), "depth: must be at least 1 (got 0) (at the point depth=0)")


def test_a_claim_about_what_no_run_has_is_said_before_anything_runs() -> None:
    Path("x.yaml").write_text(BASE + "  grid: {seed: [1, 2]}\nexpect: [{where: dept > 3, that: share(solved) > 0}]\n")
    assert_refused(gradx("sweep", "x.yaml"), "x.yaml:6:18: no run has 'dept'; did you mean 'depth'?")
