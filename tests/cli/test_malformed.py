"""Wrong input of every kind: each mistake is named at its place, exit code 2, no traceback, nothing written."""

import re
from pathlib import Path

import pytest
import torch
from common.commands import Reply, gradx, reply, start_module

FINE = "architecture: mlp\ntask: digits\nsteps: 1\n"
RNN = "architecture: rnn\ntask: adding\nsequence_length: 5\nsteps: 1\n"
BOMB = "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdef", "bcdefg", strict=True)
)

# name: (the file, then what must be said, at line:column)
ONE_MISTAKE: dict[str, tuple[str | bytes, str]] = {
    # YAML
    "empty": ("", "x.yaml: the file is empty"),
    "only a comment": ("# nothing\n", "x.yaml: the file is empty"),
    "binary": (b"\x7fELF\x02\x01\x00\xff", "x.yaml:1:8: not UTF-8 text; is this a binary file?"),
    "NUL": (b"depth: \x001\n", "x.yaml:1:8: NUL character"),
    "utf-16": ("depth: 1\n".encode("utf-16"), "x.yaml:1:1: the file is UTF-16; save it as UTF-8"),
    "huge": (b"#" * 1_000_001, "x.yaml: the file is over 1000000 bytes"),
    "a list": ("- 1\n- 2\n", "x.yaml:1:1: the top level must be lines like 'key: value'"),
    "a word": ("hello\n", "x.yaml:1:1: the top level must be lines like 'key: value'"),
    "tab": ("init:\n\tkind: normal\n", "x.yaml:2:1: tabs are not allowed as indentation; use spaces"),
    "two documents": (FINE + "---\n" + FINE, "x.yaml:4:1: a second document begins here"),
    "duplicate key": (FINE + "steps: 2\n", "x.yaml:4:1: duplicate key 'steps' (first on line 3)"),
    "unknown tag": (FINE + "depth: !big 3\n", "x.yaml:4:8: unknown tag '!big'; tags are not allowed"),
    "python tag": (FINE + "seed: !!python/object/apply:os.getpid []\n", "x.yaml:4:7: unknown tag"),
    "alias bomb": (FINE + BOMB, "x.yaml:4:26: over 100000 values, counting what aliases stand for"),
    "never closed": (FINE + "init: {kind: normal\n", "x.yaml:4:7: this { is never closed"),
    "deep": (FINE + "init: " + "[" * 60 + "]" * 60 + "\n", "x.yaml:4:56: nested more than 50 deep"),
    "merge key": (FINE + "<<: {depth: 3}\n", "x.yaml:4:1: merge keys ('<<') are not supported"),
    "number as key": (FINE + "1: 2\n", "x.yaml:4:1: a key must be text"),
    # types and bounds
    "text for a number": (FINE + "depth: deep\n", "x.yaml:4:8: depth: must be a whole number (got 'deep')"),
    "quoted number": (FINE + "depth: '3'\n", "x.yaml:4:8: depth: must be a whole number (got '3'; remove the quotes)"),
    "truth value": (FINE + "depth: true\n", "x.yaml:4:8: depth: must be a whole number (got true, a truth value)"),
    "no is text": (FINE + "seed: no\n", "x.yaml:4:7: seed: must be a whole number (got 'no')"),
    "no for false": (
        FINE + "optimizer: {kind: sgd, nesterov: no}\n",
        "x.yaml:4:34: optimizer.nesterov: must be true or false (got 'no'; write false)",
    ),
    "fraction": (FINE + "depth: 1.5\n", "x.yaml:4:8: depth: must be a whole number (got 1.5)"),
    "negative depth": (FINE + "depth: -3\n", "x.yaml:4:8: depth: must be at least 1 (got -3)"),
    "float for a count": (FINE + "depth: 1e9\n", "x.yaml:4:8: depth: must be a whole number (got 1000000000.0; write"),
    "huge depth": (FINE + "depth: 1000000000\n", "x.yaml:4:8: depth: must be at most 100000 (got 1000000000)"),
    "huge integer": (FINE + f"seed: {'9' * 2000}\n", "x.yaml:4:7: a number of 2000 characters"),
    "seed over 63 bits": (FINE + f"seed: {2**63}\n", "x.yaml:4:7: seed: must be less than 9223372036854775808"),
    "inf": (FINE + "optimizer: {kind: sgd, lr: .inf}\n", "x.yaml:4:28: optimizer.lr: must be a finite number (got"),
    "overflow": (FINE + "optimizer: {kind: sgd, lr: 1e999}\n", "x.yaml:4:28: optimizer.lr: must be a finite number"),
    "nan": (FINE + "init: {kind: normal, std: .nan}\n", "x.yaml:4:27: init.std: must be a finite number (got .nan)"),
    "list for a number": (FINE + "width: [3, 4]\n", "x.yaml:4:8: width: must be a whole number (got a list)"),
    "null": (FINE + "width: ~\n", "x.yaml:4:8: width: must be a whole number (got null)"),
    "dtype": (FINE + "dtype: float23\n", "dtype: must be 'float64', 'float32', 'bfloat16' or 'float16' (got 'float23'"),
    # keys and kinds
    "unknown key": (FINE + "dept: 3\n", "x.yaml:4:1: unknown key 'dept'; did you mean 'depth'?"),
    "unknown key of a part": (FINE + "optimizer: {kind: sgd, lrr: 1}\n", "x.yaml:4:24: optimizer: unknown key 'lrr'"),
    "missing key": ("task: digits\n", "x.yaml:1:1: missing key 'architecture'"),
    "missing field": (FINE.replace("digits", "mnist"), "x.yaml:2:7: task: missing key 'path'"),
    "unknown kind": (FINE + "activation: relo\n", "x.yaml:4:13: unknown activation 'relo'; did you mean 'relu'?"),
    "unknown kind in full": (FINE + "clipping: {kind: nrom}\n", "x.yaml:4:18: unknown clipping 'nrom'; did you mean"),
    "kind of another family": (FINE + "optimizer: tanh\n", "x.yaml:4:12: unknown optimizer 'tanh'"),
    "name that climbs": (FINE + "name: ../x\n", "x.yaml:4:7: name: must match the pattern"),
    "name with a slash": (FINE + "name: a/b\n", "x.yaml:4:7: name: must match the pattern"),
    "hidden name": (FINE + "name: .x\n", "x.yaml:4:7: name: must match the pattern"),
    "long name": (FINE + f"name: {'n' * 101}\n", "x.yaml:4:7: name: must have at most 100 characters"),
    # parts that do not go together
    "activation of an lstm": (
        "architecture: lstm\nactivation: tanh\ntask: pixel_digits\n",
        "x.yaml:2:1: architecture lstm has fixed nonlinearities and does not use 'activation'",
    ),
    "length of an image": (FINE + "sequence_length: 8\n", "x.yaml:4:1: task digits has a fixed length and does"),
    "recurrent init of an mlp": (
        FINE + "init:\n  kind: normal\n  recurrent: orthogonal\n",
        "x.yaml:6:3: architecture mlp has no recurrent weights and does not use 'recurrent'",
    ),
    "images from a sequence": (
        RNN.replace("rnn", "cnn"),
        "x.yaml:2:1: architecture cnn reads an image, but task adding gives a sequence (allowed here: cifar10, digits",
    ),
    "sequence from images": (
        "architecture: gru\ntask: digits\n",
        "x.yaml:2:1: architecture gru reads a sequence, but task digits gives an image (allowed here: adding,",
    ),
    "no length": ("architecture: rnn\ntask: adding\n", "x.yaml:2:1: task adding needs the key 'sequence_length'"),
    # claims
    "claim about nothing": (FINE + "expect: [growth.dept < 1]\n", "x.yaml:4:10: unknown value 'growth.dept'; did you"),
    "claim that calls": (FINE + "expect: [\"open('x')\"]\n", "x.yaml:4:10: unknown function 'open'"),
    "claim of no sense": (FINE + "expect:\n  - growth <\n", "x.yaml:5:5: not an expression: 'growth <'"),
    "claim that is a number": (FINE + "expect: [3]\n", "x.yaml:4:10: expect[0]: must be text or must be a mapping ("),
    "claims not in a list": (FINE + "expect: solved\n", "x.yaml:4:9: expect: must be a list (got 'solved')"),
    # what shows when the data are opened
    "batch too large": (
        FINE + "batch_size: 1438\n",
        "x.yaml:4:13: batch_size 1438 is larger than the training set of 1437 examples",
    ),
    "too short": (RNN.replace("5", "1"), "x.yaml:3:18: task adding needs a sequence_length of at least 2, got 1"),
    "no such text": (
        RNN.replace("adding", "\n  kind: text\n  path: none.txt"),
        "x.yaml:4:9: cannot read ",
    ),
}  # fmt: skip

