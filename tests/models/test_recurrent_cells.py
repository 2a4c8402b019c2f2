"""The long-range cells against loops written by hand, for every weight and every state."""

import pytest
import torch
from common.loops import agrees, network
from common.networks import as_torch, backward, random
from common.runs import experiment
from torch import nn
from torch.nn import functional

from gradx.activations import Tanh
from gradx.activations.gelu import GELU
from gradx.activations.identity import Identity
from gradx.activations.relu import ReLU
from gradx.inits import initialize
from gradx.inits.torch_default import TorchDefault
from gradx.models import Dims
from gradx.models.antisymmetric_rnn import AntisymmetricRNN
from gradx.models.indrnn import IndRNN
from gradx.models.irnn import IRNN
from gradx.models.lru import LRU
from gradx.models.mingru import MinGRU
from gradx.models.orthogonal_rnn import OrthogonalRNN
from gradx.tensors.members import stack
from gradx.tensors.shapes import Sequence

MEMBERS, BATCH, STEPS, FEATURES, WIDTH, OUTPUTS = 3, 4, 7, 2, 3, 2
LIMIT = 2 ** (1 / STEPS)
x = random(MEMBERS, BATCH, STEPS, FEATURES)
EPSILON, GAMMA = [0.1, 0.5, 1.0], [0.0, 0.1, 0.3]


def square(output):
    return (output - 0.3).square().flatten(1).mean(1).sum()


def exponential(matrix):
    """By its series: the entries here are so small that forty terms are more than enough."""
    term = total = torch.eye(len(matrix), dtype=matrix.dtype)
    for n in range(1, 60):
        term = term @ matrix / n
        total = total + term
    return total


def elman(w, x_t, state, t):
    return (torch.relu(x_t @ w["weight_ih"] + w["bias_ih"] + state[0] @ w["weight_hh"] + w["bias_hh"]),)


def orthogonal(w, x_t, state, t):
    rotation = exponential(w["weight_hh"] - w["weight_hh"].T)
    return (torch.tanh(x_t @ w["weight_ih"] + w["bias_ih"] + state[0] @ rotation + w["bias_hh"]),)


def antisymmetric(member):
    def step(w, x_t, state, t):
        matrix = w["weight_hh"] - w["weight_hh"].T - GAMMA[member] * torch.eye(WIDTH, dtype=torch.float64)
        inside = x_t @ w["weight_ih"] + w["bias_ih"] + w["bias_hh"] + state[0] @ matrix
        return (state[0] + EPSILON[member] * torch.tanh(inside),)

    return step


def independent(w, x_t, state, t):
    return (torch.relu(x_t @ w["weight_ih"] + w["bias_ih"] + w["u"] * state[0]),)


def minimal(w, x_t, state, t):
    gate, new = (x_t @ w["weight_ih"] + w["bias_ih"]).chunk(2, -1)
    gate = torch.sigmoid(gate)
    return ((1 - gate) * state[0] + gate * new,)


def linear(w, x_t, state, t):
    """In complex numbers."""
    factor = torch.exp(torch.complex(-torch.exp(w["nu_log"]), torch.exp(w["theta_log"])))
    given = x_t.to(torch.complex128) @ torch.complex(*w["B"].chunk(2, -1)) * torch.exp(w["gamma_log"])
    after = factor * torch.complex(*state[0].chunk(2, -1)) + given
    return (torch.cat([after.real, after.imag], -1),)


def read(w, s, x_t):
    real, imaginary = w["C"].chunk(2, 0)
    y = torch.complex(*s.chunk(2, -1)) @ torch.complex(real, -imaginary)
    return functional.gelu(y.real + x_t @ w["D"])


CASES = {
    "irnn": (IRNN(), ReLU(), elman),
    "orthogonal_rnn": (OrthogonalRNN(), Tanh(), orthogonal),
    "antisymmetric_rnn": (
        stack([AntisymmetricRNN(epsilon=e, gamma=g) for e, g in zip(EPSILON, GAMMA, strict=True)]),
        Tanh(),
        antisymmetric,
    ),
    "indrnn": (IndRNN(bounded=False), ReLU(), independent),
    "mingru": (MinGRU(), None, minimal),
    "lru": (LRU(), GELU(), linear),
}


@pytest.mark.parametrize("scored", [1, 3])
@pytest.mark.parametrize("depth", [1, 3])
@pytest.mark.parametrize("case", CASES)
def test_everything_is_that_of_a_loop_by_hand(case, depth, scored):
    model, activation, step = CASES[case]
    found = backward(model, Dims(Sequence(STEPS, FEATURES), OUTPUTS, scored, depth, WIDTH, activation), x, square)
    ways = {"up": read, "sizes": (2 * WIDTH,)} if case == "lru" else {"sizes": (WIDTH,)}
    for member in range(MEMBERS):
        one = step(member) if step is antisymmetric else step
        agrees(found, network(found, member, x, case, depth, scored, one, **ways), member, square)


