"""What holds for every architecture on every fitting task: members together are each alone, one seed is one run."""

from itertools import product

import pytest
from common.runs import assert_same, experiment, keys, trained, values
from pydantic import ValidationError

from gradx.engine.cohort import dims
from gradx.families import parts
from gradx.models import AnyModel
from gradx.tasks import AnyTask

FILES = ("mnist", "cifar10")  # need the user's files; to a network they are digits of another size
MODELS, TASKS = parts(AnyModel), {kind: part for kind, part in parts(AnyTask).items() if kind not in FILES}
# Cells without a pass by hand: their time steps cost ten times as much, and one loop serves them all.
SLOW = ("antisymmetric_rnn", "indrnn", "lru", "mingru", "orthogonal_rnn", "seq2seq")
FIELDS = {"transformer": {"causal": True}, "custom": {"target": "gradx.models.mlp:MLP"}}


def fits(model, task):
    if model in SLOW and task not in ("adding", "translation" if model == "seq2seq" else "copying"):
        return False
    hindrance = MODELS[model].hindrance(FIELDS.get(model), TASKS[task].scored)
    return TASKS[task].gives in MODELS[model].reads and hindrance is None


PAIRS = [pair for pair in product(MODELS, TASKS) if fits(*pair)]
SMALL = {"copying": {"symbols": 2, "alphabet": 3}}
LENGTH = {"adding": 8, "copying": 4, "first_word": 6, "latch": 8, "temporal_order": 10, "text": 6, "translation": 2}
MEMBERS, LOOKED_AT = 32, (0, 13, 31)

# Each takes a member's number to fields that vary; between them every field that may.
SETTINGS = {
    "sgd": lambda i: {
        "init": {"kind": "torch_default", "gain": 0.8 + 0.02 * i, "bias_std": 0.01 * i},
        "optimizer": {"kind": "sgd", "lr": 0.01 * (i + 1), "momentum": 0.02 * i, "weight_decay": 0.001 * i},
        "clipping": {"kind": "norm", "max_norm": 0.05 * (i + 1)},
    },
    "adam": lambda i: {
        "init": {"kind": "orthogonal", "gain": 1.2 - 0.01 * i},
        "optimizer": {"kind": "adam", "lr": 0.001 * (i + 1), "beta1": 0.02 * i, "eps": 1e-3},
        "clipping": {"kind": "value", "clip_value": 0.01 * (i + 1)},
        "regularization": {"kind": "l2", "weight": 0.001 * i},
    },
    "rmsprop": lambda i: {
        "init": {"kind": "normal", "std": 0.1 + 0.01 * i},
        "optimizer": {"kind": "rmsprop", "lr": 0.0005 * (i + 1), "alpha": 0.9 - 0.01 * i, "eps": 1e-3},
        "regularization": {"kind": "l1", "weight": 0.0001 * i},
    },
}


# The architectures' own fields that vary, by a member's number.
OWN = {
    "lstm": lambda i: {"forget_bias": 0.1 * i},
    "irnn": lambda i: {"gain": 1.1 - 0.01 * i},
    "antisymmetric_rnn": lambda i: {"epsilon": 0.02 * (i + 1), "gamma": 0.01 * i},
    "lru": lambda i: {"r_min": 0.01 * i, "r_max": 0.95 - 0.01 * i, "max_phase": 0.1 * (i + 1)},
    "seq2seq": lambda i: {"cell": {"kind": "lstm", "forget_bias": 0.1 * i}, "attention": "dot"},
}


def member(model, task, setting, number, **fields):
    varying = SETTINGS[setting](number)
    if getattr(MODELS[model], "draws_recurrent", MODELS[model].recurrent) and setting == "adam":
        varying["init"]["recurrent"] = {"kind": "orthogonal", "gain": 0.9 + 0.01 * number}
    own = OWN[model](number) if model in OWN and setting != "sgd" else {}
    chosen = {"kind": model, **FIELDS.get(model, {}), **own}
    length = {"sequence_length": LENGTH[task]} if task in LENGTH else {}
    small = {"width": 4, "batch_size": 3, "steps": 5, "depth": 2} | length | varying
    # Of a few relus all may be off, for all examples but one: then there is no growth, or no interval.
    if model in ("irnn", "indrnn") or (task == "latch" and model in ("mlp", "custom")):
        small["activation"] = "elu"
    return experiment(chosen, {"kind": task, **SMALL.get(task, {})}, seed=number, **small | fields)


