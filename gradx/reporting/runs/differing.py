"""What tells runs apart: the keys of their specs that differ, and those that all share."""

from collections.abc import Mapping, Sequence
from itertools import chain
from math import isfinite, isnan
from typing import Any

from gradx.reporting.text import is_number, magnitude, spec_texts

SPEC = (
    "architecture", "activation", "init", "normalization", "residual", "dropout", "depth", "width", "task",
    "sequence_length", "batch_size", "steps", "optimizer", "schedule", "clipping", "regularization", "dtype",
    "loss_scale", "threads", "measure", "diagnosis", "seed",
)  # fmt: skip
"""The keys of an experiment that make its run, in its order; name and claims do not."""

_IMPLIED_BY = {"activation": "architecture", "sequence_length": "task"}  # where not all of those have one

FACTS = frozenset(f"task.{fact}" for fact in ("sha256", "train", "test", "characters", "vocabulary", "source"))
"""Columns that look like fields of the task but are what was found in its data."""

_SAID = (
    ("architecture", "activation"), ("architecture.target",), ("init",), ("normalization",), ("residual",),
    ("dropout",), ("depth",), ("width",), ("parameters",), ("task",), ("sequence_length",),
    ("optimizer", "optimizer.lr"), ("schedule",), ("clipping",), ("regularization",), ("batch_size",), ("dtype",),
    ("loss_scale",), ("seed",),
)  # fmt: skip
"""What people want to know of a run; what stands together belongs together."""
_UNSAID = {
    "normalization": "none", "residual": "none", "dropout": 0, "schedule": "constant", "clipping": "none",
    "regularization": "none", "loss_scale": 1,
}  # fmt: skip
"""What goes without saying."""
_BARE = ("architecture", "activation", "task", "optimizer", "dtype")  # values that say what they are
_OWN = ("init", "depth", "width")  # what a custom network brings itself
_LABELS = {"architecture.target": "target", "sequence_length": "length", "optimizer.lr": "lr", "batch_size": "batch"}


def columns_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Rows as columns; None where a row has no value."""
    found: dict[str, list[Any]] = {name: [] for name in dict.fromkeys(chain.from_iterable(rows))}
    adders = [(name, values.append) for name, values in found.items()]
    for row in rows:  # each once: thousands of them do not fit the cache
        for name, add in adders:
            add(row.get(name))
    return found


def is_missing(value: Any) -> bool:
    """None, or what pandas makes of it."""
    return value is None or (isinstance(value, float) and isnan(value))


def or_none(value: Any) -> Any:
    """A value of a spec; None where it is missing, so that all that are missing are alike."""
    return None if is_missing(value) else value


def is_numeric(values: Sequence[Any]) -> bool:
    """Whether there are at least two numbers and no words; a missing value is none, and inf has no place on a scale."""
    given = [value for value in values if value is not None]
    return len(given) > 1 and all(is_number(value) and isfinite(value) for value in given)


def differing(columns: Mapping[str, Sequence[Any]]) -> list[str]:
    """The keys of the spec that tell these runs apart, in the order of an experiment.

    A field that follows from the kind of its part (`optimizer.beta1` where only the kind of optimizer differs) is left
    out: the kind says it.

    Args:
        columns: of `runs/`, by name, each with one value for each run.
    """
    order = {head: place for place, head in enumerate(SPEC)}
    keys = sorted(
        (key for key in columns if _head(key) in order and key not in FACTS), key=lambda key: order[_head(key)]
    )
    various = [key for key in keys if len({None if is_missing(value) else value for value in set(columns[key])}) > 1]
    values = {key: [None if is_missing(value) else value for value in columns[key]] for key in various}
    return [key for key in various if not _implied(values, key, various)]


def alike(columns: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """What all runs share, by name; columns without a value are left out."""
    firsts = ((key, values[0]) for key, values in columns.items() if len(values))
    return {key: first for key, first in firsts if not is_missing(first) and all(v == first for v in columns[key])}


def described(row: Mapping[str, Any], besides: Sequence[str] = ()) -> str:
    """What people want to know of a spec, in a line: `mlp tanh, init orthogonal, depth 20`.

    Args:
        row: of `runs/`, or what of it is worth saying; any value may be missing.
        besides: keys to say after the usual ones.
    """
    facts = (" ".join(_said(row, key) for key in keys if not _silent(row, key)) for keys in _SAID)
    more = (_said(row, key) for key in besides if not is_missing(row.get(key)))
    return ", ".join(fact for fact in (*facts, *more) if fact)


def _silent(row: Mapping[str, Any], key: str) -> bool:
    foreign = row.get("architecture") == "custom" and key in _OWN
    return foreign or is_missing(row.get(key)) or (key in _UNSAID and row[key] == _UNSAID[key])


def _said(row: Mapping[str, Any], key: str) -> str:
    if key == "parameters":
        return f"{magnitude(float(row[key])).strip()} parameters"
    (text,) = spec_texts([row[key]])
    return text if key in _BARE else f"{_LABELS.get(key, key)} {text}"


def _head(key: str) -> str:
    return key.partition(".")[0]


def _implied(values: Mapping[str, Sequence[Any]], key: str, various: Sequence[str]) -> bool:
    """Whether `key` follows from something else that differs."""
    parts = key.split(".")
    above = [".".join(parts[:end]) for end in range(1, len(parts))]
    if key in _IMPLIED_BY and len(set(values[key]) - {None}) == 1:
        above.append(_IMPLIED_BY[key])
    return any(_follows(values[key], values[one]) for one in above if one in various)


def _follows(values: Sequence[Any], above: Sequence[Any]) -> bool:
    """Whether runs that are alike in `above` are alike in `values`."""
    return len(set(zip(above, values, strict=True))) == len(set(above))
