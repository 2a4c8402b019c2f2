"""What a cohort takes of memory, measured in a process of its own, is what the plan says of it."""

import subprocess
import sys

import pytest

MEASURE = """
import sys
import torch
from gradx import Experiment
from gradx.engine.cohort import Cohort
from gradx.engine.estimate import estimate
from gradx.engine.train import train

def trained(fields, members, steps):
    common = {"batch_size": 32, "steps": steps, "measure": {"every": 1, "evaluations": 1}}
    cohort = Cohort([Experiment(**common, **fields, seed=seed) for seed in range(members)], torch.device("cpu"))
    train(cohort, lambda block: None, tick=1e9)  # not by the clock: on a busy machine less would wait
    return estimate(cohort.spec, cohort.dims, members).memory

def status(key):  # not ru_maxrss: it starts from what the parent process had
    with open("/proc/self/status") as file:
        return next(1024 * int(line.split()[1]) for line in file if line.startswith(key + ":"))

torch.set_num_threads(1)
fields, members, steps = eval(sys.argv[1])
trained({**fields, "width": 2, "depth": 2}, 1, 2)  # what torch itself takes at first
before = status("VmRSS")
print(trained(fields, members, steps), status("VmHWM") - before)
"""
MLP = {"architecture": "mlp", "activation": "tanh", "depth": 20, "width": 32, "task": "digits"}
RNN = {"architecture": "rnn", "width": 32, "task": "adding", "sequence_length": 100}
BIG = {"architecture": "mlp", "activation": "tanh", "depth": 4, "width": 1800, "task": "digits", "optimizer": "adam"}
LONG = {
    "architecture": "mlp",
    "activation": "tanh",
    "residual": "identity",
    "depth": 1000,
    "width": 16,
    "task": "digits",
}
CASES = {"mlp": (MLP, 64, 20), "rnn": (RNN, 32, 12), "10 million parameters": (BIG, 1, 2), "1000 layers": (LONG, 4, 4)}


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read as Linux gives it")
@pytest.mark.parametrize(("fields", "members", "steps"), CASES.values(), ids=CASES.keys())
def test_memory_is_estimated_within_a_quarter(fields, members, steps):
    call = [sys.executable, "-c", MEASURE, repr((fields, members, steps))]
    done = subprocess.run(call, capture_output=True, text=True, check=True)
    expected, measured = map(int, done.stdout.split())
    assert expected == pytest.approx(measured, rel=0.25)
