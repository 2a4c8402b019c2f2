"""What an experiment will cost, from its shapes alone."""

from dataclasses import dataclass
from typing import NamedTuple

import torch

from gradx.engine.record import PENDING_BYTES
from gradx.engine.sampling import evaluated_steps, sampled_steps
from gradx.models import Dims
from gradx.optim import NoClipping, NoRegularization
from gradx.optim.clipping import PerSampleNormClipping
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
MEASURED_SHARE = 0.4  # of `Footprint.values`, gradients that are measured
WIDTHS = {"float64": 8, "float32": 4, "bfloat16": 2, "float16": 2}  # bytes of a number
TEST_EXAMPLES = 500  # of a small task; the shapes do not say
ROW_BYTES = 9  # of a trace, compressed
COLUMN_BYTES = 700  # of a column of the trace: its name, and whatever is gathered by name
# Of float32 numbers that lie in memory for each parameter when it is fullest (tests/engine/test_memory.py has the
# method): parameters, gradients as they come and side by side, change; what each rule adds, old and new.
PLAIN_COPIES, FIRST_STATE, STATE_COPIES, CLIPPING_COPIES, PENALTY_COPIES = 6.0, 1.0, 2.0, 1.5, 1.5
EXAMPLE_COPIES = 4.0  # where every example has a gradient of its own
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
    memory = (
        FIXED_BYTES
        + COLUMN_BYTES * columns(experiment, dims)
        + members * member_bytes(experiment, dims).all
        + pending_bytes(experiment, dims, members)
    )
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
    computed: float = WIDTHS[experiment.dtype]  # bytes of a number in the network
    width = max(WIDTHS[experiment.dtype], 4)
    parameters, values = Layout(model.slots(dims)).size, model.footprint(dims).values
    kept = sum(slot.size for slot in model.buffers(dims))
    state = _state(experiment)
    step = width * ((4 + state) * parameters + kept) + computed * batch * values
    example = features(dims.input) + dims.scored * dims.outputs
    block = min(BLOCK_STEPS * batch * example * 4, BLOCK_BYTES) * 2  # as drawn, and with the members side by side
    copies = PLAIN_COPIES + (FIRST_STATE + STATE_COPIES * state if state else 0)
    if not isinstance(experiment.clipping, NoClipping):
        copies += CLIPPING_COPIES
    if not isinstance(experiment.regularization, NoRegularization):
        copies += PENALTY_COPIES
    if isinstance(experiment.clipping, PerSampleNormClipping):
        copies += EXAMPLE_COPIES * batch
    if computed < width or experiment.loss_scale != 1:
        computed += MEASURED_SHARE * 8  # taps are measured in float64
    everything = width * (copies * parameters + 2 * kept) + computed * batch * values
    return MemberBytes(round(step), round(max(everything, 20 * parameters)) + block)


def _state(experiment: Experiment) -> float:
    """Numbers that the optimizer remembers for each parameter."""
    small, large = (
        sum(each.numel() for each in stack([experiment.optimizer]).init(torch.zeros(1, size)).values())
        for size in (64, 128)
    )
    return (large - small) / 64


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
        "grad_norm": 4 + 2 * slots,
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
