"""How long an experiment will take on one CPU core, from its shapes alone.

Measured on a server CPU with one thread; other machines differ, often by half, and a busy one takes twice as long.
"""

from gradx.engine.sampling import evaluated_steps, sampled_steps
from gradx.engine.train import TEST_CHUNK
from gradx.models import Dims
from gradx.models.base import Footprint
from gradx.models.custom import Custom
from gradx.optim import LBFGS, HessianFree, Muon
from gradx.optim.clipping import PerSampleNormClipping
from gradx.spec import Experiment

BUILD_SECONDS, MEMBER_SECONDS = 0.03, 0.003  # before the first step: of a cohort, of each member
DRAW_SECONDS = 3e-8  # of a parameter's initial value
STEP_SECONDS = 9e-4  # whatever the network: the batch, the loss, the rules
OPERATION_SECONDS = 20e-6  # one operation of the forward pass with its share of the backward pass
MULTIPLIES_PER_SECOND = 35e9
VALUE_SECONDS = 8e-10  # what happens to one number of `Footprint.values` in a step that goes back by hand
GRAPH_VALUE_SECONDS = 1.2e-9  # by autograd, which writes each result into new memory
PARAMETER_SECONDS, STATE_SECONDS = 2e-9, 2.5e-9  # of a step, for a parameter and for each number that a rule remembers
SAMPLE_SECONDS, COLUMN_SECONDS = 8e-4, 1.5e-6  # of a sampled step
MEASURED_VALUE_SECONDS, MEASURED_PARAMETER_SECONDS = 2e-9, 6e-9  # where all is measured
TEST_EXAMPLES = 700  # 250 to 1000; the shapes do not say
# Numbers and products of a dtype: half precision is emulated, float64 twice as long.
SLOWER = {"float64": 2.0, "float32": 1.0, "bfloat16": 7.0, "float16": 7.0}
EXAMPLE_SECONDS = 7e-9  # where every example has a gradient of its own, of a parameter and an example
PRODUCT_PASSES = 0.75  # of a product with the curvature that conjugate gradients may ask for; mostly they stop early
PAIR_OPERATIONS = 20  # of an iteration of L-BFGS, for each pair that it remembers
NEWTON_SCHULZ_OPERATIONS = 18  # of an iteration of Muon


def seconds(experiment: Experiment, dims: Dims, members: int, parameters: int, state: float, columns: int) -> float:
    """Of building and training `members` experiments of this shape together.

    Args:
        experiment: one of them.
        dims: what its network is built for.
        members: how many.
        parameters: of one network.
        state: numbers that the optimizer remembers for each parameter.
        columns: numbers that a sampled step leaves in the trace.
    """
    footprint, steps, batch = experiment.architecture.footprint(dims), max(experiment.steps, 1), experiment.batch_size
    small, large = _pass(experiment, dims, footprint, members)
    weights = members * parameters
    rule = weights * (PARAMETER_SECONDS + STATE_SECONDS * state)
    step = STEP_SECONDS + _passes(experiment) * (small + large + rule) + _searching(experiment, dims, weights)
    sample = SAMPLE_SECONDS + COLUMN_SECONDS * columns + MEASURED_PARAMETER_SECONDS * weights
    sample += MEASURED_VALUE_SECONDS * members * batch * footprint.values
    if dims.scored > 1 and experiment.architecture.recurrent:  # back once more, from the last time step
        sample += 0.6 * (small + large)
    tests = TEST_EXAMPLES * (small / 3 / max(batch, TEST_CHUNK // members) + large / 2.5 / batch)
    building = BUILD_SECONDS + members * MEMBER_SECONDS + DRAW_SECONDS * weights
    sampled = len(sampled_steps(experiment.measure, experiment.steps))
    evaluated = len(evaluated_steps(experiment.measure, experiment.steps))
    return building + steps * step + sampled * sample + evaluated * tests


def _pass(experiment: Experiment, dims: Dims, footprint: Footprint, members: int) -> tuple[float, float]:
    """Seconds of a forward and a backward pass: of operations, however small, and of their numbers."""
    apart = isinstance(experiment.architecture, Custom)  # members run one after another
    operations = footprint.operations * (members if apart else 1)
    each = VALUE_SECONDS if experiment.architecture.by_hand(dims) else GRAPH_VALUE_SECONDS
    example = 3 * footprint.multiplies / MULTIPLIES_PER_SECOND + footprint.values * each
    numbers = members * experiment.batch_size * example * SLOWER[experiment.dtype]
    return operations * OPERATION_SECONDS, numbers


def _passes(experiment: Experiment) -> float:
    """How many forward and backward passes a step takes."""
    optimizer, passes = experiment.optimizer, 1.0
    if isinstance(optimizer, LBFGS):
        passes = optimizer.max_iter
    elif isinstance(optimizer, HessianFree):
        passes += PRODUCT_PASSES * optimizer.max_iter
    return passes + isinstance(experiment.clipping, PerSampleNormClipping)


def _searching(experiment: Experiment, dims: Dims, weights: int) -> float:
    """Seconds of a step for what a rule does beside passes and the parameters' own arithmetic."""
    optimizer, found = experiment.optimizer, 0.0
    if isinstance(optimizer, LBFGS):
        found = optimizer.max_iter * PAIR_OPERATIONS * optimizer.history_size * OPERATION_SECONDS
    elif isinstance(optimizer, Muon):
        products = 3 * weights * dims.width / MULTIPLIES_PER_SECOND
        found = optimizer.ns_steps * (NEWTON_SCHULZ_OPERATIONS * OPERATION_SECONDS + products)
    if isinstance(experiment.clipping, PerSampleNormClipping):
        found += experiment.batch_size * weights * EXAMPLE_SECONDS
    return found
