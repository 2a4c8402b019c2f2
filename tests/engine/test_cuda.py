"""CPU and CUDA train the same network: every row of a short float64 training agrees."""

import pytest
import torch
from common.runs import CPU, experiment, keys, trained

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no CUDA device")

CASES = {
    "mlp": {"depth": 4},
    "cnn": {"architecture": "cnn", "depth": 2},
    "rnn": {"architecture": "rnn", "task": "adding", "sequence_length": 10, "depth": 2},
    "lstm": {"architecture": "lstm", "task": "copying", "sequence_length": 4, "depth": 2},
    "gru": {"architecture": "gru", "task": "temporal_order", "sequence_length": 12, "depth": 2},
}


@pytest.mark.parametrize("fields", CASES.values(), ids=CASES)
def test_cuda_and_cpu_agree(fields):
    clipping = {"kind": "norm", "max_norm": 0.5}
    regularization = {"kind": "l2", "weight": 0.01}
    members = [experiment(**fields, seed=seed, clipping=clipping, regularization=regularization) for seed in (1, 2)]
    for (_, here), (_, there) in zip(trained(members), trained(members, device=torch.device("cuda")), strict=True):
        assert keys(here) == keys(there)
        assert there.value == pytest.approx(here.value, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("fields", CASES.values(), ids=CASES)
def test_cuda_starts_from_the_same_weights_and_data(fields):
    one = experiment(**fields, steps=0)
    ((here, _),), ((there, _),) = trained([one], device=CPU), trained([one], device=torch.device("cuda"))
    assert there.loss_first == pytest.approx(here.loss_first, rel=1e-12)