OVERRIDES = {
    "no equals sign": ("depth", "command line:1: expected path=value, there is no '='"),
    "no value": ("depth=", "command line:7: no value after '='"),
    "unknown key": ("dept=3", "command line:1: unknown key 'dept'; did you mean 'depth'?"),
    "wrong type": ("depth=deep", "command line:7: depth: must be a whole number (got 'deep')"),
    "bad path": ("init..gain=3", "command line:6: a key is missing here; expected path=value"),
    "into a number": ("steps.x=3", "command line:7: steps is 1, there are no keys in it"),
    "not YAML": ("init={kind: normal", "command line:6: this { is never closed"),
    "unknown kind": ("activation=reluu", "command line:12: unknown activation 'reluu'; did you mean 'relu'?"),
    "not used": ("sequence_length=3", "command line:1: task digits has a fixed length"),
    "missing file": ("task={kind: mnist, path: gone}", "command line:26: cannot list "),
    "batch too large": ("batch_size=5000", "command line:12: batch_size 5000 is larger than the training set"),
}


def assert_refused(got: Reply, *said: str) -> None:
    """Exit code 2, each message of `said` and no other, on stderr alone; no results."""
    assert got.code == 2
    assert got.out == ""
    assert "Traceback" not in got.err
    for message in said:
        assert message in got.err
    assert len(re.findall(r"^(?:gradx: )?(?:\S+\.yaml|command line)[:]", got.err, re.MULTILINE)) == len(said)
    assert not Path("results").exists()


