"""The panel of one run: everything that there is of it, in little room."""

import json
from math import inf, isnan, nan

import pytest
from reporting.rows import failed, row
from reporting.views.traced import profile, scalars, traced, weights

from gradx.base.trace import Trace
from gradx.reporting.elements import HeatMap, LineChart
from gradx.reporting.encoding import encoded
from gradx.reporting.report import Report
from gradx.reporting.runs.profiles import along
from gradx.reporting.runs.readings import split
from gradx.reporting.views.gradient_map import gradient_map
from gradx.reporting.views.single import panel, panels, sections

RUN = "0123456789ab"


def whole(depth: int, steps: int, run: str = RUN) -> list[Trace]:
    """Everything that a run of so many layers and sampled steps is drawn from."""
    every = range(0, 10 * steps, 10)
    layers = range(1, depth + 1)
    norms = {step: [0.123456789 * 0.14 ** (depth - n) * (1 + step / 7) for n in layers] for step in every}
    scalar = ("loss", "grad_norm", "grad_norm.clipped", "clip_coefficient")
    sites = {(f"layers.{n}.weight", n): {step: 1.23456789 / (n + step) for step in every} for n in layers}
    by_layer = {("layer", n): {step: 1.23456789 / (n + step + 1) for step in every} for n in layers}
    return [
        *(profile(run, values, step, tap) for step, values in norms.items() for tap in ("preactivation", "output")),
        *(scalars(run, name, {step: 0.987654321 / (1 + step) for step in every}) for name in scalar),
        *(weights(run, name, sites) for name in ("grad_norm.parameter", "update_ratio")),
        *(weights(run, name, by_layer) for name in ("activation_std", "activation_saturated")),
    ]


def test_everything_of_a_run_in_little_room() -> None:
    found = panel(traced([row()], whole(30, 100)), row())
    assert [section.key for section in found] == [
        f"run-{RUN}-{key}" for key in ("outcome", "gradient-depth", "training")
    ]
    keys = [element.key for section in found for element in section.elements]
    assert len(set(keys)) == len(keys)
    assert all(key.startswith(f"run-{RUN}-") for key in keys)
    assert found[0].note.startswith("vanishing over depth: the gradient norm changes by a factor 0.14")
    assert any(isinstance(element, HeatMap) for element in found[1].elements)
    assert len(json.dumps(encoded(found, digits=4), separators=(",", ":"))) < 15_000


def test_several_panels_read_once_and_are_the_same_as_alone() -> None:
    rows = [row(run=name, seed=seed) for seed, name in enumerate(("a" * 12, "b" * 12))]
    material = traced(rows, [trace for one in rows for trace in whole(4, 3, one["run"])])
    both = panels(material, rows)
    assert len(material.asked) == 1
    assert both == [panel(material, one) for one in rows]
    assert both == [panel(material, one, material.frame) for one in rows]
    assert both[0] != both[1]


def test_a_heat_map_is_the_trace_in_a_plane() -> None:
    traces = [profile(RUN, [0.0, inf, 3.0], 0), profile(RUN, [1.0, nan, 2.0], 5), profile(RUN, [1.0, 2.0], 7)]
    one = gradient_map(split(Trace.concat(traces).to_frame())[RUN], "depth")
    assert (one.rows, one.columns, one.value.log) == ([1, 2, 3], [0, 5, 7], True)
    assert one.cells[0] == [0.0, 1.0, 1.0]
    assert one.cells[1][0] == inf
    assert isnan(one.cells[1][1])
    assert one.cells[2] == [3.0, 2.0, None]  # missing
    assert one.caption == "Of the pre-activation; the loss is at the last layer."


def test_a_large_heat_map_is_thinned_evenly_and_says_so() -> None:
    traces = [profile(RUN, [n + step for n in range(1, 101)], step) for step in range(200)]
    one = gradient_map(split(Trace.concat(traces).to_frame())[RUN], "depth")
    assert (len(one.rows), len(one.columns), one.rows[0], one.rows[-1], one.columns[-1]) == (24, 40, 1, 100, 199)
    assert all(
        value == layer + step
        for layer, line in zip(one.rows, one.cells, strict=True)
        for step, value in zip(one.columns, line, strict=True)
    )
    assert "24 of 100 layers, evenly chosen; 40 of 200 sampled steps, evenly chosen." in one.caption


def test_time_steps_have_a_map_too() -> None:
    traces = [profile(RUN, [0.1, 1.0], step, "hidden", "layer 1") for step in (0, 9)]
    _, section = panel(traced([row()], traces), row())
    assert section.key == f"run-{RUN}-gradient-time"
    assert [type(element) for element in section.elements] == [LineChart, HeatMap]
    (of_report,) = sections(traced([row()], traces))
    assert [element.key for element in of_report.elements] == ["gradient-time-step"]
    assert sections(traced([row(), row(run="b" * 12)], traces)) == []


def test_the_figures_of_a_report_about_one_run_are_those_of_its_panel() -> None:
    """The page says of a panel that `--where 'run == ...' --figures DIR` draws it."""
    one = row()
    material = traced([one], [*whole(30, 100), profile(RUN, [0.1, 1.0], 9, "hidden", "layer 1")])
    drawn = {chart.key for section in panel(material, one) for chart in section.elements}
    assert {f"run-{RUN}-{key}" for key in Report(material).figures} == drawn | {f"run-{RUN}-headline"}
    shared = traced([one, row(name="other")], whole(3, 2))
    assert [chart.key for section in sections(shared) for chart in section.elements] == ["gradient-depth-step"]


def test_each_run_gives_what_there_is() -> None:
    (only,) = panel(traced([failed(row())]), failed(row()))
    assert (only.title, only.note, only.elements) == ("Failed", "MemoryError: 12 GB are needed", [])
    bare = row(verdict__depth=None, evidence__depth=None)
    (only,) = panel(traced([bare]), bare)
    assert (only.title, only.note) == ("Finished", "No verdict: there was nothing to compare along.")
    untrained = traced([row(steps=0)], [profile(RUN, [0.1, 1.0])])
    assert [section.key.removeprefix(f"run-{RUN}-") for section in panel(untrained, row())] == [
        "outcome", "gradient-depth",
    ]  # fmt: skip


@pytest.mark.parametrize("end", [0, 5])
def test_a_diverged_run_keeps_what_was_not_finite(end: int) -> None:
    one = row(status="diverged", diverged_at=end)
    traces = [scalars(RUN, "loss", {0: 1.0} | {end: nan}), profile(RUN, [inf, 1.0])]
    found = {section.key.removeprefix(f"run-{RUN}-"): section for section in panel(traced([one], traces), one)}
    assert found["outcome"].title == "Diverged"
    assert found["gradient-depth"].elements[0].series[0].y == [inf, 1.0]
    assert found["training"].note == f"The run diverged at step {end}: the loss was not finite."
    if end:
        (loss,) = found["training"].elements
        assert isnan(loss.series[0].y[-1])
        assert [(event.x, event.label) for event in loss.events] == [(5, "diverges at step 5")]
    assert "nan" not in json.dumps(encoded(found), allow_nan=False).replace('"nan"', "")


def test_what_a_profile_is_of_is_what_its_map_is_of() -> None:
    measured = split(Trace.concat(whole(3, 2)).to_frame())[RUN]
    rows, tap = along(measured, "depth")
    assert tap == "pre-activation"
    assert [[cell] for cell in rows.at(0).values()] == [line[:1] for line in gradient_map(measured, "depth").cells]
