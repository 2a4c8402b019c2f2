"""`cells_of`: the cells of a heat map made ready: those on the scale of colours, and those that are something else."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isnan, log10

import numpy as np
from matplotlib.colors import Colormap, LinearSegmentedColormap, Normalize, to_hex
from numpy.typing import NDArray

from gradx.reporting.colours import ONE_SIDED, TWO_SIDED, ink
from gradx.reporting.drawing.scales import LARGEST
from gradx.reporting.elements import HeatMap
from gradx.reporting.symbols import OUTCOMES

MISSING = "missing"
WORDS = {
    "vanishing": ("#0072B2", ""),
    "exploding": ("#D55E00", "////"),
    "stable": ("#A6D9C3", ""),
    "finished": ("#A6D9C3", ""),
    "diverged": ("#7B2D7E", "xxxx"),
    "failed": ("#333333", "++++"),
}
"""Colour and hatching of known words: they differ in lightness too, or in their hatching."""
OTHERS = (("#F0E442", ""), ("#56B4E9", "...."), ("#CC79A7", "||||"), ("#BBBBBB", "----"), ("#FFFFFF", "oooo"))


@dataclass(frozen=True)
class Kind:
    """What a cell can be instead of a number on the scale.

    Attributes:
        sign: within the cell where there is room.
        hatch: where there is none; that of a missing value is always shown.
    """

    label: str
    sign: str
    colour: str
    hatch: str

    @property
    def line(self) -> str:
        """The colour of the hatching."""
        return "#8C8C8C" if self.label == MISSING else ink(self.colour)


@dataclass(frozen=True)
class Cells:
    """A plane of cells.

    Attributes:
        values: as measured; NaN also where there is none.
        scaled: what is coloured: values, on a logarithmic scale their log10; NaN for those of another kind.
        codes: the place in `kinds` of what a cell is instead of a number on the scale, or -1.
        norm: of `scaled`; None where no cell is on the scale.
        bounds: of the scale, as values.
        log: whether it is logarithmic.
    """

    values: NDArray[np.float64]
    scaled: NDArray[np.float64]
    codes: NDArray[np.int64]
    kinds: Sequence[Kind]
    map: Colormap
    norm: Normalize | None
    bounds: tuple[float, float]
    log: bool

    @property
    def anything(self) -> bool:
        """Whether anything was measured at all."""
        return any(code < 0 or self.kinds[code].label != MISSING for code in set(self.codes.ravel().tolist()))


def cells_of(chart: HeatMap) -> Cells:
    """The cells of a map, by words if it has any, else by numbers."""
    shape = len(chart.rows), len(chart.columns)
    flat = [value for row in chart.cells for value in row]
    values = np.array([np.nan if value is None else value for value in flat], dtype=np.float64).reshape(shape)
    log = chart.value.log and (chart.centre is None or chart.centre > 0) and not chart.words
    bounds = chart.bounds[0], chart.bounds[1]
    if chart.words:
        kinds = _word_kinds([word for row in chart.words for word in row])
        names = [word or MISSING for row in chart.words for word in row]
        scaled, norm, colours = np.full(shape, np.nan), None, _colours(ONE_SIDED)
    else:
        colours = _colours(ONE_SIDED if chart.centre is None else TWO_SIDED)
        names = [_name(value, log) for value in flat]
        kinds = [kind for kind in _number_kinds(colours) if kind.label in names]
        on_scale = np.array([not name for name in names], dtype=bool).reshape(shape)
        with np.errstate(divide="ignore", invalid="ignore"):
            scaled = np.where(on_scale, np.log10(values) if log else np.clip(values, -LARGEST, LARGEST), np.nan)
        norm = Normalize(*(map(log10, bounds) if log else bounds)) if on_scale.any() else None
    places = {kind.label: place for place, kind in enumerate(kinds)}
    codes = np.array([places.get(name, -1) for name in names], dtype=np.int64).reshape(shape)
    return Cells(values, scaled, codes, kinds, colours, norm, bounds, log)


def _name(value: float | None, log: bool) -> str:
    """The label of the kind of a number; "" if it is on the scale."""
    if value is None:
        return MISSING
    if isnan(value):
        return "NaN"
    if abs(value) == inf:
        return "inf" if value > 0 else "-inf"
    return "" if value > 0 or not log else "0" if value == 0 else "below 0"


def _number_kinds(colours: Colormap) -> list[Kind]:
    """What has no place on the scale, in the order of the legend: colours of the ends, with a sign or hatching."""
    bottom, top = to_hex(colours(0.0)), to_hex(colours(1.0))
    return [
        Kind("inf", "∞", top, "++++"),
        Kind("0", "0", bottom, "...."),
        Kind("below 0", "< 0", bottom, "----"),
        Kind("-inf", "−∞", bottom, "||||"),
        Kind("NaN", "NaN", "#FFFFFF", "xxxx"),
        Kind(MISSING, "", "#E8E8E8", "////"),
    ]


def _word_kinds(words: Sequence[str]) -> list[Kind]:
    """Those that occur, the known ones first."""
    found = [word for word in dict.fromkeys(words) if word]
    ordered = [*(word for word in WORDS if word in found), *sorted(word for word in found if word not in WORDS)]
    others = {word: OTHERS[place % len(OTHERS)] for place, word in enumerate(w for w in ordered if w not in WORDS)}
    kinds = [Kind(word, OUTCOMES[word].char if word in OUTCOMES else word, *(WORDS | others)[word]) for word in ordered]
    return [*kinds, *([Kind(MISSING, "", "#E8E8E8", "////")] if "" in words else [])]


def _colours(stops: Sequence[str]) -> Colormap:
    return LinearSegmentedColormap.from_list("gradx", list(stops))
