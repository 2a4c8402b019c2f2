"""Few lines of many groups: evenly along the axes, labelled so that they can be told apart."""

from reporting.rows import failed, grid_rows, row
from reporting.views.traced import traced

from gradx.reporting.views.picking import MOST, MOST_SEEDS, evenly, labels, picked


def test_all_groups_where_they_are_few() -> None:
    pick = picked(traced(grid_rows(activation=["tanh", "relu"], depth=[5, 10], seed=[0, 1])))
    assert [line.label for line in pick.lines] == [
        "tanh, depth 5", "tanh, depth 10", "relu, depth 5", "relu, depth 10",
    ]  # fmt: skip
    assert (len(pick.runs), pick.note) == (8, "")


def test_a_grid_of_fewer_values_where_there_are_many() -> None:
    pick = picked(traced(grid_rows(init__gain=[0.5, 1.0, 1.5, 2.0, 2.5], depth=[5, 10, 20, 40], seed=[0, 1])))
    keys = {(line.rows[0]["init.gain"], line.rows[0]["depth"]) for line in pick.lines}
    gains, depths = ({key[place] for key in keys} for place in (0, 1))
    assert keys == {(gain, depth) for gain in gains for depth in depths}
    assert {0.5, 2.5} <= gains
    assert {5, 40} <= depths
    assert pick.note == f"{len(keys)} of 20 combinations, evenly chosen"


def test_numbers_give_way_sooner_than_words() -> None:
    kinds = ["tanh", "relu", "sigmoid", "gelu", "elu", "selu"]
    pick = picked(traced(grid_rows(activation=kinds, depth=list(range(1, 30)))))
    assert {line.rows[0]["activation"] for line in pick.lines} == set(kinds)
    assert {line.rows[0]["depth"] for line in pick.lines} == {29}
    assert pick.note == "6 of 174 combinations, evenly chosen, all with depth 29"


def test_points_that_are_no_grid() -> None:
    rows = [one | {"init.gain": 1 + place / 7} for place, one in enumerate(grid_rows(depth=list(range(100))))]
    assert [line.rows[0]["depth"] for line in picked(traced(rows)).lines] == evenly(range(100), MOST)


def test_many_seeds_and_failed_runs() -> None:
    rows = grid_rows(depth=[5, 10], seed=list(range(100)))
    rows = [failed(one) if one["depth"] == 5 else one for one in rows]
    pick = picked(traced(rows))
    assert [line.label for line in pick.lines] == [""]
    assert [row["seed"] for row in pick.rows] == evenly(range(100), MOST_SEEDS)
    assert pick.note == f"at most {MOST_SEEDS} seeds of each, evenly chosen"
    assert picked(traced([])).lines == []


def test_labels_name_every_key_that_differs() -> None:
    rows = grid_rows(init__gain=[1.0, 1.00001], depth=[5, 10])
    material = traced([one | {"width": one["depth"] * 2} for one in rows])
    assert material.names == ["init.gain", "depth", "width"]
    assert [line.label for line in picked(material).lines] == [
        "init.gain 1, depth 5, width 10",
        "init.gain 1, depth 10, width 20",
        "init.gain 1.00001, depth 5, width 10",
        "init.gain 1.00001, depth 10, width 20",
    ]
    many = traced([one | {"batch_size": one["depth"], "steps": one["depth"]} for one in material.rows])
    assert picked(many).lines[1].label == "init.gain 1, depth 10"  # the rest follows from these
    keys = [[1, "a", 0, 3, 5], [2, "b", 1, 4, 6], [2, "c", 2, 5, 7]]
    assert labels(keys[:2], ["depth", "task", "width"]) == ["depth 1, a, width 0", "depth 2, b, width 1"]
    assert labels(keys, ["depth", "task", "width", "steps", "batch_size"]) [1:] == [
        "depth 2, b, width 1, steps 4, batch_size 6", "depth 2, c, width 2, steps 5, batch_size 7",
    ]  # fmt: skip
    assert labels(keys[:1], ["depth"]) == [""]


def test_what_has_no_value_is_not_named_and_labels_are_unique() -> None:
    assert labels([["none", None], ["norm", 1.0], ["norm", 2.0]], ["clipping", "clipping.max_norm"]) == [
        "clipping none", "clipping norm, clipping.max_norm 1", "clipping norm, clipping.max_norm 2",
    ]  # fmt: skip
    assert labels([[None], ["sgd"], ["sgd"]], ["optimizer"]) == ["", "sgd (2)", "sgd (3)"]


def test_what_follows_from_other_axes_does_not_count_as_one() -> None:
    """Every kind has its own task: with depth these are 5 x 6 points, not 5 x 5 x 6."""
    kinds = ["mlp", "cnn", "rnn", "gru", "lstm"]
    rows = [
        one
        | {"task": "adding" if one["architecture"] > "n" else "digits", "activation": f"of {one['architecture'][0]}"}
        for one in grid_rows(architecture=kinds, depth=[2, 5, 10, 20, 50, 100])
    ]
    assert [line.rows[0]["architecture"] for line in picked(traced(rows)).lines] == kinds
    assert picked(traced(rows)).lines[2].label == "rnn, of r, adding"
    assert {line.rows[0]["depth"] for line in picked(traced(rows)).lines} == {100}


def test_lines_of_several_experiments_name_what_differs_within_each() -> None:
    rows = [*grid_rows(depth=[5, 10], optimizer__lr=[0.1, 1.0]), row(run="a" * 12, name="one", width=8, task="adding")]
    assert [line.label for line in picked(traced(rows)).lines] == [
        "grid, depth 5, optimizer.lr 0.1",
        "grid, depth 5, optimizer.lr 1",
        "grid, depth 10, optimizer.lr 0.1",
        "grid, depth 10, optimizer.lr 1",
        "one",
    ]
