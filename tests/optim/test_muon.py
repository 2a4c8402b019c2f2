"""Muon: each hidden matrix against `torch.optim.Muon`, everything else against `torch.optim.AdamW`."""

import pytest
import torch
from common.networks import as_torch, random
from common.problems import Given
from pydantic import ValidationError

from gradx.optim import Muon
from gradx.optim.optimizers.muon import orthogonal
from gradx.spec import Experiment
from gradx.tensors.layout import Layout, Slot
from gradx.tensors.members import stack

STEPS = 20


def slot(name, shape, role="weight", layer=1, **fields):
    return Slot(name, shape, role, layer, shape[0], shape[-1], 1.0, **fields)


LAYOUT = Layout(
    [
        slot("layers.1.weight", (5, 6)),
        slot("layers.1.bias", (6,), "bias"),
        slot("conv.weight", (4, 3, 2, 2)),
        slot("rnn.1.weight_hh", (6, 18), "recurrent", blocks=3),
        slot("rnn.1.diagonal", (6,), "recurrent"),
        slot("layers.2.weight", (6, 9), layer=2),
        slot("layers.3.weight", (9, 6), layer=3),
        slot("layers.4.weight", (6, 9), layer=4),
        slot("norm.weight", (6,), "gain", layer=4),
        slot("readout.weight", (9, 4), layer=5, final=True),
        slot("readout.bias", (4,), "bias", layer=5, final=True),
    ]
)
ENDS = {"layers.1.weight", "readout.weight"}
HIDDEN = {"conv.weight", "rnn.1.weight_hh", "layers.2.weight", "layers.3.weight", "layers.4.weight"}
CASES = {
    "plain": [Muon(lr=lr, weight_decay=0.0) for lr in (0.001, 0.01, 0.1)],
    "all": [
        Muon(lr=lr, momentum=m, weight_decay=w, adamw_lr=a, adamw_beta1=m, adamw_weight_decay=3 * w, adamw_eps=1e-6)
        for lr, m, w, a in [(0.001, 0.0, 0.3, 0.1), (0.01, 0.5, 0.0, 0.01), (0.1, 0.95, 0.01, 0.001)]
    ],
    "heavy ball": [Muon(nesterov=False, momentum=m, adjust_lr="match_rms_adamw", ns_steps=3) for m in (0.3, 0.6, 0.9)],
    "ends": [Muon(lr=lr, ends="muon") for lr in (0.001, 0.01, 0.1)],
}
cases = pytest.mark.parametrize("specs", CASES.values(), ids=CASES.keys())


def grads(members):
    return random(STEPS, members, LAYOUT.size, seed=5)


def train(rule, start, grads):
    params, state = start, rule.init(start)
    for step, grad in enumerate(grads, 1):
        change, state = rule.advance(grad, state, params, step, Given(LAYOUT, grad, params))
        params = params + change
    return params


def matrices(named, slot):
    """What torch would keep: (out, in) of each gate, a convolution (out, in * height * width), vectors as they are."""
    value = named[slot.name][0].detach()
    if slot.role == "bias" or len(slot.shape) == 1:
        return [value]
    return [value.flatten(1)] if len(slot.shape) == 4 else list(as_torch(value).chunk(slot.blocks))


def torch_train(spec, start, grads, dtype=torch.float64):
    """Final matrices by slot, of one member."""
    named = LAYOUT.views(start)
    leaves = {s.name: [m.clone().to(dtype).requires_grad_() for m in matrices(named, s)] for s in LAYOUT.slots}
    by_muon = HIDDEN | (ENDS if spec.ends == "muon" else set())
    shared = {"nesterov": spec.nesterov, "ns_steps": spec.ns_steps, "adjust_lr_fn": spec.adjust_lr, "eps": spec.eps}
    muon = torch.optim.Muon(
        [leaf for name in by_muon for leaf in leaves[name]],
        lr=spec.lr,
        momentum=spec.momentum,
        weight_decay=spec.weight_decay,
        **shared,
    )
    adamw = torch.optim.AdamW(
        [leaf for name in leaves.keys() - by_muon for leaf in leaves[name]],
        lr=spec.adamw_lr,
        betas=(spec.adamw_beta1, spec.adamw_beta2),
        eps=spec.adamw_eps,
        weight_decay=spec.adamw_weight_decay,
        foreach=False,
    )
    for grad in grads:
        views = LAYOUT.views(grad)
        for s in LAYOUT.slots:
            for leaf, part in zip(leaves[s.name], matrices(views, s), strict=True):
                leaf.grad = part.clone().to(dtype)
        muon.step()
        adamw.step()
    return {name: [leaf.detach() for leaf in parts] for name, parts in leaves.items()}


