"""`custom`: a user's own network measured as one of ours, and refused clearly where it does not fit."""

from functools import partial

import pytest
import torch
from common import modules
from common.commands import gradx
from common.networks import random
from common.runs import CPU, assert_same, experiment, trace_of, trained, values
from common.specs import written
from pydantic import ValidationError
from torch.nn import functional

from gradx.activations import Tanh
from gradx.base.errors import SpecError
from gradx.engine.cohort import Cohort
from gradx.models import Dims
from gradx.models.custom import Custom
from gradx.models.foreign import Foreign
from gradx.models.mlp import MLP
from gradx.tensors.mode import Mode
from gradx.tensors.shapes import Image, Sequence
from gradx.work import _measured

MEMBERS, BATCH, OUTPUTS, IMAGE, SEQUENCE = 2, 4, 10, Image(1, 8, 8), Sequence(7, 2)
close = partial(torch.testing.assert_close, rtol=1e-12, atol=1e-14)
x = random(MEMBERS, BATCH, 1, 8, 8)
loss = lambda output: (output - 0.3).square().flatten(1).mean(1).sum()  # noqa: E731


def custom(name, **args):
    return {"kind": "custom", "target": f"common.modules:{name}", "args": args}


def foreign(architecture, task="digits", **fields):
    """A small experiment with a module, which has its own width."""
    return experiment(architecture, task, **{"width": 64} | fields)


def start(part, dims, seeds=(0, 1)):
    """Float64 weights and buffers of a custom architecture at the start."""
    found = part.initial(dims, list(seeds))
    weights = {slot.name: found[slot.name].clone().requires_grad_() for slot in part.slots(dims)}
    return weights, {slot.name: found[slot.name].clone() for slot in part.buffers(dims)}


def passed(part, dims, given=x, mode=None):
    """Weights, output, gradients and tapped series by kind, as gradients by layer number."""
    weights, buffers = start(part, dims)
    made = part.run(dims, weights, given, mode or Mode(True, buffers))
    output = made.output.clone().requires_grad_()
    gradients, tapped = made.backward(torch.autograd.grad(loss(output), output)[0], taps=True)
    found = {}
    for each in tapped:
        for place, number in enumerate(each.positions):
            found[each.series.kind, number] = each.gradient[place]
    return weights, made.output, gradients, found


def by_hand(module, weights, member, given=x):
    """The module with a member's weights, its output, and after the backward pass what its parts got, by name."""
    module = module.double()
    module.load_state_dict({name: each[member].detach() for name, each in weights.items()}, strict=False)
    got = {}

    def keep(name, _module, _inputs, output):
        if isinstance(output, torch.Tensor) and output.requires_grad:
            output.register_hook(lambda gradient: got.setdefault(name, []).append(gradient.flatten(1)))
            return output.clone()  # so that nobody writes into it
        return None

    for name, part in module.named_modules():
        if name:
            part.register_forward_hook(partial(keep, name))
    output = module(given[member])
    loss(output.unsqueeze(0)).backward()
    return module, output.detach(), got


def test_a_sequential_is_our_mlp_with_the_same_weights():
    part = Custom(**custom("Perceptron", inputs=64, width=6, depth=3, outputs=OUTPUTS))
    dims = Dims(IMAGE, OUTPUTS, 1, 3, 6, Tanh())
    weights, output, gradients, found = passed(part, dims)
    ours = {"1": "layers.1", "3": "layers.2", "5": "layers.3", "readout": "readout"}
    same = {
        f"{ours[name.split('.')[0]]}.{name.split('.')[1]}": (each.mT if each.ndim == 3 else each).detach()
        for name, each in weights.items()
    }
    made = MLP().run(dims, same, x)
    d_output = made.output.clone().requires_grad_()
    theirs, tapped = made.backward(torch.autograd.grad(loss(d_output), d_output)[0], taps=True)
    close(output, made.output)
    for name, each in gradients.items():
        place, _, end = name.partition(".")
        close(each.mT if each.ndim == 3 else each, theirs[f"{ours[place]}.{end}"])
    assert found.keys() == {(kind, layer) for kind in ("preactivation", "output") for layer in (1, 2, 3)}
    for each in tapped:
        for layer in (1, 2, 3):
            close(found[each.series.kind, layer], each.gradient[layer - 1])
    assert [(slot.name, slot.layer, slot.role) for slot in part.slots(dims)][-2:] == [
        ("readout.weight", 4, "weight"),
        ("readout.bias", 4, "bias"),
    ]


