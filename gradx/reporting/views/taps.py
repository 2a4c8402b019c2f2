"""`tap_profile`: the profile over depth of the other gradients of a layer: of its output and of its weights."""

from collections.abc import Mapping
from math import hypot

import numpy as np
from numpy.typing import NDArray

from gradx.reporting.runs.readings import NOTHING, Readings

WEIGHTS = "grad_norm.parameter"
OTHERS = ("grad_norm.output", WEIGHTS)
NAMES = {"grad_norm.output": "output", WEIGHTS: "weights"}


def tap_profile(measured: Mapping[str, Readings], quantity: str, step: int, layers: int) -> dict[int, float]:
    """Layer to gradient norm at a step; of weights the L2 norm over all those of the layer together.

    Args:
        measured: quantity to the rows of one run.
        quantity: one of `OTHERS`.
        layers: how many there are; what comes behind them, the readout, is left out.
    """
    rows = measured.get(quantity, NOTHING)
    rows = rows.where((rows.step == step) & (rows.index <= layers))
    if quantity != WEIGHTS:
        return rows.at(step)
    rows = rows.where(is_weight(rows.site))
    layer: dict[int, list[float]] = {}
    for index, value in zip(rows.index.tolist(), rows.value.tolist(), strict=True):
        layer.setdefault(index, []).append(value)
    return {index: hypot(*layer[index]) for index in sorted(layer)}  # hypot neither under- nor overflows on the way


def is_weight(sites: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Which of these parameters are weights: neither biases nor what normalization learns, by their names."""
    names = {site: _is_weight(str(site)) for site in set(sites.tolist())}
    return np.array([names[site] for site in sites.tolist()], dtype=np.bool_)


def _is_weight(site: str) -> bool:
    parts = site.split(".")
    return not parts[-1].startswith("bias") and not any(part.startswith("norm") for part in parts)
