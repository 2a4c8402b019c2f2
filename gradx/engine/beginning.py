"""`initial`: the values with which the members of a cohort start."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from gradx.base.seeds import stream
from gradx.inits import Init, initialize
from gradx.models import Dims, Model
from gradx.spec import Experiment
from gradx.tasks import Source
from gradx.tensors.mode import Mode
from gradx.tensors.norms import moments

Values = dict[str, Tensor]


def initial(
    model: Model, dims: Dims, init: Init, source: Source, experiments: Sequence[Experiment]
) -> tuple[Values, Values]:
    """Parameters and buffers by name, (member, *shape) in float64 on the CPU.

    The order counts: the init draws, the architecture and then the normalization have their say, and at last an init
    that looks at data adapts what has come of it.

    Args:
        model: the members', stacked, as `init` is.
        dims: what their network is built for, on the CPU.
        init: how parameters are drawn, unless the architecture brings its own.
        source: of the data that an init may look at.
        experiments: one for each member.
    """
    slots, kept = model.slots(dims), model.buffers(dims)
    seeds = [experiment.seed for experiment in experiments]
    values = {slot.name: torch.full((len(seeds), *slot.shape), slot.start or 0.0, dtype=torch.float64) for slot in kept}
    own = model.initial(dims, seeds)
    init = init.at(dims.activation)
    values |= initialize(init, slots, seeds) if own is None else {name: each.double() for name, each in own.items()}
    model.adjust(dims, values)
    dims.normalization.adjust(values, [*slots, *kept])
    params, buffers = ({slot.name: values[slot.name] for slot in some} for some in (slots, kept))
    init.adapt(params, slots, _Probe(model, dims, source, experiments, buffers))
    return params, buffers


class _Probe:
    """Tells an init how large the pre-activations are with the values that it tries, over one batch of each member."""

    def __init__(
        self, model: Model, dims: Dims, source: Source, experiments: Sequence[Experiment], buffers: Values
    ) -> None:
        self._model, self._dims, self._buffers = model, replace(dims, dropout=0.0), buffers
        self._source, self._experiments = source, experiments
        self._x: Tensor | None = None

    def __call__(self, values: Values) -> dict[int, Tensor]:
        """The standard deviation (member,) of the pre-activations of each layer, over batch, units and time steps."""
        if self._x is None:
            self._x = self._batch()
        mode = Mode(True, {name: each.clone() for name, each in self._buffers.items()})
        with torch.no_grad():
            _, series = self._model.forward(self._dims, values, self._x, mode)
        found = dict[int, Tensor]()
        for each in series:
            if each.kind != "preactivation":
                continue
            stacked = each.stack(each.taps)
            if each.axis == "depth":
                layers = each.numbered(len(stacked))
                found |= {layer: moments(z, (1, 2))[1] for layer, z in zip(layers, stacked.unbind(), strict=True)}
            else:
                found[each.layer] = moments(stacked, (0, 2, 3))[1]
        return found

    def _batch(self) -> Tensor:
        """x (member, batch, *input) in float64, the first batch of each member's own stream."""
        drawn = []
        for one in self._experiments:
            generator = torch.Generator().manual_seed(stream(one.seed, "init-data"))
            drawn.append(next(self._source.batches(generator, one.batch_size))[0][0])
        x = torch.stack(drawn)
        return x.double() if x.is_floating_point() else x