@pytest.mark.parametrize(
    ("name", "args", "layers"),
    [
        ("Perceptron", {"inputs": 64, "width": 6, "depth": 2, "outputs": 10, "inplace": True}, {"1": 1, "3": 2}),
        ("Convolutional", {}, {"first": 1, "second": 2}),
        ("Shared", {"inputs": 64, "outputs": 10}, {"before": 1, "layer": 2}),
    ],
)
def test_gradients_are_those_of_hooks_by_hand_though_tensors_are_overwritten_or_layers_called_again(name, args, layers):
    part, dims = Custom(**custom(name, **args)), Dims(IMAGE, OUTPUTS, 1, 1, 64, None)
    weights, output, gradients, found = passed(part, dims)
    for member in range(MEMBERS):
        module, theirs, got = by_hand(getattr(modules, name)(**args), weights, member)
        close(output[member, :, 0], theirs)
        for each, parameter in module.named_parameters():
            expected = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
            close(gradients[each][member], expected)
        for layer, number in layers.items():
            calls = torch.cat(got[layer][::-1], dim=1)  # the hooks of the last call come first
            close(found["preactivation", number][member], calls)
    assert {number for kind, number in found if kind == "preactivation"} == set(layers.values())


def test_batch_normalization_trains_and_is_evaluated_as_torch_does_by_hand():
    one = foreign(custom("Convolutional"), steps=5, batch_size=8, optimizer={"kind": "sgd", "lr": 0.1})
    cohort = Cohort([one], CPU)
    module = modules.Convolutional().double()
    state = {name: each[0].detach().clone() for name, each in {**cohort.weights, **cohort.buffers}.items()}
    module.load_state_dict(state)
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1)
    losses = []
    for _, (given, target) in zip(range(5), cohort.batches(), strict=False):
        optimizer.zero_grad()
        value = functional.cross_entropy(module(given[0]), target[0].flatten())
        value.backward()
        optimizer.step()
        losses.append(value.item())
    member, trace = trained([one])[0]
    assert [values(trace, "loss", step)[0] for step in range(5)] == pytest.approx(losses, rel=1e-10)
    given, target = cohort.source.test()
    with torch.no_grad():
        output = module.eval()(given.double())
    assert member.test_loss_final == pytest.approx(functional.cross_entropy(output, target.flatten()).item(), rel=1e-10)


@pytest.mark.parametrize("dropout", [0.0, 0.4])
def test_members_together_are_each_alone_and_one_seed_is_one_run(dropout):
    fields = {"optimizer": {"kind": "sgd", "lr": 0.1, "momentum": 0.5}}
    members = [foreign(custom("Convolutional", dropout=dropout), seed=seed, **fields) for seed in range(3)]
    together = [trace for _, trace in trained(members)]
    before = torch.get_rng_state()
    for one, trace in zip(members, together, strict=True):
        assert_same(trace, trace_of(one), rtol=1e-10)
    assert torch.equal(before, torch.get_rng_state()), "the global stream is left alone"
    assert len({values(trace, "grad_norm")[0] for trace in together}) == 3
    plain = trace_of(foreign(custom("Convolutional"), seed=0, **fields))
    assert (values(plain, "loss")[0] == values(together[0], "loss")[0]) == (dropout == 0)


def test_initial_values_are_those_that_the_module_draws_by_the_members_seed():
    one = foreign(custom("Recurrent", inputs=2, outputs=1), "adding", sequence_length=5)
    cohorts = [Cohort([one.model_copy(update={"seed": seed})], CPU) for seed in (0, 0, 1)]
    first, again, other = (cohort.params for cohort in cohorts)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    recurrent = cohorts[0].weights["lstm.weight_hh_l0"]
    assert 0.8 * 6**-0.5 < recurrent.abs().max() <= 6**-0.5, "torch's own: U(-1/sqrt(width), 1/sqrt(width))"


def test_where_time_is_hidden_the_time_profile_is_not_available_and_no_false_zero():
    one = foreign(custom("Recurrent", inputs=2, outputs=1), "adding", sequence_length=5)
    member, trace = trained([one])[0]
    row = _measured(Cohort([one], CPU), one, member)
    assert row["profile.time"] == "not available: nn.LSTM keeps its time steps to itself"
    assert row["growth.time"] is None
    assert not {"grad_norm.hidden", "growth.time"} & set(trace.quantity)
    plain = foreign(custom("Shared", inputs=64, outputs=10))
    assert "profile.time" not in _measured(Cohort([plain], CPU), plain, trained([plain])[0][0])


def test_an_answer_at_every_step_is_taken_at_the_scored_ones():
    every = custom("Recurrent", inputs=4, outputs=3, every=True, tokens=True)
    one = foreign(every, {"kind": "copying", "symbols": 2, "alphabet": 2}, sequence_length=3)
    assert trained([one])[0][0].diverged_at is None
    part, dims = Custom(**custom("Recurrent", inputs=2, outputs=3, every=True)), Dims(SEQUENCE, 3, 4, 1, 64, None)
    weights, _ = start(part, dims)
    given = random(MEMBERS, BATCH, 7, 2)
    output = part.run(dims, weights, given).output
    module = modules.Recurrent(2, 3, every=True).double()
    module.load_state_dict({name: each[1].detach() for name, each in weights.items()})
    close(output[1], module(given[1])[:, -4:].detach())


