"""`rnn`, `lstm` and `gru` against torch's modules and, for every state, against a loop over torch's cells."""

from functools import partial

import pytest
import torch
from common.networks import as_torch, backward, random
from torch import nn
from torch.nn import functional

from gradx.activations import Tanh
from gradx.activations.relu import ReLU
from gradx.inits import initialize
from gradx.inits.torch_default import TorchDefault
from gradx.models import Dims
from gradx.models.gru import GRU
from gradx.models.lstm import LSTM
from gradx.models.passes import Graph
from gradx.models.rnn import RNN
from gradx.tensors.layout import Layout
from gradx.tensors.members import stack
from gradx.tensors.shapes import Sequence

MEMBERS, BATCH, STEPS, FEATURES, WIDTH, OUTPUTS = 3, 5, 9, 2, 4, 3
CASES = {
    "rnn": (RNN(), Tanh(), nn.RNN, nn.RNNCell),
    "rnn-relu": (RNN(), ReLU(), partial(nn.RNN, nonlinearity="relu"), partial(nn.RNNCell, nonlinearity="relu")),
    "lstm": (LSTM(), None, nn.LSTM, nn.LSTMCell),
    "gru": (GRU(), None, nn.GRU, nn.GRUCell),
}
cases = pytest.mark.parametrize("case", CASES)
depths = pytest.mark.parametrize("depth", [1, 3])
scored = pytest.mark.parametrize("scored", [1, 4, STEPS])
close = partial(torch.testing.assert_close, rtol=1e-12, atol=1e-14)
x = random(MEMBERS, BATCH, STEPS, FEATURES)


def square(output):
    """A loss without symmetry: the mean square of each member's outputs shifted by 0.3, summed over members."""
    return (output - 0.3).square().flatten(1).mean(1).sum()


def dims(case, depth, scored, shape=None):
    shape = shape or Sequence(STEPS, FEATURES)
    return Dims(shape, OUTPUTS, scored, depth, WIDTH, CASES[case][1])