def cases():
    """Every model on every task that fits; all settings on the two plain tasks, one in turn on the others."""
    for number, (model, task) in enumerate(PAIRS):
        for setting in SETTINGS if task in ("adding", "digits") else [list(SETTINGS)[number % 3]]:
            yield model, task, setting


def test_every_model_is_here():
    assert {model for model, _ in PAIRS} == set(MODELS)
    assert {task for _, task in PAIRS} == set(TASKS)


@pytest.mark.parametrize(("model", "task", "setting"), list(cases()))
def test_members_together_are_each_alone(model, task, setting):
    members = [member(model, task, setting, number) for number in range(MEMBERS)]
    together = trained(members)
    assert len({float(values(trace, "grad_norm")[0]) for _, trace in together}) == MEMBERS
    for number in LOOKED_AT[1:2] if model in SLOW else LOOKED_AT:
        ((alone, trace),) = trained([members[number]])
        assert_same(together[number][1], trace, rtol=1e-10)
        assert together[number][0].loss_final == pytest.approx(alone.loss_final, rel=1e-10)
        assert together[number][0].metric_final == pytest.approx(alone.metric_final, rel=1e-10)


@pytest.mark.parametrize(("model", "task"), PAIRS)
def test_one_seed_is_one_run_bit_for_bit(model, task):
    same = [trained([member(model, task, "sgd", 3, dtype="float32")])[0][1] for _ in range(2)]
    assert keys(same[0]) == keys(same[1])
    assert same[0].value.tobytes() == same[1].value.tobytes()
    other = trained([member(model, task, "sgd", 3, dtype="float32").model_copy(update={"seed": 4})])[0][1]
    assert keys(other) == keys(same[0])
    for quantity in ("loss", "grad_norm"):
        assert values(other, quantity) != values(same[0], quantity)


@pytest.mark.parametrize(("model", "task"), PAIRS)
def test_everything_is_on_the_path_to_the_loss(model, task):
    """No row is missing, and every gradient is a positive number: in every parameter, layer, state, at every step."""
    one = member(model, task, "sgd", 3, depth=3, steps=2)
    trace = trained([one])[0][1]
    source = one.task.open(one.sequence_length)
    times = range(1, source.input.steps + 1) if MODELS[model].recurrent else ()
    kinds = ("preactivation", "output", *(["stream"] if model == "transformer" else []))
    expected = {(f"grad_norm.{kind}", "layer", layer) for kind in kinds for layer in (1, 2, 3)}
    for state in getattr(one.architecture, "states", ()):
        expected |= {(f"grad_norm.{state}", f"layer {layer}", time) for layer in (1, 2, 3) for time in times}
    axes = ["depth", "time"] if times else ["depth"]
    expected |= {(f"growth.{axis}{end}", "", 0) for axis in axes for end in ("", ".low", ".high")}
    expected |= {("grad_norm", "", 0), ("grad_norm.clipped", "", 0)}
    for step in (0, 1):
        rows = {row[2:5]: row[5] for row in trace.rows() if row[1] == step}
        assert expected <= rows.keys()
        assert {key for key in rows if key[0].startswith("grad_norm") and "parameter" not in key[0]} <= expected
        parameters = [value for key, value in rows.items() if key[0] == "grad_norm.parameter"]
        assert all(0 < value < float("inf") for value in [*parameters, *(rows[key] for key in expected)])
        named = {slot.name for slot in one.architecture.slots(dims(one, source))}
        assert {key[1] for key in rows if key[0] == "grad_norm.parameter"} == named


@pytest.mark.parametrize("task", [task for task in TASKS if TASKS[task].scored != "last"])
def test_a_network_without_time_steps_is_not_asked_at_every_step(task):
    with pytest.raises(ValidationError, match="mlp"):
        member("mlp", task, "sgd", 0)
