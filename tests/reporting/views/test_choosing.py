"""The axes of the first figure and of charts: those that change the result, and what tells most of it."""

from typing import Any

import pytest
from reporting.rows import grid_rows

from gradx.base.presentation import Presentation
from gradx.reporting.elements import HeatMap, LineChart
from gradx.reporting.runs.differing import or_none
from gradx.reporting.runs.material import Material
from gradx.reporting.runs.outcomes import outcome_of
from gradx.reporting.views.against import sections
from gradx.reporting.views.choosing import across, beside, kinds_of, line_labels, matters, outcomes_of
from gradx.reporting.views.headline import figure, question
from gradx.reporting.views.maps import planes

GAINS, RATES = [0.8, 1.0, 1.5], [0.001, 0.01, 0.1, 1.0]


def of(rows: list[dict[str, Any]], **chosen: str) -> Material:
    return Material([], [], rows, len(rows), chosen=Presentation(**chosen))


def sweep() -> list[dict[str, Any]]:
    """The growth is the gain, whatever the learning rate; without clipping runs diverge at the two largest rates."""
    rows = grid_rows(init__gain=GAINS, optimizer__lr=RATES, clipping=["none", "norm"], seed=[0, 1, 2])
    for row in rows:
        gone = row["clipping"] == "none" and row["optimizer.lr"] >= 0.1
        row |= {"growth.depth": row["init.gain"] * (1 + row["seed"] / 100), "decades.depth": None}
        row |= {"status": "diverged" if gone else "finished"}
        row |= {"loss.final": 1 / row["optimizer.lr"] + row["init.gain"]}
    return rows


def twin(rows: list[dict[str, Any]], name: str, key: str) -> bool:
    """Pair by pair."""
    names = [*Material([], [], rows, len(rows)).names, "seed"]
    known = [row for row in rows if row.get(key) is not None]
    pairs = [
        (one, other)
        for one in known
        for other in known
        if one.get(name) != other.get(name)
        and all(or_none(one.get(key)) == or_none(other.get(key)) for key in names if key != name)
    ]
    return not pairs or any(one[key] != other[key] for one, other in pairs)


@pytest.mark.parametrize("name", ["init.gain", "optimizer.lr", "clipping"])
@pytest.mark.parametrize("key", ["growth.depth", "loss.final", "metric.final"])
def test_what_an_axis_changes(name: str, key: str) -> None:
    rows = sweep()
    assert matters(of(rows), name, outcome_of(key)) is twin(rows, name, key)
    rows[0] = rows[0] | {key: None}
    rows[5] = rows[5] | {key: 7.0}
    assert matters(of(rows), name, outcome_of(key)) is twin(rows, name, key) is True


def test_where_no_runs_are_alike_in_the_rest_an_axis_may_matter() -> None:
    rows = [row | {"width": row["depth"]} for row in grid_rows(depth=[5, 10, 20], seed=[0, 1])]
    made = of([row | {"growth.depth": 0.5 + row["seed"]} for row in rows])
    assert matters(made, "depth", outcome_of("growth.depth"))
    alone = of([{key: value for key, value in row.items() if key != "width"} for row in made.rows])
    alone = of([row | {"width": 8} for row in alone.rows])
    assert not matters(alone, "depth", outcome_of("growth.depth"))


def test_an_axis_that_changes_nothing_is_not_that_of_the_first_figure() -> None:
    made = of(sweep())
    growth, gone = outcomes_of(made)[:2]
    assert (growth.key, gone.key) == ("growth.depth", "status diverged")
    assert across(made, growth) == "init.gain"  # though there are more learning rates
    assert beside(made, "init.gain", growth) is None
    shown = figure(made)
    assert isinstance(shown, LineChart)
    assert shown.title == "Growth per layer against init.gain"
    assert across(of(sweep(), x="optimizer.lr"), growth) == "optimizer.lr"


def test_lines_are_of_what_explains_the_result() -> None:
    """Who diverges is a matter of clipping and the learning rate: nothing is put together that hides it."""
    titles = [chart.title for section in sections(of(sweep())) for chart in section.elements]
    assert titles[:2] == ["Growth per layer against init.gain", "Share diverged against optimizer.lr by clipping"]
    (section,) = sections(of(sweep()))
    assert section.title == "Results against the axes"


def test_a_map_of_two_axes_that_change_the_result() -> None:
    rows = grid_rows(optimizer__lr=RATES, init__gain=GAINS, depth=[5, 10, 20], seed=[0, 1])
    rows = [row | {"growth.depth": row["init.gain"] + row["depth"] / 7} for row in rows]
    (plane,) = {(plane.x, plane.y) for plane in planes(of(rows))}
    assert set(plane) == {"init.gain", "depth"}


def test_where_all_is_stable_the_report_is_about_what_was_learned() -> None:
    rows = [row | {"verdict.depth": "stable"} for row in grid_rows(depth=[5, 10], optimizer__lr=RATES, seed=[0, 1])]
    for row in rows:
        row |= {"growth.depth": 0.9 + row["depth"] / 100, "metric.final": row["depth"] * row["optimizer.lr"]}
    assert [outcome.key for outcome in outcomes_of(of(rows))] == ["metric.final", "growth.depth"]
    assert question(of(rows)) == "How does the test accuracy depend on depth and optimizer.lr?"
    shown = figure(of(rows))
    assert isinstance(shown, HeatMap)
    assert shown.value.label == "test accuracy"
    rows[0] |= {"verdict.depth": "vanishing"}
    assert [outcome.key for outcome in outcomes_of(of(rows))] == ["growth.depth", "metric.final"]
    untrained = [row | {"verdict.depth": "stable", "steps": 0, "steps_done": 0} for row in rows]
    assert outcomes_of(of(untrained))[0].key == "growth.depth"


def entries(**more: list[Any]) -> list[dict[str, Any]]:
    """Of an axis `optimizer: [{kind: sgd, lr: 0.05}, {kind: adam, lr: 0.001}, {kind: adam, lr: 0.01}]`."""
    rows = grid_rows(optimizer__lr=[0.05, 0.001, 0.01], seed=[0, 1, 2], **more)
    for row in rows:
        row |= {"optimizer": "sgd" if row["optimizer.lr"] == 0.05 else "adam", "verdict.depth": "stable"}
        row |= {"metric.final": row["optimizer.lr"] / row["depth"]}
    return rows


def test_entries_of_an_axis_that_differ_in_kind_and_field_have_both_in_their_labels() -> None:
    made = of(entries(depth=[5, 10, 20, 30]), x="depth", by="optimizer.lr")
    shown = figure(made)
    assert isinstance(shown, LineChart)
    assert [series.label for series in shown.series] == [
        "adam, optimizer.lr 0.001",
        "adam, optimizer.lr 0.01",
        "sgd, optimizer.lr 0.05",
    ]
    drawn = figure(of(entries(depth=[5, 10, 20, 30])))
    assert isinstance(drawn, HeatMap)
    assert drawn.caption.endswith("; optimizer.lr 0.001 adam, 0.01 adam, 0.05 sgd.")


def test_a_field_that_several_kinds_have_alike_names_none() -> None:
    rows = grid_rows(optimizer=["sgd", "adam"], optimizer__lr=[0.01, 0.1], seed=[0, 1])
    made = of([row | {"growth.depth": row["optimizer.lr"]} for row in rows])
    assert kinds_of(made, "optimizer.lr") == kinds_of(made, "depth") == {}
    assert line_labels(made, "optimizer.lr", [0.01, 0.1]) == ["optimizer.lr 0.01", "optimizer.lr 0.1"]
