"""`Cohort`: experiments of one shape, built as one network whose every tensor has the members first."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from gradx.base.seeds import stream
from gradx.engine.beginning import initial
from gradx.engine.drawing import Draws
from gradx.models import Dims
from gradx.spec import Experiment
from gradx.tasks import Source
from gradx.tensors.layout import Layout
from gradx.tensors.members import aligned, like, stack
from gradx.tensors.mode import Mode

DTYPES = {dtype: getattr(torch, dtype) for dtype in ("float64", "float32", "bfloat16", "float16")}
HALVES = (torch.bfloat16, torch.float16)


class Cohort:
    """The members' parts stacked, their task, and their parameters at initialization.

    With a half dtype the parameters, and all that is made of them, are float32; the network computes with copies.

    Attributes:
        experiments: one for each member, all of the same `shape`.
        spec: the first one, for all that does not vary.
        computed: the dtype of the network.
        dtype: of parameters, losses and targets; float32 where `computed` is half of that.
        params: (member, parameter), updated in place by training.
        weights: views of `params` by name, (member, *shape), which require gradients.
        buffers: what is kept beside them by name, (member, *shape), updated in place by training.
        loss_scale: (member,) in float64; None where it is 1 for all members.

    Reference: Micikevicius et al. 2018, arXiv:1710.03740, section 3 (a float32 copy of the weights, loss scaling).
    """

    def __init__(self, experiments: Sequence[Experiment], device: torch.device) -> None:
        if len({experiment.shape for experiment in experiments}) != 1:
            raise ValueError("the members of a cohort must have one shape: they may differ only in fields that vary")
        self.experiments = list(experiments)
        self.seeds = [experiment.seed for experiment in self.experiments]
        self.spec = self.experiments[0]
        self.device = device
        self.computed = DTYPES[self.spec.dtype]
        self.dtype = torch.float32 if self.computed in HALVES else self.computed
        self.source = open_source(self.spec)
        self.dims = self._dims(device)
        self.model = stack([experiment.architecture for experiment in experiments])
        self.layout = Layout(self.model.slots(self.dims))
        self.optimizer = stack([experiment.optimizer for experiment in experiments], device)
        self.schedule = stack([experiment.schedule for experiment in experiments], device)
        self.clipping = stack([experiment.clipping for experiment in experiments], device)
        self.regularization = stack([experiment.regularization for experiment in experiments], device)
        scales = torch.tensor([experiment.loss_scale for experiment in experiments], dtype=torch.float64, device=device)
        self.loss_scale = None if all(one.loss_scale == 1 for one in experiments) else scales
        init = stack([experiment.init for experiment in self.experiments])
        values, buffers = initial(self.model, self._dims(torch.device("cpu")), init, self.source, self.experiments)
        self.params = self.layout.flatten(values).to(device, self.dtype)
        self.weights = self.layout.views(self.params)
        self.buffers = {name: values.to(device, self.dtype) for name, values in buffers.items()}

    @property
    def scaled(self) -> bool:
        """Whether gradients do not come from the network as they are meant."""
        return self.computed != self.dtype or self.loss_scale is not None

    def copies(self, params: Tensor) -> dict[str, Tensor]:
        """What the network computes with, made of params (member, parameter); views where nothing is to be cast."""
        if params is self.params and self.computed == self.dtype:
            return self.weights
        return self.layout.views(params.detach().to(self.computed))

    def training(self, step: int) -> Mode:
        """How training computes at a step, counted from 1."""
        return Mode(True, self.buffers, Draws(self.seeds, step, self.device))

    def times_scale(self, gradient: Tensor) -> Tensor:
        """A gradient (member, ...) as it goes into the network: multiplied, then cast."""
        if self.loss_scale is not None:
            gradient = gradient * self._scale(gradient)
        return gradient.to(self.computed)

    def over_scale(self, gradient: Tensor) -> Tensor:
        """A gradient (member, parameter) that came out of the network: cast, then divided."""
        gradient = gradient.to(self.dtype)
        return gradient if self.loss_scale is None else gradient.div_(self._scale(gradient))

    def _scale(self, gradient: Tensor) -> Tensor:
        """The loss scale to meet a gradient (member, ...), or (member example, ...)."""
        assert self.loss_scale is not None
        scale = self.loss_scale.repeat_interleave(len(gradient) // len(self.seeds))
        return like(aligned(scale, gradient), gradient)

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

    def as_input(self, x: Tensor) -> Tensor:
        """x as the network reads it: floating point numbers in the dtype that it computes in."""
        return x.to(self.computed) if x.is_floating_point() else x

    def _dims(self, device: torch.device) -> Dims:
        """What the members' network is built for, with what varies as vectors."""
        rates = [experiment.dropout for experiment in self.experiments]
        return replace(
            dims(self.spec, self.source),
            normalization=stack([experiment.normalization for experiment in self.experiments], device),
            residual=stack([experiment.residual for experiment in self.experiments], device),
            dropout=torch.tensor(rates, dtype=torch.float64, device=device).unsqueeze(1) if any(rates) else 0.0,
        )


def open_source(experiment: Experiment) -> Source:
    """The data of an experiment's task. Raises SpecError where the task cannot be had or has too few examples."""
    source = experiment.task.open(experiment.sequence_length)
    next(source.batches(torch.Generator().manual_seed(0), experiment.batch_size))  # says what is wrong before a run is
    return source


def dims(experiment: Experiment, source: Source) -> Dims:
    """What the experiment's network is built for."""
    return Dims(
        source.input,
        source.outputs,
        source.scored,
        experiment.depth,
        experiment.width,
        experiment.activation,
        experiment.normalization,
        experiment.residual,
        experiment.dropout,
    )