def test_layers_of_different_sizes_are_one_profile_in_their_order():
    trace = trace_of(foreign(custom("Recurrent", inputs=2, outputs=1), "adding", sequence_length=5))
    rows = (trace.quantity == "grad_norm.preactivation") & (trace.step == 0)
    assert trace.index[rows].tolist() == [1, 2]
    assert "growth.depth" in trace.quantity


def test_a_model_of_our_own_kind_is_delegated_to_entirely():
    fields = {"depth": 3, "activation": "tanh", "init": "orthogonal"}
    ours, theirs = (trace_of(foreign(part, **fields)) for part in ("mlp", custom("Deeper", more=2)))
    assert_same(ours, theirs, rtol=0)
    assert foreign(custom("Deeper")).activation.kind == "relu"
    assert Custom.meant(custom("Deeper")) is modules.Deeper
    assert Custom.meant(custom("Shared")) is Foreign


def test_what_a_model_of_our_own_kind_can_answer_is_as_its_args_say():
    part = {"kind": "custom", "target": "gradx.models.transformer:Transformer", "args": {"causal": True}}
    assert experiment(part, "text", sequence_length=5, width=8).architecture.args == {"causal": True}
    with pytest.raises(ValidationError, match="looks into the future"):
        experiment({**part, "args": {}}, "text", sequence_length=5, width=8)


@pytest.mark.parametrize(
    ("part", "fields", "message"),
    [
        ({"kind": "custom", "target": "common.modules"}, {}, r"must be package.module:Class"),
        ({"kind": "custom", "target": "no_such_thing:Net"}, {}, "no module 'no_such_thing'"),
        (custom("Perceptro"), {}, "did you mean 'Perceptron'"),
        (custom("NUMBER"), {}, "is int .allowed: a subclass of gradx.models.Model"),
        (custom("wrong"), {}, "gives int .allowed"),
        (custom("Shared", inputs=3, more=1), {}, r"failed: TypeError.*allowed: \(inputs: int, outputs: int\)"),
        (custom("Shared", inputs=3, outputs=None), {}, "leave out what is null"),
        (custom("Deeper", more="much"), {}, "more: Input should be a valid integer"),
        (custom("Shared", inputs=64, outputs=10), {"depth": 4}, "does not use 'depth'"),
        (
            custom("Shared", inputs=64, outputs=10),
            {"init": {"kind": "torch_default", "gain": 2.0}},
            "keeps the initial",
        ),
        (custom("Shared", inputs=64, outputs=10), {"activation": "tanh"}, "fixed nonlinearities"),
        (custom("Shared", inputs=64, outputs=10), {"dropout": 0.5}, "does not use 'dropout'"),
        ({"kind": "custom", "target": "torch.nn:LazyLinear", "args": {"out_features": 3}}, {}, "lazy modules"),
        ({"kind": "custom", "target": "torch.nn:Flatten"}, {}, "no parameters"),
    ],
)
def test_what_is_wrong_with_a_target_is_said(part, fields, message):
    with pytest.raises(ValidationError, match=message):
        foreign(part, **fields)


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (custom("Shared", inputs=64, outputs=9), r"of shape \(2, 9\) for x of shape \(2, 1, 8, 8\).*wants \(2, 10\)"),
        (custom("Shared", inputs=3, outputs=10), r"cannot read x of shape \(2, 1, 8, 8\): RuntimeError"),
    ],
)
def test_a_module_that_does_not_fit_the_task_is_refused_with_both_shapes(part, message):
    with pytest.raises(SpecError, match=message):
        Cohort([foreign(part)], CPU)


FILE = """
from torch import nn

class Small(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(64, width), nn.ReLU(), nn.Linear(width, 10))

    def forward(self, x):
        return self.layers(x)
"""


def test_a_file_in_the_current_directory_can_be_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [*__import__("sys").path])
    written(tmp_path, FILE, "nets_of_this_test.py")
    text = "architecture: {kind: custom, target: 'nets_of_this_test:Small', args: {width: 5}}\ntask: digits\nsteps: 2\n"
    config = written(tmp_path, text)
    done = gradx("run", config, "architecture.args.width=7")
    assert (done.code, "custom" in done.out) == (0, True), done.err
    bad = gradx("check", config, "architecture.args.wide=7")
    assert bad.code == 2
    assert "unexpected keyword argument 'wide'" in bad.err
    assert "custom" in gradx("ls", "models").out
    assert '"custom"' in gradx("schema").out
