"""`choosers`: which layers are shown where all would be too many: the first, the middle and the last."""

from collections.abc import Callable

import numpy as np

from gradx.reporting.runs.readings import Readings
from gradx.reporting.views.picking import evenly
from gradx.reporting.views.taps import is_weight

UPDATE = "update_ratio"
ACTIVATIONS = (
    ("activation_std", "Activations by layer", "standard deviation of the outputs"),
    ("activation_saturated", "Saturation by layer", "share of saturated units"),
)
QUANTITIES = (UPDATE, *(quantity for quantity, _, _ in ACTIVATIONS))
SHOWN = 3  # layers
MOST_SITES = 4  # weights of a network with one layer


def choosers(measured: Readings, quantity: str) -> dict[str, Callable[[Readings], Readings]]:
    """Label to what picks its rows, from the input to the loss; of weights the first of each layer.

    The readout is left out, as in the columns `update_ratio.first_layer` and `update_ratio.last_layer`, unless there
    is only one layer besides: then every weight is shown by its name.
    """
    if quantity != UPDATE:
        layers = sorted(set(measured.index.tolist()))
        return {f"layer {layer}": _of_layer(layer) for layer in evenly(layers, SHOWN)}
    weights = measured.where(is_weight(measured.site)) if len(measured) else measured
    sites: dict[int, list[str]] = {}
    for index, site in dict.fromkeys(zip(weights.index.tolist(), weights.site.tolist(), strict=True)):
        sites.setdefault(index, []).append(site)
    layers = sorted(sites)
    if len(layers) > 2:
        return {f"layer {layer}": _of_site(sites[layer][0]) for layer in evenly(layers[:-1], SHOWN)}
    return {site: _of_site(site) for layer in layers for site in sites[layer][:MOST_SITES]}


def _of_layer(layer: int) -> Callable[[Readings], Readings]:
    return lambda readings: readings.where(readings.index == layer)


def _of_site(site: str) -> Callable[[Readings], Readings]:
    return lambda readings: readings.where(np.asarray(readings.site == site))
