"""How figures look: colours, fonts and sizes, whatever the user's matplotlib is set to."""

from contextlib import AbstractContextManager

from matplotlib import style
from matplotlib.colors import to_rgb

from gradx.reporting.drawing.texts import families

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Those of Okabe and Ito (2008), which people with any colour vision can tell apart; without the yellow, too pale."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
LINES: tuple[str | tuple[int, tuple[float, ...]], ...] = ("-", (0, (7, 1.5)), "-.", ":")
PREDICTED = (0, (3.5, 2.0))
"""No two of the first 20 lines have the same line style, marker and colour."""

WIDTH = 7.0  # inches: the text of a page; one of its two columns has 3.4
NARROW = 5.0  # inches below which the letters are smaller
GREY = "0.4"


def size(width: float) -> float:
    """Of the letters in a figure so many inches wide, in points."""
    return 9.0 if width >= NARROW else 8.0


def styled(width: float) -> AbstractContextManager[None]:
    """Within it figures are made, and saved, in our style.

    Letters are drawn as shapes in SVG: a figure looks the same wherever its fonts are missing. PDF embeds TrueType
    fonts, as publishers demand, not those of Type 3.
    """
    settings = {
        "font.family": list(families()),
        "font.size": size(width),
        "axes.titlesize": size(width) + 1,
        "axes.labelsize": size(width),
        "xtick.labelsize": size(width),
        "ytick.labelsize": size(width),
        "legend.fontsize": size(width),
        "axes.linewidth": 0.8,
        "hatch.linewidth": 0.6,
        "svg.hashsalt": "gradx",
        "svg.fonttype": "path",
        "pdf.fonttype": 42,
    }
    return style.context(settings, after_reset=True)


def luminance(colour: object) -> float:
    """Relative luminance of an sRGB colour, from 0 (black) to 1 (white). WCAG 2.2."""
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour)]  # type: ignore[arg-type]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: object, other: object) -> float:
    """Of two colours, from 1 (the same) to 21 (black on white); text needs 4.5. WCAG 2.2."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def ink(colour: object) -> str:
    """Black or white: what can be read on `colour`; one of them always has a contrast of 4.5 or more."""
    return max("black", "white", key=lambda each: contrast(each, colour))
