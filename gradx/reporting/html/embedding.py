"""`embedded`: data within a page, which no text in it can leave."""

import json
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from gradx.base.document import visible

_ESCAPES = str.maketrans({char: f"\\u{ord(char):04x}" for char in "<>&"})


def embedded(data: Any) -> Markup:
    """JSON for a `<script type="application/json">`.

    What could end the element, or begin a comment or an entity, is escaped; what cannot be printed is written out.
    The data hold no inf and no NaN (`encoded` makes texts of them).
    """
    written = _json(data)
    if "\\" in written or not written.isprintable():  # there may be something to write out
        written = _json(_plain(data))
    return Markup(written.translate(_ESCAPES))


def readable(text: str) -> str:
    r"""Text of several lines with control characters, marks of direction and the like written as `\x1b`."""
    return text if text.isprintable() else "\n".join(map(visible, text.split("\n")))


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _plain(data: Any) -> Any:
    match data:
        case str():
            return readable(data)
        case Mapping():
            return {readable(key): _plain(value) for key, value in data.items()}
        case list():
            return [_plain(value) for value in data]
    return data
