"""The page of a claim and the tables of all: the right words at any width, and nothing that a terminal could act on."""

import json
from io import BytesIO, TextIOWrapper
from math import inf
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from gradx.base.statement import Statement
from gradx.base.statistics import mean_interval
from gradx.reporting.terminal.claims_table import TriedPage, claims_json, markdown, summary

HOSTILE = "\x1b[31mred\x1b]0;title\x07 [red]x[/red] | \u202egnp\r\n\x9b2J"


def arm(outcomes: list[bool | None], notes: list[str] | None = None) -> SimpleNamespace:
    counts = {"met": outcomes.count(True), "unknown": outcomes.count(None), "failed": 0}
    seeds = list(range(len(outcomes)))
    return SimpleNamespace(seeds=seeds, outcomes=outcomes, notes=notes or [""] * len(outcomes), **counts)


def tried(confirmed: bool = True, pairs: Any = ((0.25, 1.0), (0.5, 1.25)), **changes: Any) -> SimpleNamespace:
    """Two seeds, on both of which the treatment has 0.75 less than the control arm."""
    claim = {"statement": "Depth matters", "verdict": "holds if", "condition": "it is deep", "effect": "growth.depth"}
    given: dict[str, Any] = {
        "config": Path("configs/causes/depth.yaml"),
        "claim": Statement.model_validate(claim | changes.pop("claim", {})),
        "treatment": arm([True, confirmed], ["", "" if confirmed else "growth.depth < 0.3 is not met"]),
        "control": arm([False, False]),
        "confirmed": confirmed,
        "seeds": 2,
        "p": 1 / 3,
        "pairs": list(pairs),
        "effect": None if "effect" in changes else mean_interval([one - other for one, other in pairs]),
        "unpaired": "",
        "seconds": 2.5,
    }
    return SimpleNamespace(**given | changes)


def page(one: SimpleNamespace, width: int = 80, encoding: str = "utf-8") -> list[str]:
    file = TextIOWrapper(BytesIO(), encoding=encoding)
    Console(file=file, width=width, color_system=None, force_terminal=True).print(
        TriedPage(one),  # type: ignore[arg-type]
        soft_wrap=True,
    )
    file.seek(0)
    return file.read().splitlines()


def test_a_confirmed_claim() -> None:
    assert page(tried()) == [
        "✔ Depth matters: holds if",
        "  it is deep",
        "  met 2 of 2, control arm 0 of 2, Fisher p = 0.33, 2.5 s",
        "  growth.depth  -0.75, the same in all 2 seeds  (0.375, control arm 1.12)",
        "  configs/causes/depth.yaml",
    ]


def test_one_that_is_not_says_where_it_fails() -> None:
    control = arm([True, None], ["", "growth.depth cannot be judged: it is not available"])
    text = "\n".join(page(tried(confirmed=False, control=control)))
    assert "✖ Depth matters: not confirmed (expected: holds if)" in text
    assert "control arm 1 of 2 (1 cannot be judged)" in text
    assert "seed 1: growth.depth < 0.3 is not met" in text
    assert "control arm, seed 0: meets all, too" in text
    assert "control arm, seed 1: growth.depth cannot be judged" in text
    assert "seed 0: \n" not in text


def test_an_effect_that_is_not_there() -> None:
    one = tried(effect=None, unpaired="inf in 1 of 2 seeds, treatment", pairs=[(inf, 1.0), (2.0, None)])
    assert "  growth.depth  inf in 1 of 2 seeds, treatment" in page(one)
    (data,) = claims_json([one])  # type: ignore[list-item]
    assert (data["pairs"], data["difference"]) == ([["inf", 1.0], [2.0, None]], None)
    assert "| `growth.depth` inf in 1 of 2 seeds, treatment |" in markdown([one], Path())  # type: ignore[list-item]


def test_an_interval_and_what_has_none() -> None:
    """Of different changes there is one; of one seed, or of changes that are all the same, it would be of width 0."""
    for pairs, expected in (
        ([(1.0, 0.0), (3.0, 0.0)], "+2 [-10.7, 14.7]"),
        ([(1.0, 0.0)], "+1"),
        ([(152.0, 200.0)] * 5, "-48, the same in all 5 seeds"),
        ([(1.0, 1.0)] * 3, "0, the same in all 3 seeds"),
    ):
        assert f"| `growth.depth` {expected} |" in markdown([tried(pairs=pairs)], Path())  # type: ignore[list-item]


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_any_width_and_any_text(width: int) -> None:
    one = tried(confirmed=False, claim={"statement": HOSTILE, "condition": HOSTILE * 3}, config=Path("x/" + HOSTILE))
    for encoding in ("utf-8", "ascii"):
        lines = page(one, width, encoding)
        assert all(line.isprintable() for line in lines)
        assert max(map(cell_len, lines)) <= width


def test_tables_by_folder_with_links_from_where_they_stand(tmp_path: Path) -> None:
    other = tried(confirmed=False, config=Path("configs/remedies/relu.yaml"), claim={"statement": "a | b\nc"})
    text = markdown([tried(), other], Path("docs"))  # type: ignore[list-item]
    assert [line for line in text.splitlines() if line.startswith("#")] == ["### Causes", "### Remedies"]
    rows = [line for line in text.splitlines() if line.startswith("| [")]
    assert rows[0] == (
        "| [Depth matters](../configs/causes/depth.yaml) | holds if | it is deep | 2 of 2 | 0 of 2 | 0.33 | "
        "`growth.depth` -0.75, the same in all 2 seeds | 2.5 |"
    )
    assert rows[1].startswith("| [a \\| b c](../configs/remedies/relu.yaml) | not confirmed (expected: holds if) |")
    assert text.endswith("\n\n1 of 2 claims confirmed, 5 s of training.\n")
    assert summary([tried()]) == "1 of 1 claim confirmed, 2.5 s of training"  # type: ignore[list-item]


def test_json_is_json() -> None:
    (data,) = json.loads(json.dumps(claims_json([tried()]), allow_nan=False))  # type: ignore[list-item]
    assert data["difference"] == {"mean": -0.75, "low": None, "high": None}
    assert (data["statement"], data["met"], data["control_met"], data["group"]) == (
        "Depth matters", [True, True], [False, False], "causes",
    )  # fmt: skip
