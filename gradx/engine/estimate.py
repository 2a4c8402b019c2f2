"""What an experiment will cost, from its shapes alone."""

from dataclasses import dataclass
from typing import NamedTuple

import torch

from gradx.engine.record import KEEP_BYTES, KEEP_STEPS, PENDING_BYTES
from gradx.engine.sampling import sampled_steps
from gradx.engine.speed import seconds
from gradx.models import Dims
from gradx.models.base import Footprint
from gradx.models.transformer import Transformer
from gradx.optim import LBFGS, HessianFree, Muon, NoClipping, NoRegularization
from gradx.optim.clipping import PerSampleNormClipping
from gradx.spec import Experiment
from gradx.tasks.base import BLOCK_BYTES, BLOCK_STEPS
from gradx.tensors.layout import Layout
from gradx.tensors.members import stack
from gradx.tensors.shapes import Sequence, features

WIDTHS = {"float64": 8, "float32": 4, "bfloat16": 2, "float16": 2}  # bytes of a number
ROW_BYTES = 9  # of a trace, compressed
COLUMN_BYTES = 700  # of a column of the trace: its name, and whatever is gathered by name
# Numbers that lie in memory for each parameter when it is fullest (tests/engine/test_memory.py has the method):
# parameters, gradients as they come and side by side, change; what each rule adds, old and new.
PLAIN_COPIES, FIRST_STATE, STATE_COPIES, CLIPPING_COPIES, PENALTY_COPIES = 6.0, 1.0, 2.0, 1.5, 1.5
EXAMPLE_COPIES = 3.5  # where every example has a gradient of its own
PAIR_COPIES = 6.0  # of the pairs of L-BFGS: as they were, pushed, as they become, and what is still held of them
TAP_SHARE = 0.8  # of `Footprint.values`, what lies beside them where gradients inside the network are kept for a rule
FIXED_BYTES = 2 << 20  # whatever is trained: the allocator's slack, and what is small


class Extra(NamedTuple):
    """What a rule holds beside its state: copies of the parameters, and of `Footprint.values`."""

    copies: float = 0.0
    values: float = 0.0


# What the allocator makes of many large temporaries differs from process to process: with conjugate gradients and in
# half precision the same run took from 0.6 to 1.4 times as much as is said here.
# A second pass while the first one's results are kept; a graph of the gradient, and what conjugate gradients go on
# with, products in float64; the iterates of Newton and Schulz.
SEARCHING = {LBFGS: Extra(values=0.7), HessianFree: Extra(28, 1.0), Muon: Extra(13)}
MEASURED_COPIES = {"float64": 1.0, "float32": 0.0, "bfloat16": 2.0, "float16": 2.0}  # in float64, of `measured`


