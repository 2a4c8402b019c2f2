"""The scripts and styles of the page, from the package, each as one block; and what it may do: the security policy."""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files

from gradx.reporting.html import palette

SCRIPTS = (
    "vendor/uPlot.iife.min.js", "scale.js", "theme.js", "lines.js", "axes.js", "marks.js", "controls.js", "charts.js",
    "colours.js", "heat_key.js", "heat_cursor.js", "heat.js", "runs.js", "cells.js", "sort.js", "filter.js",
    "table.js", "grid.js", "map.js", "panel.js", "page.js",
)  # fmt: skip
"""In the order in which they are read; all share one global object, `gradx`."""
LIVE = "live.js"
STYLES = ("vendor/uPlot.min.css", "page.css", "tables.css", "charts.css", "narrow.css", "print.css")

FORBIDDEN = ("default-src 'none'", "base-uri 'none'", "form-action 'none'")


@cache
def text(name: str) -> str:
    """A file of the page."""
    return files(__package__).joinpath(*name.split("/")).read_text(encoding="utf-8")


@cache
def script(live: bool = False) -> str:
    """All scripts as one, under the licence of the one that is not ours. That of the live page goes last."""
    licence = f"/*! uPlot:\n{text('vendor/LICENSE')}*/"
    return _block([licence, *(text(name) for name in (*SCRIPTS, *([LIVE] if live else [])))], "script")


@cache
def style() -> str:
    """All styles as one."""
    return _block([palette.css(), *map(text, STYLES)], "style")


def policy(live: bool = False) -> str:
    """The content security policy: nothing from outside, no script or style but ours; `live` may ask its own server."""
    allowed = [f"script-src '{_digest(script(live))}'", f"style-src '{_digest(style())}'", "img-src data:"]
    return "; ".join([*FORBIDDEN, *allowed, *(["connect-src 'self'"] if live else [])])


def _block(parts: list[str], tag: str) -> str:
    """Parts in one element, which nothing in them may end."""
    whole = "\n".join(part.strip() for part in parts)
    ends = [end for end in (f"</{tag}", "<!--") if end in whole.lower()]
    if ends:
        raise ValueError(f"{ends[0]} within a {tag}")
    return f"\n{whole}\n"


def _digest(content: str) -> str:
    return f"sha256-{b64encode(sha256(content.encode()).digest()).decode()}"
