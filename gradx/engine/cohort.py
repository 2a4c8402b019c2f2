"""`Cohort`: experiments of one shape, built as one network whose every tensor has the members first."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from gradx.base.seeds import stream
from gradx.inits import initialize
from gradx.models import Dims
from gradx.spec import Experiment
from gradx.tasks import Source
from gradx.tensors.layout import Layout
from gradx.tensors.members import stack

DTYPES = {"float32": torch.float32, "float64": torch.float64}


class Cohort:
    """The members' parts stacked, their task, and their parameters at initialization.

    Attributes:
        experiments: one for each member, all of the same `shape`.
        spec: the first one, for all that does not vary.
        params: (member, parameter), updated in place by training.
        weights: views of `params` by name, (member, *shape), which require gradients.
    """

    def __init__(self, experiments: Sequence[Experiment], device: torch.device) -> None:
        if len({experiment.shape for experiment in experiments}) != 1:
            raise ValueError("the members of a cohort must have one shape: they may differ only in fields that vary")
        self.experiments = list(experiments)
        self.spec = self.experiments[0]
        self.device = device
        self.dtype = DTYPES[self.spec.dtype]
        self.source = open_source(self.spec)
        self.dims = dims(self.spec, self.source)
        self.model = stack([experiment.architecture for experiment in experiments])
        self.layout = Layout(self.model.slots(self.dims))
        self.optimizer = stack([experiment.optimizer for experiment in experiments], device)
        self.clipping = stack([experiment.clipping for experiment in experiments], device)
        self.regularization = stack([experiment.regularization for experiment in experiments], device)
        self.params = self._initial().to(device, self.dtype)
        self.weights = self.layout.views(self.params)

    def _initial(self) -> Tensor:
        init = stack([experiment.init for experiment in self.experiments])
        values = initialize(init, self.layout.slots, [experiment.seed for experiment in self.experiments])
        self.model.adjust(self.dims, values)
        return self.layout.flatten(values)

    def batches(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Endless (x, y) on the device: x (member, batch, *input), y (member, batch, scored[, output]).

        Every member draws from its own stream, on the CPU, whatever its companions and the device.
        """
        streams = [
            self.source.batches(torch.Generator().manual_seed(stream(one.seed, "data")), one.batch_size)
            for one in self.experiments
        ]
        while True:
            blocks = [next(blocks) for blocks in streams]
            x, y = (torch.stack(parts, dim=1) for parts in zip(*blocks, strict=True))  # (step, member, batch, ...)
            yield from zip(self.to_device(x).unbind(), self.to_device(y).unbind(), strict=True)

    def to_device(self, values: Tensor) -> Tensor:
        """On the cohort's device, floating point numbers in its dtype."""
        return values.to(self.device, self.dtype if values.is_floating_point() else None)


def open_source(experiment: Experiment) -> Source:
    """The data of an experiment's task. Raises SpecError where the task cannot be had or has too few examples."""
    source = experiment.task.open(experiment.sequence_length)
    next(source.batches(torch.Generator().manual_seed(0), experiment.batch_size))  # says what is wrong before a run is
    return source


def dims(experiment: Experiment, source: Source) -> Dims:
    """What the experiment's network is built for."""
    return Dims(source.input, source.outputs, source.scored, experiment.depth, experiment.width, experiment.activation)