@pytest.mark.parametrize("case", CASES)
def test_preactivations_sum_to_the_gradient_of_what_is_added_to_them(case):
    model, activation, _ = CASES[case]
    found = backward(model, Dims(Sequence(STEPS, FEATURES), OUTPUTS, 2, 2, WIDTH, activation), x, square)
    for layer in (1, 2):
        gradient = found.tapped["preactivation", layer].gradient
        assert gradient.shape[:3] == (STEPS, MEMBERS, BATCH)
        if case == "lru":  # s_t = ... + z_t: the states' gradient is that of z
            torch.testing.assert_close(gradient, found.tapped["hidden", layer].gradient)
        else:
            torch.testing.assert_close(gradient.sum((0, 2)), found.gradients[f"{case}.{layer}.bias_ih"])


def test_irnn_at_the_start_is_torchs_relu_rnn_with_the_identity():
    model = stack([IRNN(gain=1.0), IRNN(gain=0.5)])
    dims = Dims(Sequence(STEPS, FEATURES), OUTPUTS, 1, 2, WIDTH, ReLU())
    values = initialize(TorchDefault(bias_std=1.0), model.slots(dims), [1, 2])
    model.adjust(dims, values)
    output = model.forward(dims, values, x[:2])[0]
    for member, gain in enumerate((1.0, 0.5)):
        theirs = nn.RNN(FEATURES, WIDTH, 2, nonlinearity="relu", batch_first=True).double()
        with torch.no_grad():
            for layer in range(2):
                getattr(theirs, f"weight_ih_l{layer}").copy_(as_torch(values[f"irnn.{layer + 1}.weight_ih"][member]))
                getattr(theirs, f"weight_hh_l{layer}").copy_(gain * torch.eye(WIDTH))
                getattr(theirs, f"bias_ih_l{layer}").zero_()
                getattr(theirs, f"bias_hh_l{layer}").zero_()
        h = theirs(x[member])[0][:, -1:]
        expected = h @ values["readout.weight"][member] + values["readout.bias"][member]
        torch.testing.assert_close(output[member], expected, rtol=1e-12, atol=1e-14)


def test_irnn_by_hand_is_autograd():
    dims = Dims(Sequence(STEPS, FEATURES), OUTPUTS, 2, 3, WIDTH, ReLU())
    hand, graph = (backward(IRNN(), dims, x, square, by_autograd=choice) for choice in (False, True))
    for name, gradient in graph.gradients.items():
        torch.testing.assert_close(hand.gradients[name], gradient, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("recurrent", ["identity", "orthogonal", {"kind": "normal", "std": 0.3}, "torch_default"])
def test_orthogonal_rnn_starts_orthogonal_whatever_the_init_and_at_the_identity_by_it(recurrent):
    one = experiment(
        "orthogonal_rnn", "adding", sequence_length=5, init={"kind": "torch_default", "recurrent": recurrent}
    )
    dims = Dims(Sequence(5, 2), 1, 1, 1, 6, Identity())
    model = one.architecture
    matrix = model.inner(dims, initialize(one.init, model.slots(dims), [1]), "orthogonal_rnn.1")["weight_hh"][0]
    torch.testing.assert_close(matrix @ matrix.T, torch.eye(6).double(), rtol=0, atol=1e-13)
    assert torch.equal(matrix, torch.eye(6).double()) == (recurrent == "identity")


@pytest.mark.parametrize("case", CASES)
def test_a_hundred_layers_over_ten_steps(case):
    model, activation, _ = CASES[case]
    found = backward(
        model, Dims(Sequence(10, FEATURES), OUTPUTS, 1, 100, WIDTH, activation), random(3, 2, 10, 2), square
    )
    assert len(found.tapped) == 200
    assert all(gradient.isfinite().all() for gradient in found.gradients.values())


@pytest.mark.parametrize("kind", ["irnn", "indrnn", "mingru", "lru"])
def test_an_init_of_recurrent_weights_that_is_not_used_is_refused(kind):
    with pytest.raises(ValueError, match=r"init\.recurrent: architecture .* sets its recurrent weights itself"):
        experiment(kind, "adding", sequence_length=5, init={"kind": "normal", "std": 0.1, "recurrent": "orthogonal"})


def test_the_lrus_ring_has_an_inside():
    with pytest.raises(ValueError, match=r"architecture\.r_min: must be below r_max = 0\.5 \(got 0\.6\)"):
        experiment({"kind": "lru", "r_min": 0.6, "r_max": 0.5}, "adding", sequence_length=5)
