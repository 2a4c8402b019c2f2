"""Lion: against Algorithm 2 in numpy, and where signs are delicate."""

import numpy as np
import pytest
import torch

from gradx.optim import Lion
from gradx.tensors.members import stack

SPECS = [Lion(lr=0.01), Lion(lr=0.1, beta1=0.5, beta2=0.9, weight_decay=0.3), Lion(lr=0.003, beta1=0.0, beta2=0.0)]


def test_lion_is_algorithm_2():
    generator = np.random.default_rng(0)
    start, grads = generator.normal(size=(3, 7)), generator.normal(size=(50, 3, 7))
    rule, params = stack(SPECS), torch.tensor(start)
    state = rule.init(params)
    for step, grad in enumerate(grads, 1):
        change, state = rule.update(torch.tensor(grad), state, params, step)
        params = params + change
    for member, spec in enumerate(SPECS):
        theta, m = start[member], np.zeros(7)
        for grad in grads[:, member]:
            c = spec.beta1 * m + (1 - spec.beta1) * grad
            theta = theta - spec.lr * (np.sign(c) + spec.weight_decay * theta)
            m = spec.beta2 * m + (1 - spec.beta2) * grad
        np.testing.assert_allclose(params[member], theta, rtol=1e-12)


def test_all_parameters_move_by_lr_whatever_their_gradients():
    grad = torch.tensor([[1e-30, -1e-8, 1.0, -1e8, 1e30, 0.0]])
    change, _ = Lion(lr=0.5).update(grad, Lion().init(grad), torch.zeros_like(grad), 1)
    assert change.tolist() == [[-0.5, 0.5, -0.5, 0.5, -0.5, 0.0]]


@pytest.mark.parametrize("lost", [torch.nan, torch.inf])
def test_a_nan_is_not_the_sign_zero(lost):
    """torch.sign(NaN) is 0: the parameter would stand still and nothing would show."""
    grad = torch.tensor([[lost, 1.0]])
    change, state = Lion(lr=0.5).update(grad, Lion().init(grad), torch.zeros_like(grad), 1)
    assert change.isnan().tolist() == [[np.isnan(lost), False]]
    assert not state["mean"][0, 0].isfinite()
