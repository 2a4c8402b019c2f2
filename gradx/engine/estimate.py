"""What an experiment will cost, from its shapes alone."""

from dataclasses import dataclass

from gradx.engine.train import sampled_steps
from gradx.models import Dims
from gradx.spec import Experiment
from gradx.tensors.layout import Layout

# Measured on two cores of a server CPU with one thread (scripts/bench cost); other machines differ, often by half.
OPERATION_SECONDS = 9e-6  # one operation of the forward pass with its share of the backward pass
MULTIPLIES_PER_SECOND = 12e9
SAMPLE_SHARE = 0.6  # what measuring everything adds to a sampled step


@dataclass(frozen=True)
class Estimate:
    """Parameters of one member, memory in bytes beyond that of torch itself, and seconds on one CPU core."""

    parameters: int
    memory: int
    seconds: float
    disk: int = 0


def estimate(experiment: Experiment, dims: Dims, members: int = 1) -> Estimate:
    """Cost of training `experiment` alone on the CPU."""
    model, batch = experiment.architecture, experiment.batch_size
    parameters = Layout(model.slots(dims)).size
    footprint = model.footprint(dims)
    width = 8 if experiment.dtype == "float64" else 4
    # Parameters, gradient and its parts, change, optimizer state; activations, their gradients, float64 copies.
    memory = width * parameters * 7 + batch * footprint.values * (2 * width + 8)
    work = 3 * batch * footprint.multiplies / MULTIPLIES_PER_SECOND
    step = footprint.operations * OPERATION_SECONDS + work
    steps = max(experiment.steps, 1)
    sampled = len(sampled_steps(experiment.measure, experiment.steps))
    return Estimate(parameters, members * memory, members * step * (steps + SAMPLE_SHARE * sampled), members * sampled * 4000)
