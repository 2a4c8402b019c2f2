"""Question, answer and figure: for one run, a sweep, many experiments, and what goes wrong."""

import re
from math import nan
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from reporting.rows import failed, grid_rows, row
from reporting.views.traced import profile, traced

from gradx.base.presentation import Presentation
from gradx.reporting.elements import HeatMap, LineChart
from gradx.reporting.runs.material import Material, Source
from gradx.reporting.views import profiles
from gradx.reporting.views.answering import answer
from gradx.reporting.views.headline import figure, headline, question
from gradx.store.runs import Results


def of(rows: list[dict], spec: dict | None = None, **chosen: str) -> Material:
    sources = [] if spec is None else [Source(Results(Path("nowhere")), spec=spec, planned=len(rows))]
    return Material([], sources, rows, len(rows), chosen=Presentation(**chosen))


def grid(**axes: list) -> list[dict]:
    """Vanishing from depth 20 on; the growth falls with depth."""
    rows = grid_rows(**axes)
    for place, one in enumerate(rows):
        one["growth.depth"] = 1 / (1 + one["depth"] / 100) + place / 1e4
        one["verdict.depth"] = "vanishing" if one["depth"] >= 20 else "stable"
    return rows


# one run


def test_one_run() -> None:
    made = of([row()])
    assert question(made) == "Does the gradient of this mlp (sigmoid, 30 layers) vanish or explode?"
    assert answer(made) == (
        "The gradient vanishes per layer: the gradient norm changes by a factor 0.14 per layer; "
        "the task is not solved (final loss 2.2, chance 2.3)."
    )


def test_one_run_that_diverged_failed_or_has_nothing_to_judge() -> None:
    said = "the loss was not finite at step 3; at first the gradient norm gains 9.0 decades over 30 layers"
    gone = row(status="diverged", diverged_at=3, verdict__depth="diverged", evidence__depth=said, loss__final=nan)
    assert answer(of([gone])).startswith(f"The run diverges: {said}; the task is not solved (final loss nan")
    assert answer(of([failed(row())])) == "The run failed: MemoryError: 12 GB are needed."
    flat = row(verdict__depth=None, evidence__depth=None, steps_done=0)
    assert answer(of([flat])) == "No gradient was measured along layers or time steps."
    early = row(status="diverged", diverged_at=0, verdict__depth=None, solved=None, loss__final=nan)
    assert answer(of([early])).startswith("The loss was not finite at step 0; final loss nan")


def test_the_profile_is_the_figure_of_one_run() -> None:
    made = traced([row()], [profile("0123456789ab", [1e-9, 1e-6, 1e-3])])
    shown = headline(made)
    assert isinstance(shown.figure, LineChart)
    assert shown.figure.key == "headline"
    assert list(shown.figure.series[0].y) == [1e-9, 1e-6, 1e-3]
    assert shown.caption == shown.figure.caption != ""
    assert headline(traced([row()])).figure is None


def test_the_traces_of_profiles_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made, asked = traced([row()], [profile("0123456789ab", [1e-9, 1e-6, 1e-3])]), []
    read = type(made).trace
    monkeypatch.setattr(type(made), "trace", lambda self, *given: asked.append(given) or read(self, *given))
    first = headline(made).figure
    assert profiles.sections(made)[0].elements[0].series == first.series
    assert len(asked) == 1


def test_the_profiles_of_few_experiments_are_their_figure() -> None:
    rows = [row(run="a" * 12, name="one", depth=2), row(run="b" * 12, name="other", depth=3, growth__depth=2.0)]
    traces = [profile("a" * 12, [1e-3, 1.0]), profile("b" * 12, [4.0, 2.0, 1.0])]
    shown = figure(traced(rows, traces))
    assert isinstance(shown, LineChart)
    assert [(series.label, list(series.y)) for series in shown.series] == [
        ("one", [1e-3, 1.0]),
        ("other", [4.0, 2.0, 1.0]),
    ]
    unmeasured = figure(traced(rows))
    assert isinstance(unmeasured, LineChart)
    assert list(unmeasured.x.words) == ["one", "other"]


# a sweep


