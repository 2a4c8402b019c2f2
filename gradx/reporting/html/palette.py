"""The colours of the page, light and dark, as CSS custom properties: scripts and styles know only their names.

Lines have the colours of Okabe and Ito (2008), which people tell apart whatever their colour vision; ramps go from blue
to vermilion, which nobody mistakes for each other. Text stands at a contrast of at least 4.5 (WCAG 2.2, AA).
"""

from collections.abc import Mapping, Sequence

Rgb = tuple[int, int, int]

LIGHT = {
    "ground": "#fbfbf9", "panel": "#ffffff", "fg": "#1a1e23", "muted": "#565e69", "grid": "#d8dce2", "faint": "#f1f2f1",
    "accent": "#0050a0", "vanishing": "#0a5fa8", "exploding": "#b5400c", "stable": "#1a754a", "diverged": "#873a8d",
    "failed": "#a5262c",
    "c1": "#0072b2", "c2": "#d55e00", "c3": "#009e73", "c4": "#b8558f", "c5": "#b57600", "c6": "#3d8fc4",
    "c7": "#000000",
}  # fmt: skip
DARK = {
    "ground": "#12161b", "panel": "#191f26", "fg": "#e4e8ec", "muted": "#9ca7b3", "grid": "#313a45", "faint": "#1d242c",
    "accent": "#80b9ff", "vanishing": "#6fb5f5", "exploding": "#f68d59", "stable": "#5fca98", "diverged": "#d792db",
    "failed": "#f28282",
    "c1": "#4aa8e0", "c2": "#ff8a3d", "c3": "#2bc79a", "c4": "#e59ac4", "c5": "#f0b429", "c6": "#8fd0ff",
    "c7": "#ffffff",
}  # fmt: skip
"""Those of words (`vanishing` ...) are for text and symbols, c1 to c7 for lines."""

STEPS = 9  # of a ramp
RAMPS = {
    "one": {"light": ("#f0f4f8", "#86b2d8", "#1a4d88"), "dark": ("#1f2731", "#3b70a8", "#b3d6f7")},
    "two": {"light": ("#2a7ab8", "#f4f4f1", "#d85f28"), "dark": ("#4b9de1", "#262d36", "#ea763d")},
}
"""Colours of cells: `one` goes up from nothing, `two` to either side of a centre."""


def css() -> str:
    """The custom properties for both schemes: the reader's own choice by `data-theme`, else that of the system."""
    light, dark = _declarations(LIGHT, "light"), _declarations(DARK, "dark")
    classes = "".join(
        f".{ramp}-{step}{{background:var(--{ramp}-{step});color:var(--{ramp}-{step}-ink)}}\n"
        for ramp in RAMPS
        for step in range(STEPS)
    )
    return (
        f":root{{color-scheme:light;{light}}}\n"
        f"@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){{color-scheme:dark;{dark}}}}}\n"
        f":root[data-theme=dark]{{color-scheme:dark;{dark}}}\n"
        f"@media print{{:root,:root[data-theme=dark]{{color-scheme:light;{light}}}}}\n"
        f"{classes}"
    )


def ramp(stops: Sequence[str], steps: int = STEPS) -> list[str]:
    """Colours at equal distances along the line through `stops`."""
    points = [_rgb(stop) for stop in stops]
    places = [step * (len(points) - 1) / (steps - 1) for step in range(steps)]
    return [_between(points, place) for place in places]


def contrast(one: str, other: str) -> float:
    """Of two colours, 1 to 21: (L1 + 0.05) / (L2 + 0.05) of their relative luminances (WCAG 2.2)."""
    darker, lighter = sorted((_luminance(_rgb(one)), _luminance(_rgb(other))))
    return (lighter + 0.05) / (darker + 0.05)


def _declarations(colours: Mapping[str, str], scheme: str) -> str:
    cells = {f"{name}-{step}": colour for name in RAMPS for step, colour in enumerate(ramp(RAMPS[name][scheme]))}
    inks = {f"{name}-ink": max(("#000000", "#ffffff"), key=lambda ink: contrast(ink, cells[name])) for name in cells}
    return "".join(f"--{name}:{colour};" for name, colour in (*colours.items(), *cells.items(), *inks.items()))


def _between(points: Sequence[Rgb], place: float) -> str:
    before = min(int(place), len(points) - 2)
    share = place - before
    mixed = (round(a + (b - a) * share) for a, b in zip(points[before], points[before + 1], strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def _rgb(colour: str) -> Rgb:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: Rgb) -> float:
    shares = [channel / 255 for channel in colour]
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
