"""The colours of the page, light and dark, as CSS custom properties: scripts and styles know only their names.

Lines have the colours of Okabe and Ito (2008), which people tell apart whatever their colour vision. Text stands at a
contrast of at least 4.5 (WCAG 2.2, AA).
"""

from collections.abc import Mapping

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


def css() -> str:
    """The custom properties for both schemes: the reader's own choice by `data-theme`, else that of the system."""
    light, dark = _declarations(LIGHT), _declarations(DARK)
    return (
        f":root{{color-scheme:light;{light}}}\n"
        f"@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){{color-scheme:dark;{dark}}}}}\n"
        f":root[data-theme=dark]{{color-scheme:dark;{dark}}}\n"
        f"@media print{{:root,:root:not([data-theme=light]){{color-scheme:light;{light}}}}}\n"
    )


def _declarations(colours: Mapping[str, str]) -> str:
    return "".join(f"--{name}:{colour};" for name, colour in colours.items())
