"""`rendered`: a figure as SVG, PDF or PNG; the same figure gives the same bytes."""

from io import BytesIO

from matplotlib.figure import Figure

from gradx.base.document import visible
from gradx.reporting.drawing.style import styled
from gradx.reporting.elements import FORMATS

DPI = 200  # of PNG, and of what is no vector in the others


def rendered(figure: Figure, format: str) -> bytes:
    """The content of a file: one of FORMATS. No dates, and no random ids. Raises ValueError for another format."""
    if format not in FORMATS:
        raise ValueError(f"cannot write {format!r} (allowed: {', '.join(FORMATS)})")
    metadata: dict[str, str | None] = {"Title": visible(str(figure.get_label())) or None}
    metadata |= {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {}}[format]
    out = BytesIO()
    with styled(figure.get_figwidth()):
        figure.savefig(out, format=format, dpi=DPI, metadata=metadata)
    return out.getvalue()
