"""What to try next: a table of rules over a run's row, each with the overrides that do it."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gradx.reporting.runs.facts import NON_EXPANSIVE, UNIT_SLOPE, Facts
from gradx.reporting.text import number

MOST = 3  # suggestions at a time
ADAM = "optimizer={kind: adam, lr: 0.001}"
CLIP = "clipping={kind: norm, max_norm: 1.0}"


@dataclass(frozen=True)
class Advice:
    """A reason, and the words of the command that tries it."""

    why: str
    words: tuple[str, ...]

    @property
    def command(self) -> str:
        """The command for a POSIX shell."""
        return shlex.join(self.words)


@dataclass(frozen=True)
class Rule:
    """`why` and `change` (overrides) are worth saying of runs for which `when` holds; `undo` is a key to set back."""

    when: Callable[[Facts], bool]
    why: str
    change: Callable[[Facts], list[str]]
    undo: str = ""


def advise(row: Mapping[str, Any], config: str, overrides: Sequence[str] = ()) -> list[Advice]:
    """One to three suggestions for the run with this row, the most promising first.

    Args:
        row: of the run, as in `runs/`; what is missing makes rules silent.
        config: the path of the run's YAML, as the user gave it.
        overrides: those of the run, which the suggested commands keep.
    """
    facts = Facts(row)
    rules = [FAILED] if facts.text("status") == "failed" else [rule for rule in RULES if rule.when(facts)] or [AGAIN]
    found: dict[tuple[str, ...], Advice] = {}
    for rule in rules:
        words = ("gradx", "run", config, *_merged(overrides, rule.change(facts), rule.undo))
        found.setdefault(words, Advice(rule.why, words))  # two reasons for one change: the first will do
    return list(found.values())[:MOST]


def _merged(overrides: Sequence[str], change: list[str], undo: str) -> list[str]:
    """The overrides with the change; where one of them sets the key `undo`, without that one: the file knows better."""
    replaced = {text.partition("=")[0] for text in change}
    kept = [text for text in overrides if text.partition("=")[0] not in {*replaced, undo}]
    return kept if any(text.partition("=")[0] == undo for text in overrides) else kept + change


def _part(facts: Facts, key: str, field: str, value: float | str) -> list[str]:
    """One field of a part set, its kind said too: a file that leaves the part to its default has no mapping for it."""
    kind = [f"{key}.kind={facts.text(key)}"] if facts.text(key) else []
    return [*kind, f"{key}.{field}={number(value) if isinstance(value, float) else value}"]


def _sound_init(facts: Facts) -> str:
    return "kaiming_normal" if facts.feedforward and facts.text("activation") == "relu" else "orthogonal"


def _orthogonal(facts: Facts) -> list[str]:
    return _part(facts, "init", "recurrent", "orthogonal")


def _gain(facts: Facts, axis: str) -> list[str]:
    """The gain divided by the growth of the norm per layer or step; halved where that is not in proportion."""
    growth = (None if facts.gated else facts.number(f"growth.{axis}")) or 2.0
    part = "init.recurrent" if axis == "time" and facts.text("init.recurrent") else "init"
    return _part(facts, part, "gain", (facts.number(f"{part}.gain") or 1.0) / max(growth, 1.01))


def _learning_rate(facts: Facts, factor: float) -> list[str]:
    return _part(facts, "optimizer", "lr", (facts.number("optimizer.lr") or 0.01) * factor)


def _lstm(facts: Facts) -> list[str]:
    return [f"architecture={{kind: lstm, forget_bias: {facts.long_memory_bias}}}", "activation=null"]


def _bias(facts: Facts) -> list[str]:
    return [f"architecture.forget_bias={facts.long_memory_bias}"]


def _larger(facts: Facts, key: str, factor: float) -> list[str]:
    return [f"{key}={max(int((facts.number(key) or 1) * factor), 1)}"]


HALF = (
    Rule(
        lambda run: run.overflowed and run.at_least("loss_scale", 1.5),
        "The loss is multiplied by loss_scale: gradients leave the range of floats where the loss itself does not.",
        lambda run: [f"loss_scale={number((run.number('loss_scale') or 1.0) / 1024)}"],
    ),
    Rule(
        lambda run: run.text("dtype") == "float16" and (run.vanishes("depth") or run.vanishes("time")),
        "float16 reads what is below 3e-8 as zero; float32 goes down to 1e-38. loss_scale=1024 lifts gradients, too.",
        lambda _: ["dtype=float32"],
    ),
)
DIVERGED = (
    Rule(
        lambda run: run.overflowed and not run.starts_from(_sound_init(run)),
        "The numbers left the range of floats before training could change a weight, so neither clipping nor a smaller "
        "learning rate can help. Weights with this init do not stretch the signal.",
        lambda run: [f"init={_sound_init(run)}"],
    ),
    Rule(
        lambda run: run.diverged and not run.overflowed and run.unclipped and run.sgd,
        "Clipping bounds the length of every step, so that one large gradient cannot throw the weights away.",
        lambda _: [CLIP],
    ),
    Rule(
        lambda run: run.diverged and not run.overflowed and run.number("optimizer.lr") is not None,
        "A tenth of the learning rate: the gradient at given weights stays what it is, the jump becomes smaller.",
        lambda run: _learning_rate(run, 0.1),
    ),
)

EXPLODING = (
    Rule(
        lambda run: run.explodes("depth") and run.text("residual") == "identity",
        "Every branch adds to the gradient; divided by the root of their number, all of them add a bounded part.",
        lambda _: ["residual=scaled"],
    ),
    Rule(
        lambda run: run.explodes("time") and run.rnn and run.text("activation") in NON_EXPANSIVE
        and not run.recurrent_orthogonal,
        "With orthogonal recurrent weights and an activation whose slope never exceeds 1, the gradient cannot grow "
        "through time at initialization.",
        _orthogonal,
    ),
    Rule(
        lambda run: run.explodes("time") and run.at_least("architecture.forget_bias", run.long_memory_bias + 0.1),
        "The forget gate hardly forgets, so the other paths through the cell add to a gradient that keeps its size.",
        _bias,
    ),
    Rule(
        lambda run: run.explodes("time") and run.gated,
        "Smaller weights: only the paths through the recurrent weights can make the gradient of a gated cell grow.",
        lambda run: _gain(run, "time"),
    ),
    Rule(
        lambda run: run.explodes("time") and run.rnn and run.text("activation") not in NON_EXPANSIVE,
        "A smaller gain: every step multiplies the gradient by the recurrent weights.",
        lambda run: _gain(run, "time"),
    ),
    Rule(
        lambda run: run.explodes("depth") and run.text("architecture") == "mlp" and run.text("activation") in UNIT_SLOPE
        and not run.starts_from("orthogonal"),
        "With orthogonal weights and an activation whose slope never exceeds 1, the gradient cannot grow from layer to "
        "layer at initialization.",
        lambda _: ["init=orthogonal"],
    ),
    Rule(
        lambda run: run.explodes("depth") and run.feedforward,
        "A smaller gain: every layer multiplies the gradient by its weights, so the factor per layer falls with them.",
        lambda run: _gain(run, "depth"),
    ),
    Rule(
        lambda run: not run.diverged and (run.explodes("time") or run.explodes("depth")) and run.unclipped,
        "Clipping bounds the step. It does not change how the gradient grows on its way back.",
        lambda _: [CLIP],
    ),
)  # fmt: skip

VANISHING = (
    Rule(
        lambda run: run.vanishes("time") and (run.rnn or run.text("architecture") == "gru"),
        "Through an LSTM's cell the gradient is multiplied by the forget gates, and a large enough forget bias holds "
        "them near 1.",
        _lstm,
    ),
    Rule(
        lambda run: run.vanishes("time") and run.text("architecture") == "lstm"
        and not run.at_least("architecture.forget_bias", run.long_memory_bias),
        "Through the cell the gradient is multiplied by the forget gates: a larger bias holds them near 1.",
        _bias,
    ),
    Rule(
        lambda run: run.vanishes("time") and run.rnn and not run.recurrent_orthogonal
        and run.text("activation") in (*UNIT_SLOPE, "relu"),
        "Orthogonal recurrent weights keep the gradient's size; what is still lost is the slope of the activation.",
        _orthogonal,
    ),
    Rule(
        lambda run: run.vanishes("time") and run.rnn and run.text("activation") in ("sigmoid", "softplus"),
        "The slope of a sigmoid is at most 1/4, that of a softplus 1/2 at 0, that of tanh 1. Orthogonal recurrent "
        "weights keep the rest.",
        lambda run: ["activation=tanh", *_orthogonal(run)],
    ),
    Rule(
        lambda run: run.vanishes("time") and run.at_least("sequence_length", 40),
        "Half the sequence loses about half the decades. Clipping would not help: it only ever shrinks a gradient.",
        lambda run: _larger(run, "sequence_length", 0.5),
    ),
    Rule(
        lambda run: run.vanishes("depth") and run.feedforward and not run.matched,
        "With ReLU, whose slope is 0 or 1, and weights of variance 2 / fan_in the squared gradient keeps its size from "
        "layer to layer, on average.",
        lambda _: ["init=kaiming_normal", "activation=relu"],
    ),
    Rule(
        lambda run: run.vanishes("depth") and run.feedforward and run.text("activation") in UNIT_SLOPE
        and not run.starts_from("orthogonal"),
        "Orthogonal weights keep the gradient's size; what is still lost is the slope of the activation.",
        lambda _: ["init=orthogonal"],
    ),
    Rule(
        lambda run: run.vanishes("depth") and run.feedforward and run.matched and run.at_least("width", 1),
        "This init keeps the squared gradient on average over seeds, but that of a typical seed shrinks the more, the "
        "larger depth / width is.",
        lambda run: _larger(run, "width", 2),
    ),
    Rule(
        lambda run: run.vanishes("depth") and run.feedforward and run.text("residual") == "none"
        and run.at_least("depth", 4),
        "A signal that goes around every layer takes the gradient with it.",
        lambda _: ["residual=scaled"],
    ),
    Rule(
        lambda run: run.vanishes("depth") and run.sgd and not run.solved and not run.untrained
        and run.at_least("decades.depth", -6),
        "Adam divides each parameter's gradient by its own size, so it trains layers with a weak gradient, as long as "
        "that stays above its eps of 1e-8.",
        lambda _: [ADAM],
    ),
    Rule(
        lambda run: run.vanishes("depth") and run.at_least("depth", 4) and run.at_least("decades.depth", -1e9),
        "Half the layers lose about half the decades. Clipping would not help: it only ever shrinks a gradient.",
        lambda run: _larger(run, "depth", 0.5),
    ),
)  # fmt: skip

AGAIN = Rule(  # also for runs that no rule speaks of
    lambda run: run.calm and run.solved,
    "One seed is one sample: another one shows whether this was luck.",
    lambda run: [f"seed={int(run.number('seed') or 0) + 1}"],
)

STABLE = (
    Rule(
        lambda run: run.calm and run.number("steps") == 0,
        "The gradient is sound at initialization, and nothing was trained yet.",
        lambda _: ["steps=1000"],
        undo="steps",
    ),
    Rule(
        lambda run: run.calm and not run.solved and run.at_least("clip_rate", 0.9)
        and run.text("clipping") == "norm" and run.at_least("clipping.max_norm", 1e-300),
        "Nearly every step was clipped: so tight a bound acts as a smaller learning rate.",
        lambda run: [f"clipping.max_norm={number((run.number('clipping.max_norm') or 1.0) * 10)}"],
    ),
    Rule(
        lambda run: run.calm and not run.solved and run.at_least("steps", 1),
        "Nothing was seen to vanish or explode, so what is missing may be time: three times the steps.",
        lambda run: _larger(run, "steps", 3),
    ),
    Rule(
        lambda run: run.calm and not run.solved and run.at_least("steps", 1) and run.sgd,
        "Or a better pace: Adam adapts the step to each parameter.",
        lambda _: [ADAM],
    ),
    Rule(
        lambda run: run.calm and not run.solved and run.at_least("steps", 1) and not run.sgd
        and run.number("optimizer.lr") is not None,
        "Or another pace: a third of the learning rate.",
        lambda run: _learning_rate(run, 1 / 3),
    ),
    Rule(
        lambda run: run.calm and run.solved and run.at_least("sequence_length", 1),
        "How far does it hold? Twice the sequence.",
        lambda run: _larger(run, "sequence_length", 2),
    ),
    Rule(
        lambda run: run.calm and run.solved and run.feedforward and run.at_least("depth", 1),
        "How far does it hold? Twice the depth.",
        lambda run: _larger(run, "depth", 2),
    ),
    AGAIN,
)  # fmt: skip

FAILED = Rule(  # for runs that failed, and nothing else is
    lambda _: True,
    "The error above names the cause. Once it is mended, the same command runs it again.",
    lambda _: [],
)

RULES = (*HALF, *DIVERGED, *EXPLODING, *VANISHING, *STABLE)