@dataclass(frozen=True)
class Estimate:
    """What a chunk of members costs on one CPU core.

    Attributes:
        parameters: of one member.
        memory: bytes beyond those of torch itself.
        seconds: from the first step to the last, and for building the networks.
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
    parameters, count = Layout(experiment.architecture.slots(dims)).size, columns(experiment, dims)
    memory = (
        FIXED_BYTES
        + COLUMN_BYTES * count
        + members * member_bytes(experiment, dims).all
        + pending_bytes(experiment, dims, members)
        + waiting_bytes(experiment, dims, members)
    )
    disk = members * len(sampled_steps(experiment.measure, experiment.steps)) * count * ROW_BYTES
    state = state_size(experiment)
    return Estimate(parameters, memory, seconds(experiment, dims, members, parameters, state, count), disk)


def member_bytes(experiment: Experiment, dims: Dims) -> MemberBytes:
    """Memory of one member of a cohort."""
    model, batch, state = experiment.architecture, experiment.batch_size, state_size(experiment)
    computed = WIDTHS[experiment.dtype]  # bytes of a number in the network
    width = max(computed, 4)
    parameters, footprint = Layout(model.slots(dims)).size, model.footprint(dims)
    kept = sum(slot.size for slot in model.buffers(dims))
    step = width * ((4 + state) * parameters + kept) + computed * batch * footprint.values
    block = min(BLOCK_STEPS * batch * _example_bytes(dims), BLOCK_BYTES) * 2  # drawn, and with the members side by side
    if width == 8:
        block *= 2  # and in float64
    everything = width * (_copies(experiment, state) * parameters + 2 * kept) + batch * _inside(experiment, footprint)
    return MemberBytes(round(step), round(max(everything, 20 * parameters)) + block)


def state_size(experiment: Experiment) -> float:
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


def waiting_bytes(experiment: Experiment, dims: Dims, members: int) -> int:
    """What snapshots take that wait to be measured together, and again side by side; large ones do not wait."""
    model, width = experiment.architecture, max(WIDTHS[experiment.dtype], 4)
    numbers = 2 * experiment.batch_size * model.footprint(dims).measured + 4 * Layout(model.slots(dims)).size
    snapshot = width * members * numbers
    sampled = min(KEEP_STEPS, len(sampled_steps(experiment.measure, experiment.steps)))
    return 2 * min(KEEP_BYTES, sampled * snapshot) if 2 * snapshot <= KEEP_BYTES else 0


def columns(experiment: Experiment, dims: Dims) -> int:
    """Numbers that one sampled step leaves in the trace."""
    model, kinds = experiment.architecture, {quantity.kind for quantity in experiment.measure.quantities}
    slots = model.slots(dims)
    count, steps, depth = len(slots), _time_steps(experiment, dims), max(1, max(slot.layer for slot in slots) - 1)
    states, signals = len(getattr(model, "states", ())), 2  # pre-activations and outputs
    if isinstance(model, Transformer):
        signals = 3 if model.feedforward else 1
    counts = {
        "loss": 1,
        "grad_norm": 4 + 2 * count,
        "update_ratio": count,
        "extremes": 3 * (count + signals * depth),
        "layer_norms": signals * depth + 4,
        "activations": 3 * depth if signals > 1 else 0,
        "time_norms": depth * steps * states + 4 if steps else 0,
    }
    return sum(count for kind, count in counts.items() if kind in kinds)


def _copies(experiment: Experiment, state: float) -> float:
    """Numbers for each parameter when memory is fullest."""
    each = PAIR_COPIES if isinstance(experiment.optimizer, LBFGS) else STATE_COPIES
    copies = PLAIN_COPIES + (FIRST_STATE + each * state if state else 0) + _searching(experiment).copies
    if not isinstance(experiment.clipping, NoClipping):
        copies += CLIPPING_COPIES
    if not isinstance(experiment.regularization, NoRegularization):
        copies += PENALTY_COPIES
    if isinstance(experiment.clipping, PerSampleNormClipping):
        copies += EXAMPLE_COPIES * experiment.batch_size
    return copies + (1 if experiment.dtype == "float64" else 0)  # norms divide by the largest entry before they square


def _inside(experiment: Experiment, footprint: Footprint) -> float:
    """Bytes of what the network makes of an example."""
    copies = 1 + _searching(experiment).values + (TAP_SHARE if experiment.regularization.needs_taps else 0)
    doubles = MEASURED_COPIES[experiment.dtype]
    if experiment.loss_scale != 1:
        doubles = max(doubles, 1.0)
    return WIDTHS[experiment.dtype] * copies * footprint.values + 8 * doubles * footprint.measured


def _example_bytes(dims: Dims) -> int:
    """Of an example with its answers, as drawn: float32 numbers, or int64 tokens and classes."""
    read = dims.input
    given = 8 * read.steps if isinstance(read, Sequence) and read.tokens else 4 * features(read)
    return given + 4 * dims.scored * min(dims.outputs, 2)


def _searching(experiment: Experiment) -> Extra:
    return SEARCHING.get(type(experiment.optimizer), Extra())


def _time_steps(experiment: Experiment, dims: Dims) -> int:
    """Of a recurrent network; 0 of others."""
    return dims.input.steps if experiment.architecture.recurrent and isinstance(dims.input, Sequence) else 0