def test_a_part_of_an_axis_that_does_it_alone() -> None:
    made = of(grid(activation=["tanh", "relu"], depth=[5, 20, 40], seed=[0, 1]))
    assert answer(made) == (
        "Per layer the gradient vanishes in 8 of 12 runs (exactly those with depth >= 20), stays stable in 4; "
        "0 of 12 runs solve the task."
    )
    rows = [one | {"status": "diverged"} if one["activation"] == "tanh" else one for one in made.rows]
    assert "6 of 12 runs diverge (exactly those with activation tanh" in answer(of(rows))
    solved = [one | {"solved": one["depth"] <= 20} for one in grid(depth=[5, 20, 40, 80])]
    alike = [one | {"verdict.depth": "stable"} for one in solved]
    assert "2 of 4 runs solve the task (exactly those with depth <= 20" in answer(of(alike))


@given(st.lists(st.booleans(), min_size=12, max_size=12))
@example([True] * 6 + [False] * 6)
@example([True, True, True, False, False, False] * 2)
def test_exactly_is_said_only_where_it_is_so(flags: list[bool]) -> None:
    rows = grid_rows(activation=["tanh", "relu"], depth=[5, 10], seed=[0, 1, 2])
    for one, flag in zip(rows, flags, strict=True):
        one |= {"status": "diverged" if flag else "finished", "verdict.depth": None}
    found = re.search(r"exactly those with (\S+) (\w+)\b(?! and)", answer(of(rows)))
    pairs = {(key, str(value)) for key in ("activation", "depth") for value in {one[key] for one in rows}}
    true = {
        (key, value)
        for key, value in pairs
        if all((str(one[key]) == value) == (one["status"] == "diverged") for one in rows)
    }
    assert bool(found) == bool(true)
    if found:
        assert (found[1], found[2].rstrip(",;.)")) in true


def test_the_strongest_effect_otherwise() -> None:
    rows = grid(depth=[5, 10], seed=range(5))
    said = answer(of([one | {"verdict.depth": "stable"} for one in rows]))
    assert "depth 10 instead of 5: growth per layer" in said


def test_seeds_alone() -> None:
    rows = [row(run=f"{seed:012x}", seed=seed, growth__depth=0.1 + seed / 100) for seed in range(3)]
    assert "vanishes in all 3 runs (median growth 0.11, from 0.1 to 0.12)" in answer(of(rows))
    assert question(of(rows)).startswith("Does the gradient of this mlp")


def test_all_nan_all_failed_and_some() -> None:
    rows = grid(depth=[5, 20], seed=[0, 1])
    gone = [one | {"status": "diverged", "verdict.depth": "diverged", "loss.final": nan} for one in rows]
    same = [one | {"growth.depth": 2.0, "decades.depth": 1.0} for one in gone]
    at_first = "Per layer the gradient at first stays stable in all 4 runs (growth 2); "
    assert answer(of(same)) == f"{at_first}all 4 runs diverge; every final loss is NaN."
    assert "; all 4 runs diverge; every final loss is NaN; depth 20 instead of 5: growth" in answer(of(gone))
    unmeasured = [{**one, "decades.depth": None, "growth.depth": None} for one in gone]
    assert answer(of(unmeasured)) == "All 4 runs diverge; every final loss is NaN."
    assert answer(of([failed(one) for one in rows])) == (
        "All 4 runs failed, most often because of: MemoryError: 12 GB are needed."
    )
    assert "2 failed" in answer(of([*rows[:2], *map(failed, rows[2:])]))
    long = answer(of([failed(one, "x\x1b[31m" * 200) for one in rows]))
    assert "\x1b" not in long
    assert len(long) < 2000


def test_unfinished_and_empty() -> None:
    rows = grid(depth=[5, 20])
    source = Source(Results(Path("nowhere")), planned=100, runs=[one["run"] for one in rows])
    assert answer(Material([], [source], rows, 2)).startswith("2 of 100 points so far: per layer the gradient")
    where = Path("somewhere")
    assert answer(Material([where], [], [], 0)) == (
        "There are no runs in somewhere: gradx run and gradx sweep make some."
    )
    begun = Material([where], [Source(Results(where), planned=9)], [], 0)
    assert answer(begun) == "No run has finished yet in somewhere, of 9 points that are planned."
    assert answer(Material([], [], [], 30, where="depth > 9")) == (
        "No run matches the filter depth > 9, of 30 runs without it."
    )
    empty = headline(Material([where], [], [], 0))
    assert (empty.question, empty.figure, empty.caption) == ("What do the runs show?", None, "")


