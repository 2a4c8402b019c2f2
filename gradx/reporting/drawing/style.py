"""How figures look: colours, fonts and sizes, whatever the user's matplotlib is set to."""

from contextlib import AbstractContextManager

from matplotlib import style

from gradx.reporting.drawing.texts import families

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#B8558F", "#B57600", "#3D8FC4", "#000000")
"""Those of Okabe and Ito (2008), which people with any colour vision can tell apart, without the yellow; the three pale
ones darker, so that they stand out from white by a contrast of 3 (WCAG 2.2), as on the page."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
LINES: tuple[str | tuple[int, tuple[float, ...]], ...] = ("-", (0, (7, 1.5)), "-.", ":")
PREDICTED = ((0, (3.5, 2.0)), (0, (7.0, 2.0)), (0, (3.5, 1.5, 1.0, 1.5)), (0, (1.0, 1.5)))
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
