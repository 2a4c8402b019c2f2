"""Texts within figures: drawn as they are, never as mathematics, and cut to the room they have."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache

from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font

from gradx.base.document import visible

MAIN = "DejaVu Sans"  # comes with matplotlib, so that figures are alike everywhere
OTHERS = (
    "Noto Sans CJK JP", "Noto Sans CJK SC", "Source Han Sans", "Hiragino Sans", "PingFang SC", "Yu Gothic",
    "Microsoft YaHei", "Malgun Gothic", "WenQuanYi Zen Hei", "Droid Sans Fallback", "Noto Sans Devanagari", "Mangal",
)  # fmt: skip
"""Fonts for scripts that the main one lacks; used for their characters alone, where they are installed."""
_EM = 1000.0
_KEY = re.compile(r"(?:(?<=^)|(?<=, ))[a-z_]\w*(?:\.[a-z_]\w*)*(?= \S)")
"""What stands before a value in `key value, key value`."""
NARROWEST = 5.0  # letters in a room of one size, at most: of a text of thousands the rest is not measured


def plain(text: str, room: float | None = None, size: float = 9.0) -> str:
    r"""`text` for matplotlib: dollars are dollars, a character without a shape is written as `\u6c34`.

    Args:
        room: points; what needs more loses its middle, since names often differ at their ends.
        size: of the letters, in points.
    """
    safe = "".join(char if _font(char) else _written(char) for char in visible(text))
    return (safe if room is None else _fitted(safe, room, size)).replace("$", r"\$")


def lacking(texts: Iterable[str]) -> str:
    """A sentence about the characters that no installed font has a shape for; "" where there are none."""
    found = sorted({char for text in texts for char in visible(text) if not _font(char)})
    if not found:
        return ""
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return f"{_written(found[0])}{more}: characters of no installed font; with Noto Sans CJK most are drawn"


def distinct(texts: Sequence[str], room: float, size: float) -> list[str]:
    """`plain` texts; where they have too little room with shorter keys, and where cutting makes two alike, numbered."""
    fit = all(width_of(plain(text), size) <= room for text in texts)
    said = texts if fit else short_keys(texts)
    cut = [plain(text, room, size) for text in said]
    if len(set(cut)) == len(set(texts)):
        return cut
    numbers = [f"{place}: " for place in range(1, len(texts) + 1)]
    return [n + plain(text, room - width_of(n, size), size) for n, text in zip(numbers, said, strict=True)]


def short_keys(texts: Sequence[str]) -> list[str]:
    """`init.recurrent.gain 0.8, clipping none` as `gain 0.8, clipping none`: values stay, and no two become one.

    A key whose last part is that of another, too, stays as it is.
    """
    keys = {found for text in texts for found in _KEY.findall(text)}
    last = Counter(_last(key) for key in keys)
    short = [
        _KEY.sub(lambda found: _last(found[0]) if last[_last(found[0])] == 1 else found[0], text) for text in texts
    ]
    return short if len(set(short)) == len(set(texts)) else list(texts)


def lines_of(text: str, room: float, size: float, most: int) -> str:
    """`plain` text broken at blanks into at most so many lines; the last one is cut to its room."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and (len(lines) == most or width_of(longer, size) <= room):
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(plain(line, room, size) for line in lines)


def width_of(text: str, size: float) -> float:
    """Points that a text takes, without kerning: a little more than in truth."""
    return sum(map(_advance, text)) * size / _EM


@cache
def families() -> tuple[str, ...]:
    """The fonts in the order in which they are asked for a character."""
    installed = set(fontManager.get_font_names())
    return (MAIN, *(name for name in OTHERS if name in installed))


def _last(key: str) -> str:
    return key.rpartition(".")[2]


def _fitted(text: str, room: float, size: float) -> str:
    """Head and tail of a text that is too long, with an ellipsis between."""
    if width_of(text, size) <= room:
        return text
    most = int(NARROWEST * room / size) + 2
    for kept in range(min(len(text) - 1, most), 1, -1):
        head, tail = text[: (kept + 1) // 2].rstrip(), text[len(text) - kept // 2 :].lstrip()
        if width_of(short := f"{head}…{tail}", size) <= room:
            return short
    return f"{text[:1]}…"


def _written(char: str) -> str:
    return char.encode("unicode_escape").decode()


@lru_cache(maxsize=4096)
def _font(char: str) -> str | None:
    """The font that has a shape for a character."""
    return next((name for name in families() if ord(char) in _shapes(name)), None)


@cache
def _shapes(name: str) -> frozenset[int]:
    return frozenset(get_font(findfont(FontProperties(family=[name]))).get_charmap())


@lru_cache(maxsize=4096)
def _advance(char: str) -> float:
    """Of a character in thousandths of the letters' size; of one without a shape that of what stands for it."""
    if (name := _font(char)) is None:
        return sum(map(_advance, _written(char)))
    font = get_font(findfont(FontProperties(family=[name])))
    font.set_size(_EM, 72)
    return float(font.load_char(ord(char)).linearHoriAdvance) / 65536