# the question


def test_questions() -> None:
    rows = grid(activation=["tanh", "relu"], depth=[5, 20], seed=[0])
    assert question(of(rows)) == "How does the growth per layer depend on activation and depth?"
    assert question(of(rows, y="status vanishing")) == "How does the growth per layer depend on activation and depth?"
    lost = [one | {"status": "diverged", "growth.depth": 1, "decades.depth": 1} for one in rows[:2]] + [
        one | {"growth.depth": 1, "decades.depth": 1} for one in rows[2:]
    ]
    assert question(of(lost)) == "How does the share of diverged runs depend on activation and depth?"
    asked = question(of(rows, y="verdict.depth vanishing"))
    assert asked == "How does the share of runs vanishing per layer depend on activation and depth?"
    same = [one | {"growth.depth": 1, "decades.depth": 1} for one in rows]
    assert question(of(same)) == "Does the gradient depend on activation and depth?"
    assert question(of(rows, question="Why?")) == "Why?"
    claim = {"claim": {"statement": "Gradients vanish.", "verdict": "holds if", "condition": "deep"}}
    assert question(of(rows, claim)) == "Gradients vanish: is that so?"
    assert question(of(rows, {"claim": 3})).startswith("How does")
    assert question(of([one | {"name": f"e{one['depth']}"} for one in rows])) == "How do e5 and e20 differ?"
    many = [one | {"name": f"e{one['depth']}"} for one in grid(depth=range(5, 10))]
    assert question(of(many)) == "What becomes of the gradient in 5 experiments?"


# the figure


def test_the_figure_fits_the_axes() -> None:
    assert isinstance(figure(of(grid(depth=[5, 20, 40], width=[8, 16]))), HeatMap)
    lines = figure(of(grid(depth=[5, 20, 40], width=[8, 16]), x="width", by="depth"))
    assert isinstance(lines, LineChart)
    assert lines.x.label == "width"
    words = figure(of(grid(depth=[5], activation=["tanh", "relu"])))
    assert isinstance(words, LineChart)
    assert words.x.words == ["relu", "tanh"]
    apart = figure(of(grid(depth=[5, 20, 40], activation=["tanh", "relu"], residual=["none", "identity"])))
    assert isinstance(apart, HeatMap)
    assert apart.title.endswith("(residual none)")
    other = figure(of(grid(depth=[5, 20, 40], width=[8, 16]), by="depth"))
    assert other.x.label == "width"
    said = headline(of(grid(depth=[5, 20], width=[8, 16]), caption="What depth does."))
    assert said.caption == said.figure.caption == "What depth does."


def test_what_is_asked_for_and_cannot_be_drawn_is_said() -> None:
    rows = grid(depth=[5, 20], width=[8, 16])
    half = [one if one["width"] == 8 else one | {"growth.depth": None} for one in rows]
    alike = [one | {"growth.depth": 0.9, "verdict.depth": "stable"} for one in rows]
    many = [one | {"name": f"net {place}"} for place, one in enumerate(grid(depth=range(41)))]
    for made, why in (
        (of(half, x="width"), "the runs with growth.depth do not differ in width"),
        (of(alike, x="width"), "no result differs between runs with the same seed"),
        (of(grid(depth=[5, 20]), by="depth"), "x is depth already"),
        (of(many, by="depth"), "no key could be x"),
        (of(rows, x="depth", by="width"), ""),
        (of(rows, x="depth"), ""),
        (of([], x="depth"), ""),
    ):
        said = headline(made).answer
        assert f"{why}." in said if why else "Not drawn" not in said


@pytest.mark.parametrize("evil", ["<script>alert(1)</script>", "\x1b[2J", "=cmd()|''!A1", "[x](javascript:1)"])
def test_hostile_text_is_passed_on_as_it_is(evil: str) -> None:
    made = of([one | {"activation": evil, "name": evil} for one in grid(depth=[5, 20])], {"claim": {"statement": evil}})
    shown = headline(made)
    assert evil in shown.question
    assert isinstance(shown.figure, LineChart)
