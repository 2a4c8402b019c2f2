"""`rendered` and `save`: figures as SVG, PDF or PNG; the same figure gives the same bytes."""

from io import BytesIO
from pathlib import Path

from matplotlib.figure import Figure

from gradx.reporting.drawing.style import styled
from gradx.store.parts import write_bytes

FORMATS = ("svg", "pdf", "png")
DPI = 200  # of PNG, and of what is no vector in the others


def rendered(figure: Figure, format: str) -> bytes:
    """The content of a file: one of FORMATS. No dates, and no random ids. Raises ValueError for another format."""
    if format not in FORMATS:
        raise ValueError(f"cannot write {format!r} (allowed: {', '.join(FORMATS)})")
    metadata: dict[str, str | None] = {"Title": str(figure.get_label()) or None}
    metadata |= {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {}}[format]
    out = BytesIO()
    with styled(figure.get_figwidth()):
        figure.savefig(out, format=format, dpi=DPI, metadata=metadata)
    return out.getvalue()


def save(figure: Figure, path: Path) -> None:
    """Write a figure in the format that the suffix of `path` names.

    Raises ValueError for another suffix; ResultsError if the file cannot be written.
    """
    if path.suffix.lower() not in (allowed := [f".{format}" for format in FORMATS]):
        raise ValueError(f"cannot write {path.suffix or 'a file without suffix'!r} (allowed: {', '.join(allowed)})")
    write_bytes(path, rendered(figure, path.suffix.lower().removeprefix(".")))
