"""What a cohort takes of memory, measured in a process of its own, is what the plan says of it."""

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

MEASURE = """
import os, sys
import torch
from gradx import Experiment
from gradx.engine.cohort import Cohort
from gradx.engine.estimate import estimate
from gradx.engine.train import train

def trained(fields, members, steps):
    common = {"batch_size": 32, "steps": steps, "measure": {"every": 1, "evaluations": 1}}
    cohort = Cohort([Experiment(**{**common, **fields}, seed=seed) for seed in range(members)], torch.device("cpu"))
    train(cohort, lambda block: None, tick=1e9)  # not by the clock: on a busy machine less would wait
    return estimate(cohort.spec, cohort.dims, members).memory

def status(key):  # not ru_maxrss: it starts from what the parent process had
    with open("/proc/self/status") as file:
        return next(1024 * int(line.split()[1]) for line in file if line.startswith(key + ":"))

torch.set_num_threads(1)
for line in sys.stdin:
    fields, members, steps = eval(line)
    if (child := os.fork()) == 0:  # its peak starts anew, and torch need not be imported again
        small = {} if "args" in str(fields["architecture"]) else {"width": 4, "depth": 2}
        trained({**fields, **small, "batch_size": 4}, 1, 2)  # what torch itself takes at first
        before = status("VmRSS")
        print(trained(fields, members, steps), status("VmHWM") - before, flush=True)
        os._exit(0)
    os.waitpid(child, 0)
"""
DIGITS = {"architecture": "mlp", "task": "digits", "depth": 20, "width": 32}
WIDE = {**DIGITS, "depth": 4, "width": 256}
CNN = {"architecture": "cnn", "task": "digits", "depth": 6, "width": 16}
ADDING = {"task": "adding", "sequence_length": 50, "width": 32}
TRANSLATION = {"task": "translation", "sequence_length": 20, "width": 32}
TRANSFORMER = {"architecture": "transformer", "task": "adding", "sequence_length": 40, "depth": 2, "width": 32}
OPTIMIZERS = ("sgd", "adam", "rmsprop", "lion", "muon")
CUSTOM = {"kind": "custom", "target": "common.modules:Perceptron"}
CASES = {
    "mlp": ({**DIGITS, "activation": "tanh"}, 64, 10),
    "rnn": ({"architecture": "rnn", "width": 32, "task": "adding", "sequence_length": 100}, 32, 6),
    "10 million parameters": ({**WIDE, "activation": "tanh", "width": 1800, "optimizer": "adam"}, 1, 2),
    "1000 layers": ({**DIGITS, "activation": "tanh", "residual": "identity", "depth": 1000, "width": 16}, 4, 3),
    "mlp in float64": ({**DIGITS, "dtype": "float64"}, 32, 4),
    "mlp in bfloat16": ({**DIGITS, "dtype": "bfloat16"}, 32, 2),
    "mlp, batch": ({**DIGITS, "normalization": "batch"}, 32, 4),
    "mlp, layer, residual": ({**DIGITS, "normalization": "layer", "residual": "identity"}, 32, 4),
    "mlp, spectral": ({**DIGITS, "normalization": "spectral"}, 32, 4),
    "mlp, dropout": ({**DIGITS, "dropout": 0.2}, 32, 4),
    "cnn": (CNN, 4, 3),
    "cnn, batch": ({**CNN, "normalization": "batch"}, 4, 3),
    **{
        kind: ({**ADDING, "architecture": kind}, 32, 3)
        for kind in ("indrnn", "lru", "mingru", "orthogonal_rnn", "antisymmetric_rnn")
    },
    "irnn": ({**ADDING, "architecture": "irnn", "optimizer": {"kind": "sgd", "lr": 1e-6}}, 32, 3),
    "lstm": ({**ADDING, "architecture": "lstm"}, 16, 2),
    "gru": ({**ADDING, "architecture": "gru"}, 16, 2),
    "gru, batch": ({**ADDING, "architecture": "gru", "normalization": "batch"}, 8, 2),
    "rnn, omega": ({**ADDING, "architecture": "rnn", "regularization": "omega"}, 32, 3),
    "seq2seq": ({**TRANSLATION, "architecture": "seq2seq"}, 16, 2),
    "seq2seq, attention": ({**TRANSLATION, "architecture": {"kind": "seq2seq", "attention": "dot"}}, 16, 2),
    "transformer": (TRANSFORMER, 4, 2),
    "transformer, long": ({**TRANSFORMER, "sequence_length": 100, "width": 64}, 1, 2),
    "transformer without nets": (
        {**TRANSFORMER, "architecture": {"kind": "transformer", "feedforward": 0}, "depth": 4},
        4,
        2,
    ),
    "custom": (
        {
            "architecture": {**CUSTOM, "args": {"inputs": 64, "width": 64, "depth": 8, "outputs": 10}},
            "task": "digits",
        },
        16,
        4,
    ),
    **{kind: ({**WIDE, "optimizer": kind}, 4, 3) for kind in OPTIMIZERS},
    "lbfgs": ({**WIDE, "optimizer": {"kind": "lbfgs", "max_iter": 5}}, 2, 2),
    "lbfgs, rnn": ({**ADDING, "architecture": "rnn", "optimizer": {"kind": "lbfgs", "max_iter": 4}}, 16, 2),
    "hessian-free, rnn": (
        {**ADDING, "architecture": "rnn", "optimizer": {"kind": "hessian_free", "max_iter": 4}},
        16,
        2,
    ),
    "norm clipping": ({**WIDE, "clipping": "norm"}, 4, 3),
    "per-sample clipping": ({**DIGITS, "depth": 8, "width": 64, "clipping": "per_sample_norm"}, 4, 2),
    "l2": ({**WIDE, "regularization": "l2"}, 4, 3),
}
TESTS = Path(__file__).parents[1]


@contextmanager
def measuring():
    """Of a case, what was expected of it and what it took."""
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    call = [sys.executable, "-c", MEASURE]
    with subprocess.Popen(call, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as process:

        def ask(case):
            print(case, file=process.stdin, flush=True)
            return tuple(map(int, process.stdout.readline().split()))

        yield ask


@pytest.fixture(scope="module")
def measured():
    with measuring() as ask:
        yield ask


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read as Linux gives it")
@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_memory_is_estimated_within_a_quarter(case, measured):
    expected, took = measured(case)
    for _ in range(2):  # one process in twenty lays its heap out so badly that the same run takes a third more
        if expected != pytest.approx(took, rel=0.25):
            with measuring() as ask:
                expected, took = ask(case)
    assert expected == pytest.approx(took, rel=0.25)