@cases
def test_members_together_are_separate_torch_runs(specs, monkeypatch):
    monkeypatch.setattr(torch.Tensor, "bfloat16", torch.Tensor.clone)  # torch iterates in bfloat16
    start, gradients = random(3, LAYOUT.size), grads(3)
    final = train(stack(specs), start, gradients)
    for member, spec in enumerate(specs):
        one = slice(member, member + 1)
        expected = torch_train(spec, start[one], gradients[:, one])
        named = LAYOUT.views(final[one])
        for s in LAYOUT.slots:
            for mine, other in zip(matrices(named, s), expected[s.name], strict=True):
                torch.testing.assert_close(mine, other, rtol=1e-12, atol=1e-12)


def test_as_torch_has_it_in_bfloat16():
    spec, start, gradients = Muon(lr=0.1, weight_decay=0.0), random(1, LAYOUT.size), grads(1)
    change = LAYOUT.views(train(stack([spec]), start, gradients) - start)
    after, before = torch_train(spec, start, gradients), LAYOUT.views(start)
    for s in LAYOUT.slots:
        moved = [end - begin for end, begin in zip(after[s.name], matrices(before, s), strict=True)]
        for mine, other in zip(matrices(change, s), moved, strict=True):
            assert (mine - other).norm() < 0.02 * other.norm()  # bfloat16 has 8 bits


@cases
def test_members_together_are_each_alone(specs):
    start, gradients = random(3, LAYOUT.size), grads(3)
    final = train(stack(specs), start, gradients)
    for member, spec in enumerate(specs):
        one = slice(member, member + 1)
        alone = train(spec, start[one], gradients[:, one])
        torch.testing.assert_close(final[one], alone, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("shape", [(4, 9), (9, 4), (6, 6)])
@pytest.mark.parametrize("size", [1e-30, 1.0, 1e30])
def test_singular_values_are_about_one_whatever_the_size(shape, size):
    update = orthogonal(size * random(2, 3, *shape), 5, 1e-40)
    values = torch.linalg.svdvals(update)
    assert update.shape == (2, 3, *shape)
    assert (values > 0.3).all()
    assert (values < 1.3).all()


def test_more_steps_keep_the_singular_vectors():
    """The polynomial is odd: U and V stay, so that U'X V is diagonal."""
    matrix = random(1, 1, 5, 8)
    u, _, v = torch.linalg.svd(matrix, full_matrices=False)
    inner = u.mT @ orthogonal(matrix, 5, 1e-7) @ v.mT
    torch.testing.assert_close(inner, torch.diag_embed(inner.diagonal(dim1=-2, dim2=-1)), rtol=0, atol=1e-12)


@pytest.mark.parametrize("lost", [torch.nan, torch.inf])
def test_divergence_shows_in_its_own_matrix_and_leaves_the_others_alone(lost):
    rule, params, grad = stack([Muon()] * 2), random(2, LAYOUT.size), random(2, LAYOUT.size, seed=1)
    whole, _ = rule.advance(grad, rule.init(params), params, 1, Given(LAYOUT, grad))
    named = LAYOUT.views(grad)
    with torch.no_grad():
        named["layers.3.weight"][1, 2, 3] = lost
    broken, _ = rule.advance(grad, rule.init(params), params, 1, Given(LAYOUT, grad))
    shown = {name: ~value.isfinite().all().item() for name, value in LAYOUT.views(broken[1:]).items()}
    assert not LAYOUT.views(broken[1:])["layers.3.weight"].isfinite().any()
    assert LAYOUT.views(broken[1:])["layers.2.weight"].isfinite().all(), shown
    assert torch.equal(broken[0], whole[0])


def test_float32_stays_float32_and_nothing_is_modified():
    rule, params, grad = stack([Muon()] * 2), random(2, LAYOUT.size).float(), random(2, LAYOUT.size, seed=1).float()
    before = params.clone(), grad.clone()
    state = rule.init(params)
    change, new = rule.advance(grad, state, params, 1, Given(LAYOUT, grad))
    assert change.dtype == torch.float32
    assert {name: (t.dtype, t.shape) for name, t in new.items()} == {n: (t.dtype, t.shape) for n, t in state.items()}
    assert torch.equal(params, before[0])
    assert torch.equal(grad, before[1])
    assert all(not value.any() for value in state.values())


def test_a_schedule_paces_both_learning_rates():
    factor = torch.tensor([[0.5], [0.25]], dtype=torch.float64)
    paced = stack([Muon(lr=0.2, adamw_lr=0.1)] * 2).paced(factor)
    assert paced.lr.flatten().tolist() == [0.1, 0.05]
    assert paced.adamw_lr.flatten().tolist() == [0.05, 0.025]


def test_a_network_without_hidden_matrices_is_refused():
    with pytest.raises(ValidationError, match="no hidden matrix"):
        Experiment(architecture="mlp", task="digits", optimizer="muon")
    Experiment(architecture="mlp", task="digits", optimizer="muon", depth=2)
    Experiment(architecture="mlp", task="digits", optimizer={"kind": "muon", "ends": "muon"})