def copied(module, found, member, layer, kind, suffix=""):
    """`module` with the member's weights of one layer, and the names of its parameters in ours."""
    names = {f"{name}{suffix}": f"{kind}.{layer}.{name}" for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
    with torch.no_grad():
        for theirs, ours in names.items():
            getattr(module, theirs).copy_(as_torch(found.weights[ours][member]))
    return names


def read_out(found, member, h):
    return h @ found.weights["readout.weight"][member] + found.weights["readout.bias"][member]


@cases
@depths
@scored
def test_outputs_and_parameter_gradients_are_those_of_the_module(case, depth, scored):
    model, _, module, _ = CASES[case]
    found = backward(model, dims(case, depth, scored), x, square)
    for member in range(MEMBERS):
        theirs = module(FEATURES, WIDTH, depth, batch_first=True).double()
        names = {}
        for layer in range(1, depth + 1):
            names |= copied(theirs, found, member, layer, model.kind, f"_l{layer - 1}")
        output = read_out(found, member, theirs(x[member])[0][:, -scored:])
        square(output.unsqueeze(0)).backward()
        close(found.output[member], output.detach())
        for name, ours in names.items():
            close(as_torch(found.gradients[ours][member]), getattr(theirs, name).grad)


@cases
@depths
@scored
def test_time_profile_is_that_of_a_loop_over_cells(case, depth, scored):
    model, _, _, cell = CASES[case]
    found = backward(model, dims(case, depth, scored), x, square)
    for member in range(MEMBERS):
        below = list(x[member].unbind(1))
        states = {}
        for layer in range(1, depth + 1):
            theirs = cell(below[0].shape[1], WIDTH).double()
            copied(theirs, found, member, layer, model.kind)
            state, below_next = None, []
            for x_t in below:
                state = theirs(x_t, state)
                parts = state if isinstance(state, tuple) else (state,)
                for name, tensor in zip(("hidden", "cell"), parts, strict=False):
                    tensor.retain_grad()
                    states.setdefault((name, layer), []).append(tensor)
                below_next.append(parts[0])
            below = below_next
        output = torch.stack([read_out(found, member, h) for h in below[-scored:]], 1)
        square(output.unsqueeze(0)).backward()
        assert states.keys() == {key for key in found.tapped if key[0] != "preactivation"}
        for key, tensors in states.items():
            assert found.tapped[key].positions == list(range(1, STEPS + 1))
            close(found.tapped[key].gradient[:, member], torch.stack([tensor.grad for tensor in tensors]))
            close(found.tapped[key].values[:, member], torch.stack(tensors).detach())


@depths
def test_rnn_preactivations_have_the_gradient_of_a_loop_that_names_them(depth):
    found = backward(RNN(), dims("rnn", depth, 2), x, square)
    for member in range(MEMBERS):
        weights = {name: weight[member].clone().requires_grad_() for name, weight in found.weights.items()}
        below, inside = list(x[member].unbind(1)), {}
        for layer in range(1, depth + 1):
            h = torch.zeros(BATCH, WIDTH, dtype=torch.float64)
            for t, x_t in enumerate(below):
                w = {name: weights[f"rnn.{layer}.{name}"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
                z = x_t @ w["weight_ih"] + w["bias_ih"] + h @ w["weight_hh"] + w["bias_hh"]
                z.retain_grad()
                inside[layer, t] = z
                below[t] = h = torch.tanh(z)
        square(torch.stack([read_out(found, member, h) for h in below[-2:]], 1).unsqueeze(0)).backward()
        for (layer, t), z in inside.items():
            close(found.tapped["preactivation", layer].gradient[t, member], z.grad)
            close(found.tapped["hidden", layer].inputs[t, member], z.detach())


@cases
@depths
def test_gates_preactivations_sum_to_the_gradient_of_their_bias(case, depth):
    model = CASES[case][0]
    found = backward(model, dims(case, depth, 2), x, square)
    for layer in range(1, depth + 1):
        gradient = found.tapped["preactivation", layer].gradient
        assert gradient.shape == (STEPS, MEMBERS, BATCH, len(model.gates) * WIDTH)
        close(gradient.sum((0, 2)), found.gradients[f"{model.kind}.{layer}.bias_ih"])


@cases
def test_tokens_are_one_hot_vectors(case):
    tokens = torch.randint(6, (MEMBERS, BATCH, STEPS), generator=torch.Generator().manual_seed(3))
    model = CASES[case][0]
    by_token = backward(model, dims(case, 2, 4, Sequence(STEPS, 6, tokens=True)), tokens, square)
    by_number = backward(model, dims(case, 2, 4, Sequence(STEPS, 6)), functional.one_hot(tokens, 6).double(), square)
    assert torch.equal(by_token.output, by_number.output)
    assert all(torch.equal(by_token.gradients[name], by_number.gradients[name]) for name in by_token.gradients)


def test_forget_bias_is_each_members_own():
    model = stack([LSTM(forget_bias=1.0), LSTM(forget_bias=-2.0)])
    shape = dims("lstm", 2, 1)
    values = initialize(TorchDefault(), model.slots(shape), [1, 2])
    before = {name: value.clone() for name, value in values.items()}
    model.adjust(shape, values)
    forget = slice(WIDTH, 2 * WIDTH)
    for layer in (1, 2):
        total = values[f"lstm.{layer}.bias_ih"] + values[f"lstm.{layer}.bias_hh"]
        assert total[:, forget].tolist() == [[1.0] * WIDTH, [-2.0] * WIDTH]
        for name in (f"lstm.{layer}.bias_ih", f"lstm.{layer}.bias_hh"):
            before[name][:, forget] = values[name][:, forget]
    assert all(torch.equal(values[name], before[name]) for name in values), "only the forget gate's biases change"


def test_without_forget_bias_nothing_is_adjusted():
    values = initialize(TorchDefault(), LSTM().slots(dims("lstm", 1, 1)), [1])
    before = {name: value.clone() for name, value in values.items()}
    LSTM().adjust(dims("lstm", 1, 1), values)
    assert all(torch.equal(values[name], before[name]) for name in values)


@cases
@depths
@scored
def test_going_back_by_hand_is_autograd(case, depth, scored):
    by_hand, by_autograd = (
        backward(CASES[case][0], dims(case, depth, scored), x, square, by_autograd=choice) for choice in (False, True)
    )
    close(by_hand.output, by_autograd.output)
    assert list(by_hand.gradients) == list(by_autograd.gradients)
    for name, gradient in by_autograd.gradients.items():
        close(by_hand.gradients[name], gradient)
    assert list(by_hand.tapped) == list(by_autograd.tapped)
    for key, tapped in by_autograd.tapped.items():
        assert by_hand.tapped[key].positions == tapped.positions
        close(by_hand.tapped[key].gradient, tapped.gradient)
        if key[0] != "preactivation":
            close(by_hand.tapped[key].values, tapped.values)


@cases
@depths
def test_states_by_hand_are_those_of_autograd(case, depth):
    """The gradients of the states alone, of another loss than the one that `backward` is then called with."""
    model, shape = CASES[case][0], dims(case, depth, 4)
    layout = Layout(model.slots(shape))
    weights = layout.views(0.5 * random(MEMBERS, layout.size, seed=1))
    passes = model.run(shape, weights, x), Graph(*model.forward(shape, weights, x), weights)
    d_output = random(MEMBERS, BATCH, 4, OUTPUTS)
    d_output[:, :, :-1] = 0
    hand, graph = (each.states(d_output) for each in passes)
    assert [(each.series.kind, each.series.layer) for each in hand] == [
        (each.series.kind, each.series.layer) for each in graph
    ]
    for ours, theirs in zip(hand, graph, strict=True):
        close(ours.gradient, theirs.gradient)
    after = [each.backward(d_output * 2, taps=False)[0] for each in passes]
    for name, gradient in after[1].items():
        close(after[0][name], gradient)
