"""The points of a sweep: exactly the product, the pairs, the list; told apart, counted and placed."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradx import axes
from gradx.axes import Axes
from gradx.axes.schema import SCHEMA
from gradx.base import yaml
from gradx.base.document import Document
from gradx.base.errors import SpecError

quick = settings(deadline=None, max_examples=80, derandomize=True)


def read(text: str) -> tuple[Document, Axes]:
    document, found = axes.read(yaml.parse(text, "f.yaml"))
    assert found is not None
    return document, found


def swept(data: Any) -> Axes:
    """The axes of a block given as plain data."""
    document = Document({"sweep": data}, "f.yaml", [""], {("sweep",): (1, 1)}, {(): (1, 1), ("sweep",): (1, 1)})
    found = axes.read(document)[1]
    assert found is not None
    return found


def values(found: Axes) -> list[dict[str, Any]]:
    return [point.values for point in found.points()]


@st.composite
def blocks(draw: st.DrawFn) -> dict[str, Any]:
    """A block with any of grid, zip and list, no path twice."""
    paths, block = draw(st.permutations(["depth", "width", "seed", "init.gain", "optimizer.lr", "a.b_c"])), {}
    column = st.lists(st.integers(-9, 9) | st.sampled_from(["tanh", "relu", None, True]), min_size=1, max_size=4)
    cuts = sorted(draw(st.lists(st.integers(0, 5), min_size=2, max_size=2)))
    unique = column.map(lambda items: list({repr(item): item for item in items}.values()))
    if grid := paths[: cuts[0]]:
        block["grid"] = {path: draw(unique) for path in grid[:3]}
    if pairs := paths[cuts[0] : cuts[1]]:
        long = draw(st.integers(1, 4))
        block["zip"] = {path: list(range(long)) for path in pairs}
    if not block or draw(st.booleans()):
        block["list"] = [{paths[5]: value} for value in draw(unique)]
    return block


def expected(block: dict[str, Any]) -> list[dict[str, Any]]:
    """The points of a block by the definition, slowly."""
    factors = [[{path: value} for value in column] for path, column in block.get("grid", {}).items()]
    if pairs := block.get("zip"):
        factors.append([dict(zip(pairs, row, strict=True)) for row in zip(*pairs.values(), strict=True)])
    if listed := block.get("list"):
        factors.append(listed)
    return [{path: value for part in parts for path, value in part.items()} for parts in product(*factors)]


def test_a_grid_is_exactly_the_product():
    _, found = read("sweep: {grid: {depth: [2, 4, 8], init.gain: [0.5, 0.8, 1.0, 1.2], seed: {range: [0, 5]}}}")
    depths, gains, seeds = [2, 4, 8], [0.5, 0.8, 1.0, 1.2], range(5)
    assert found.count == 60
    assert values(found) == [
        {"depth": depth, "init.gain": gain, "seed": seed} for depth in depths for gain in gains for seed in seeds
    ]


def test_zip_pairs_and_list_writes_out():
    _, found = read("sweep: {zip: {depth: [2, 4], width: {logspace: [64, 32, 2]}}}")
    assert values(found) == [{"depth": 2, "width": 64}, {"depth": 4, "width": 32}]
    _, found = read("sweep: {list: [{activation: tanh, init.gain: 1}, {activation: relu}]}")
    assert values(found) == [{"activation": "tanh", "init.gain": 1}, {"activation": "relu"}]
    assert found.paths == ["activation", "init.gain"]


@quick
@given(blocks())
def test_a_block_is_the_product_of_its_three(block):
    found = swept(block)
    assert repr(values(found)) == repr(expected(block))
    assert found.count == len(expected(block))


@quick
@given(st.lists(blocks(), min_size=1, max_size=3))
def test_blocks_follow_one_another(several):
    found = swept(several)
    assert repr(values(found)) == repr([point for block in several for point in expected(block)])
    assert found.count == sum(len(expected(block)) for block in several)
    assert set(found.paths) == {path for point in values(found) for path in point}
    for path, column in found.axes().items():
        assert {repr(value) for value in column} == {repr(point[path]) for point in values(found) if path in point}


@quick
@given(st.lists(blocks(), min_size=1, max_size=2))
def test_the_axes_as_data_are_the_same_sweep(several):
    found = swept(several)
    again = swept(found.data())
    assert repr(values(again)) == repr(values(found))
    assert again.data() == found.data()


def test_a_form_stays_a_form_in_the_data():
    block = {
        "grid": {"lr": {"random": {"uniform": [0, 1]}, "n": 9}, "depth": [1]},
        "zip": {"seed": {"range": [0, 3]}, "width": [1, 2, 3]},
    }
    assert swept(block).data() == block


def test_no_block_no_axes():
    document = yaml.parse("depth: 3\n", "f.yaml")
    assert axes.read(document) == (document, None)


def test_the_block_is_taken_out_and_the_document_left_as_it_was():
    document = yaml.parse("depth: 3\nsweep: {grid: {seed: [1, 2]}}\n", "f.yaml")
    before = repr(document)
    assert axes.read(document)[0].data == {"depth": 3}
    assert repr(document) == before


def test_every_value_knows_its_place():
    text = "sweep:\n  grid: {depth: [2, 3], seed: {range: [0, 2]}}\n  list:\n  - {optimizer: {kind: adam, lr: 1}}\n"
    document, found = read(text)
    last = list(found.points())[-1]
    assert {path: document.values[place] for path, place in last.marks.items()} == {
        "depth": (2, 21),
        "seed": (2, 31),
        "optimizer": (4, 17),
    }


def test_a_point_as_a_document_knows_where_its_values_stand():
    text = "init: orthogonal\nsweep:\n  grid: {init.gain: [2], optimizer.lr: [1], optimizer: [{kind: adam, eps: 3}]}\n"
    document, found = read(text)
    at = axes.located(document, next(found.points()))
    assert at.data == {"init": {"kind": "orthogonal", "gain": 2}, "optimizer": {"kind": "adam", "eps": 3, "lr": 1}}
    assert at.values["init", "kind"] == (1, 7)
    line = text.splitlines()[2]
    assert at.values["init", "gain"] == at.keys["init", "gain"] == (3, line.index("2]") + 1)
    assert at.values["optimizer", "eps"] == (3, line.index("3}") + 1)
    assert at.values["optimizer", "lr"] == (3, line.index("1]") + 1)


def test_a_path_that_leads_nowhere_is_located():
    document, found = read("depth: 3\nsweep: {grid: {depth.x: [1]}}\n")
    with pytest.raises(SpecError, match=r"f.yaml:2:26: depth is 3, there are no keys in it"):
        axes.located(document, next(found.points()))


def test_the_schema_takes_what_is_right_and_refuses_what_is_wrong():
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    check = jsonschema.Draft202012Validator(SCHEMA).is_valid
    draw = {"random": {"log_uniform": [1e-4, 1]}, "n": 5, "seed": 1}
    good = {"grid": {"a.b": [1, "x"], "c": {"range": [0, 5]}, "d": draw}, "zip": {"e": [1]}, "list": [{"f": None}]}
    assert check(good)
    assert check([good, {"list": [{}, {"a": 1}]}])
    for bad in ({}, [], {"grid": {}}, {"grids": {"a": [1]}}, {"grid": {"a": 1}}, {"grid": {"a": []}}, {"list": {}}):
        assert not check(bad)
    for form in (
        {"range": [1]},
        {"linspace": [0, 1]},
        {"random": {"normal": [0, 1]}, "n": 2},
        {"range": [0, 1], "n": 2},
    ):
        assert not check({"grid": {"a": form}})
