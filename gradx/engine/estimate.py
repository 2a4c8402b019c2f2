"""What an experiment will cost, from its shapes alone."""

from dataclasses import dataclass
from typing import NamedTuple

from gradx.engine.sampling import sampled_steps
from gradx.models import Dims
from gradx.spec import Experiment
from gradx.tensors.layout import Layout
from gradx.tensors.shapes import Sequence

# Measured on two cores of a server CPU with one thread (scripts/bench); other machines differ, often by half.
OPERATION_SECONDS = 9e-6  # one operation of the forward pass with its share of the backward pass
MULTIPLIES_PER_SECOND = 12e9
SAMPLE_SHARE = 0.6  # what measuring everything adds to a sampled step
ROW_BYTES = 9  # of a trace, compressed


@dataclass(frozen=True)
class Estimate:
    """What a chunk of members costs on one CPU core.

    Attributes:
        parameters: of one member.
        memory: bytes beyond those of torch itself.
        seconds: from the first step to the last.
        disk: bytes of the trace.
    """

    parameters: int
    memory: int
    seconds: float
    disk: int


class MemberBytes(NamedTuple):
    """Memory that one member needs: what a step goes through again and again, and all there is."""

    step: int
    all: int


def estimate(experiment: Experiment, dims: Dims, members: int = 1) -> Estimate:
    """Cost of training `members` experiments of this shape together on the CPU."""
    model, batch = experiment.architecture, experiment.batch_size
    footprint = model.footprint(dims)
    memory = members * member_bytes(experiment, dims).all
    work = 3 * batch * footprint.multiplies / MULTIPLIES_PER_SECOND
    step = footprint.operations * OPERATION_SECONDS + members * work
    steps = max(experiment.steps, 1)
    sampled = len(sampled_steps(experiment.measure, experiment.steps))
    parameters = Layout(model.slots(dims)).size
    disk = members * sampled * columns(experiment, dims) * ROW_BYTES
    return Estimate(parameters, memory, step * (steps + SAMPLE_SHARE * sampled), disk)


def member_bytes(experiment: Experiment, dims: Dims) -> MemberBytes:
    """Memory of one member of a cohort."""
    model, batch = experiment.architecture, experiment.batch_size
    width = 8 if experiment.dtype == "float64" else 4
    # Parameters, gradient and its parts, change, optimizer state; activations, their gradients, float64 copies.
    parameters = Layout(model.slots(dims)).size
    step = width * parameters * 7 + batch * model.footprint(dims).values * (2 * width + 8)
    return MemberBytes(step, step)


def columns(experiment: Experiment, dims: Dims) -> int:
    """Numbers that one sampled step leaves in the trace."""
    kinds = {quantity.kind for quantity in experiment.measure.quantities}
    slots, depth = len(experiment.architecture.slots(dims)), dims.depth
    steps = dims.input.steps if experiment.architecture.recurrent and isinstance(dims.input, Sequence) else 0
    states = len(getattr(experiment.architecture, "states", ()))
    counts = {
        "loss": 1,
        "grad_norm": 3 + 2 * slots,
        "update_ratio": slots,
        "extremes": 3 * (slots + 2 * depth),
        "layer_norms": 2 * depth + 4,
        "activations": 3 * depth,
        "time_norms": depth * steps * states + 4 if steps else 0,
    }
    return sum(count for kind, count in counts.items() if kind in kinds)
