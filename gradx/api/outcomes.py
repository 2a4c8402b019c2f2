"""`meaning`: what the results of a run are, with their formulas; `solved_at`: from which score on a task is solved."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from gradx.base.thresholds import Thresholds
from gradx.families import FAMILIES, parts

if TYPE_CHECKING:
    from gradx.tasks.base import Task

LENGTH = 40  # time steps, of tasks that are opened to be asked; only the score of text depends on it

OUTCOMES = {
    "solved": """Whether the test metric after training reaches the score from which the task counts as solved.

    solved = metric.final >= metric.solved_at (<= where smaller is better, as for mse and cross_entropy)

A run that diverged is not solved. Of one that made no step it is not asked.""",
    "growth": """The factor by which the gradient norm changes per layer, or per time step, towards the input.

    growth = exp(-slope) of the least-squares line through log |g_k| against the layer or time step k

Below 1 the gradient vanishes towards the input, above 1 it explodes. |g_k| is the L2 norm over the batch; where there
are enough positions, up to five at each end are left out. growth.depth and growth.time are those of the first sampled
step, growth.depth.final and growth.time.final those of the last one; .low and .high end the 95 % interval over the
examples of the batch (jackknife).""",
    "decades": """How much the gradient norm gains (or loses, below 0) over all layers, or all time steps.

    decades = log10(|g_first| / |g_last|)

-2: what arrives at the input is a hundredth of what the loss sends.""",
    "verdict": f"""Whether the gradient vanishes, explodes or is stable, per layer and per time step.

    vanishing   decades <= -{Thresholds().decades:g}, and growth below 1 with its whole interval
    exploding   decades >= {Thresholds().decades:g}, and growth above 1 with its whole interval
    stable      neither
    diverged    the loss was not finite, whatever the growth was at first

It is of the first sampled step. `diagnosis: {{decades: ...}}` in the spec sets the limit.""",
    "clip_rate": """The share of the training steps in which clipping changed the gradient.

    clip_rate = steps in which clipping acted / steps done""",
}
"""By name; the columns of `runs/` begin with it."""


def meaning(name: str) -> str | None:
    """What an outcome is, by the name of its column or of the whole family; None for what is none."""
    family = name.partition(".")[0]
    found = OUTCOMES.get(family)
    if found is None or family != "solved":
        return found
    scores = (f"    {task:<16}{text}" for task, text in solved_at())
    return "\n".join([found, f"From these scores on (sequence_length {LENGTH}):", "", *scores])


def solved_at() -> Iterator[tuple[str, str]]:
    """Of each task the metric and the score, as its source has it; of those that need a file only that."""
    for kind, part in parts(FAMILIES["tasks"]).items():
        if any(field.is_required() for field in part.model_fields.values()):
            yield kind, "known with its files: metric.solved_at of each run"
            continue
        task = cast("Task", part.model_validate({"kind": kind}))
        source = task.open(LENGTH if "sequence_length" in task.uses else None)
        yield kind, f"{source.metric} {'>=' if source.higher_is_better else '<='} {source.solved_at:.3g}"
