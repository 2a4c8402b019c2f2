"""What an experiment will cost, from its shapes alone."""

from dataclasses import dataclass
from typing import NamedTuple

import torch

from gradx.engine.record import PENDING_BYTES
from gradx.engine.sampling import evaluated_steps, sampled_steps
from gradx.models import Dims
from gradx.spec import Experiment
from gradx.tasks.base import BLOCK_BYTES, BLOCK_STEPS
from gradx.tensors.layout import Layout
from gradx.tensors.members import stack
from gradx.tensors.shapes import Sequence, features

# Measured on two cores of a server CPU with one thread (scripts/bench); other machines differ, often by half.
OPERATION_SECONDS = 9e-6  # one operation of the forward pass with its share of the backward pass
MULTIPLIES_PER_SECOND = 30e9
VALUE_SECONDS = 1e-9  # what happens to one number of `Footprint.values` in a step, and again when all is measured
SAMPLE_OPERATIONS = 50
PARAMETER_SECONDS = 6e-9  # norms of a parameter's gradient, change and value
TEST_EXAMPLES = 500  # of a small task; the shapes do not say
ROW_BYTES = 9  # of a trace, compressed
FIXED_BYTES = 8 << 20  # whatever is trained: the data, what waits to be measured together, the allocator's slack


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
    memory = FIXED_BYTES + members * member_bytes(experiment, dims).all + pending_bytes(experiment, dims, members)
    parameters = Layout(model.slots(dims)).size
    forward = (
        footprint.operations * OPERATION_SECONDS / 3 + members * batch * footprint.multiplies / MULTIPLIES_PER_SECOND
    )
    values = members * batch * footprint.values * VALUE_SECONDS
    sampled = len(sampled_steps(experiment.measure, experiment.steps))
    sample = SAMPLE_OPERATIONS * OPERATION_SECONDS + values + members * parameters * PARAMETER_SECONDS
    tests = len(evaluated_steps(experiment.measure, experiment.steps)) * TEST_EXAMPLES / batch * (forward + values / 3)
    seconds = max(experiment.steps, 1) * (3 * forward + values) + sampled * sample + tests
    disk = members * sampled * columns(experiment, dims) * ROW_BYTES
    return Estimate(parameters, memory, seconds, disk)


def member_bytes(experiment: Experiment, dims: Dims) -> MemberBytes:
    """Memory of one member of a cohort."""
    model, batch = experiment.architecture, experiment.batch_size
    width = 8 if experiment.dtype == "float64" else 4
    parameters, values = Layout(model.slots(dims)).size, model.footprint(dims).values
    state = len(stack([experiment.optimizer]).init(torch.zeros(1, 1)))
    step = width * ((4 + state) * parameters + batch * values)
    example = features(dims.input) + dims.scored * dims.outputs
    block = min(BLOCK_STEPS * batch * example * 4, BLOCK_BYTES) * 2  # as drawn, and with the members side by side
    return MemberBytes(step, max(step + 2 * width * parameters, 20 * parameters) + block)


def pending_bytes(experiment: Experiment, dims: Dims, members: int) -> int:
    """What readings take until they are handed on, and again on the way."""
    sampled = len(sampled_steps(experiment.measure, experiment.steps))
    profiles = dims.depth * experiment.batch_size + experiment.batch_size * _time_steps(experiment, dims)
    return 2 * min(PENDING_BYTES, 8 * members * sampled * (columns(experiment, dims) + profiles))


def columns(experiment: Experiment, dims: Dims) -> int:
    """Numbers that one sampled step leaves in the trace."""
    kinds = {quantity.kind for quantity in experiment.measure.quantities}
    slots, depth = len(experiment.architecture.slots(dims)), dims.depth
    steps = _time_steps(experiment, dims)
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


def _time_steps(experiment: Experiment, dims: Dims) -> int:
    """Of a recurrent network; 0 of others."""
    return dims.input.steps if experiment.architecture.recurrent and isinstance(dims.input, Sequence) else 0