def test_what_the_cases_start_from_is_accepted() -> None:
    for text in (FINE, RNN):
        Path("x.yaml").write_text(text)
        assert gradx("check", "x.yaml").code == 0


@pytest.mark.parametrize("name", ONE_MISTAKE)
def test_a_mistake_is_named_at_its_place(name: str) -> None:
    content, said = ONE_MISTAKE[name]
    Path("x.yaml").write_bytes(content if isinstance(content, bytes) else content.encode())
    assert_refused(gradx("run", "x.yaml"), said)


@pytest.mark.parametrize("name", OVERRIDES)
def test_a_mistake_in_an_override_is_named_at_its_place(name: str) -> None:
    Path("x.yaml").write_text(FINE)
    assignment, said = OVERRIDES[name]
    assert_refused(gradx("run", "x.yaml", assignment), said)


def test_every_mistake_of_a_file_and_of_the_overrides_is_reported_at_once() -> None:
    lines = ["name: ../x", "architecture: lstm", "activation: relu", "depth: -1", "task: digits", "sequence_length: 5",
             "optimizer: {kind: sdg}", "lr: 1", "expect: [growth.dept < 1, 3]"]  # fmt: skip
    Path("x.yaml").write_text("\n".join(lines))
    places = ["1:7", "3:1", "4:8", "5:1", "6:1", "7:19", "8:1", "9:10", "9:27"]
    assert_refused(
        gradx("run", "x.yaml", "width=0"), *(f"x.yaml:{place}: " for place in places), "command line:7: width"
    )
    assert_refused(gradx("run", "x.yaml", "depth", "seed="), "command line:1: ", "command line:6: ")


def test_the_source_line_stands_under_the_message_with_a_caret() -> None:
    Path("x.yaml").write_text(FINE + "depth: -3\n")
    assert gradx("check", "x.yaml").err.splitlines()[1:] == ["    depth: -3", "           ^"]


def test_a_file_that_cannot_be_read_is_named() -> None:
    Path("folder.yaml").mkdir()
    assert_refused(gradx("run", "none.yaml"), "gradx: none.yaml: cannot read the file: No such file or directory")
    assert_refused(gradx("run", "folder.yaml"), "gradx: folder.yaml: cannot read the file: Is a directory")


def test_escape_sequences_in_a_file_do_not_reach_the_terminal() -> None:
    Path("x.yaml").write_text(FINE + 'activation: "\\e[2J"\n')
    got = gradx("run", "x.yaml")
    assert got.code == 2
    assert "\x1b" not in got.err


def test_data_that_do_not_fit_into_memory_are_refused_before_anything_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradx.plan.open_source", lambda _: torch.empty(2**60))
    Path("x.yaml").write_text(RNN)
    got = gradx("run", "x.yaml", "batch_size=1000000")
    assert_refused(
        got, "command line:12: the data of this task do not fit into memory: lower batch_size or sequence_length"
    )


def test_numbers_are_those_of_yaml_1_2() -> None:
    Path("x.yaml").write_text(FINE + "optimizer: {kind: sgd, lr: 1e-3}\nseed: 010\n")
    got = gradx("check", "x.yaml")
    assert "lr: 0.001\n" in got.out
    assert "seed: 10\n" in got.out


@pytest.mark.parametrize(
    ("stem", "name"), [("my run (2)", "my-run-2"), (".x", "x"), ("ü", "experiment"), ("1e3", "1e3")]
)
def test_a_file_without_a_name_gives_it_its_own_as_far_as_it_can(stem: str, name: str) -> None:
    Path(f"{stem}.yaml").write_text(FINE)
    assert f"name: {name}\n" in gradx("check", f"{stem}.yaml").out.replace("'", "")


def test_a_process_of_its_own_refuses_alike(here: Path) -> None:
    content, said = ONE_MISTAKE["batch too large"]
    Path("x.yaml").write_text(str(content))
    assert_refused(reply(start_module("run", "x.yaml", cwd=here)), said)
