"""The `activations` quantity."""

from typing import ClassVar, Literal

from torch import Tensor

from gradx.activations import Activation, Tanh
from gradx.quantities.base import Derived, Quantity, Reading
from gradx.quantities.snapshot import Snapshot
from gradx.tensors.norms import moments, share
from gradx.tensors.taps import Tapped


class Activations(Quantity):
    """Mean, standard deviation and saturated fraction of every layer's output over batch, units (and time steps).

    Gives: `activation_mean`, `activation_std`, `activation_saturated` (site: layer). Saturated is |phi'(z)| below 2 %
    of its largest possible value: |tanh z| > 0.99, a relu that is off. LSTM and GRU states are judged as tanh outputs;
    where no function gives the outputs (states that add up: lru, mingru, antisymmetric_rnn), or none that is known (in
    a user's own module), it is missing.

    Reference: Glorot, Bengio 2010, section 3.
    """

    kind: Literal["activations"] = "activations"
    gives: ClassVar[tuple[str, ...]] = ("activation_mean", "activation_std", "activation_saturated")

    def measure(self, snapshot: Snapshot) -> list[Reading | Derived]:
        found: list[Reading | Derived] = []
        for tapped in snapshot.tapped:
            series = tapped.series
            if series.kind not in ("output", "hidden"):
                continue
            depth = series.axis == "depth"
            dims = (2, 3) if depth else (0, 2, 3)
            sites = [("layer", layer) for layer in (series.numbered(len(tapped.values)) if depth else [series.layer])]
            mean, std = moments(tapped.values, dims)
            measured = [mean, std]
            if (saturated := _saturated(tapped, snapshot.activation)) is not None:
                measured.append(share(saturated, dims))
            for name, values in zip(self.gives, measured, strict=False):
                found.append(Reading(name, sites, values.T if depth else values.unsqueeze(1)))
        return found


def _saturated(tapped: Tapped, activation: Activation | None) -> Tensor | None:
    """1.0 where a unit is saturated, (position, member, batch, unit); None where no function is known to be behind."""
    if tapped.series.squashed:
        return Tanh().saturated(tapped.values)
    if tapped.series.inputs is None or activation is None:
        return None
    return activation.saturated(tapped.inputs if activation.by_input else tapped.values)
