"""Texts that mean harm to whoever shows them, and results that hold them wherever a result can hold text."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from reporting.rows import failed, grid_rows

from gradx.base.trace import Block
from gradx.store.runs import Results

EVIL = (
    "<script>window.harmed=1</script>",
    "</script><script>window.harmed=2</script>",
    "\"><img src=x onerror='window.harmed=3'>",
    "{{7*7}}",
    "{% raw %}",
    "javascript:window.harmed=4",
    "a\u2028b\u2029c",
    "a\u202eb\u2066c",
    "\x1b[2J\x1b]8;;http://evil.test\x07click\x1b]8;;\x1b\\",
    "\x07\x9b2J\x00\x7f",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "a\rb\r\nc\n# d\n| e |",
    "a|b",
    "`c` ``` d",
    "[x](javascript:window.harmed=5) ![y](http://evil.test/z)",
    "http://evil.test www.evil.test @evil #1",
    "half \udcff",
    "long " * 2000,
    "[bold]b[/bold] [/red] [link=http://evil.test]x[/link]",
    r"$x^2$ $\frac{1}{ \alpha \\ ${",
    "水 é 🔥 \U000e0041 \ufeff",
    "<!-- <b> --> ]]> &lt;b&gt; &#60;",
)
ALL = " ".join(text for text in EVIL if len(text) < 1000)
FOLDER = "it's $HOME `x` <b>&\"; [y](z) =1+1 é"
"""A name that any file system takes, with what a shell, a page and Markdown act on."""


def evil(number: int) -> str:
    return EVIL[number % len(EVIL)]


def harmless(number: int) -> str:
    return f"word {number % len(EVIL)}"


def rows(text: Callable[[int], str] = evil, whole: str = ALL) -> list[dict[str, Any]]:
    """A run for each of the texts, that has it as its activation; some have failed because of it."""
    made = []
    for number, one in enumerate(grid_rows(activation=[text(number) for number in range(len(EVIL))], width=[8, 16])):
        made.append(
            one
            | {
                "growth.depth": 0.5 + number / 100,
                "name": f"name {whole}",
                "architecture": "custom",
                "architecture.target": f"package:{text(number // 2)}",
                "init.label": text(number // 2 + 3),
                "metric.name": whole,
                "evidence.depth": whole,
                f"init.{whole}"[:200]: number,
            }
        )
    for number in (1, 2, 5):
        made[number] = failed(made[number], text(number) + whole)
    return made


def kept(where: Path, made: list[dict[str, Any]], whole: str = ALL) -> Path:
    """Writes such a results directory, with whatever text its other files can hold."""
    results = Results(where)
    results.create(spec(whole), {"gradx": whole, "torch": whole, "device": whole, whole: whole})
    runs = [one["run"] for one in made]
    places = [
        ("grad_norm.preactivation", "layer", 1),
        ("grad_norm.preactivation", "layer", 2),
        ("loss", whole.replace("\udcff", ""), 0),
    ]
    with results.claim(runs) as claim:
        claim.write(Block(runs, np.array([0, 5]), places, np.full((len(runs), 2, 3), 0.5)))
        claim.commit(made)
    return where


def spec(whole: str) -> str:
    """A spec.yaml that can be read, with the text in its comments, its name, and what it says of the report."""

    def quoted(text: str) -> str:
        safe = (char if " " <= char <= "~" and char not in '"\\' else f"\\U{ord(char):08x}" for char in text)
        return '"' + "".join(safe).replace("\\U0000dcff", "?") + '"'

    comment = "".join(char for char in whole if " " <= char <= "~")
    return f"# {comment}\nname: {quoted(f'name {whole}')}\nreport:\n  question: {quoted(whole[:480])}\n  caption: " + (
        f"{quoted(whole[-480:])}\nexpect: [{quoted(whole)}]\n"
    )
