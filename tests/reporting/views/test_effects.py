"""The table of what each change does: all that is beyond noise, and what the rest is not."""

import json
import random
from math import nan

from reporting.changes import compared, material, values
from reporting.rows import grid_rows

from gradx.reporting.elements import Table
from gradx.reporting.encoding import encoded
from gradx.reporting.runs.effects import effects
from gradx.reporting.views.effects import SHOWN, sections

SEEDS = [0, 1, 2, 3, 4]


def test_one_seed_is_never_beyond_noise() -> None:
    rows = [row | {"loss.final": row["depth"] * 1e6} for row in grid_rows(depth=[1, 2], width=[8, 16], seed=[3])]
    (effect,) = compared(rows, "loss.final", "depth")
    assert effect.beyond_noise is None
    assert effect.sentence() == "depth 2 instead of 1: final loss +1e+06 (mean over width, one seed: noise unknown)"
    (section,) = sections(material(rows))
    assert section.note == "One seed: the noise is unknown, and no difference can be told from it."


def test_each_of_many_words_goes_with_the_first_that_has_such_runs() -> None:
    rows = grid_rows(architecture=["mlp", "cnn"], task=["digits"], seed=[0])
    rows += grid_rows(architecture=["rnn", "irnn", "indrnn", "lstm", "gru"], task=["adding"], seed=[0])
    rows = [row | {"run": f"{place:012x}", "loss.final": float(place)} for place, row in enumerate(rows)]
    rows += [row | {"run": f"a{row['run']}", "width": 128} for row in rows]
    found = compared(rows, "loss.final", "architecture")
    assert sorted(values(found)) == [
        ("cnn", "mlp"), ("gru", "indrnn"), ("gru", "irnn"), ("gru", "lstm"), ("gru", "rnn"),
    ]  # fmt: skip
    (table,) = sections(material(rows))[0].elements
    assert isinstance(table, Table)
    assert "Of architecture each value is compared with the first that has such runs." in table.notes


def test_only_where_runs_match() -> None:
    apart = [row | {"loss.final": float(row["seed"])} for row in grid_rows(depth=[1], width=[8], seed=[0])]
    apart += [row | {"run": "b" * 12, "loss.final": 9.0} for row in grid_rows(depth=[2], width=[16], seed=[0])]
    assert effects(material(apart)) == []
    assert sections(material(apart)) == []
    other_seed = [row | {"loss.final": float(row["depth"])} for row in grid_rows(depth=[1, 2], seed=[0, 1])]
    assert effects(material([other_seed[0], other_seed[3]])) == []
    assert effects(material([])) == effects(material(grid_rows(seed=SEEDS))) == []


def test_the_strongest_first_and_not_too_many() -> None:
    draw = random.Random(2)
    rows = grid_rows(activation=list("abcdef"), init=list("uvwxyz"), seed=SEEDS)
    for row in rows:
        row |= {"loss.final": draw.gauss(0, 1) + 5 * "abcdef".index(row["activation"]), "growth.depth": draw.random()}
    made = material(rows)
    found = effects(made)
    assert values(found)[0] == ("a", "f")
    beyond = [effect.beyond_noise for effect in found]
    assert beyond == sorted(beyond, reverse=True)
    (section,) = sections(made)
    (table,) = section.elements
    assert isinstance(table, Table)
    assert sum(map(bool, beyond)) < len(table) == SHOWN < len(found) == 60
    assert "20 other comparisons not shown, none beyond noise: --json has all." in table.notes
    assert section.note == f"{sum(map(bool, beyond))} of 60 comparisons are beyond noise."


def test_whatever_is_beyond_noise_is_in_the_table() -> None:
    kinds = "abcdef"
    rows = grid_rows(activation=list(kinds), init=list("uvwxyz"), seed=SEEDS)
    for row in rows:
        shift = kinds.index(row["activation"]) + 7 * "uvwxyz".index(row["init"])
        row |= {"loss.final": shift + shift * row["seed"] / 1e4, "growth.depth": 2.0 ** (shift + row["seed"] / 1e4)}
        row["growth.depth"] *= 1 + shift * row["seed"] / 1e4
    made = material(rows)
    beyond = [effect for effect in effects(made) if effect.beyond_noise]
    assert len(beyond) > SHOWN
    (section,) = sections(made)
    (table,) = section.elements
    assert isinstance(table, Table)
    (column,) = [each for each in table.columns if each.key == "beyond_noise"]
    assert list(column.values).count("yes") == len(beyond)


def test_what_cannot_be_judged_is_counted_apart() -> None:
    rows = grid_rows(activation=["a", "b"], seed=SEEDS)
    for row in rows:
        row |= {"loss.final": nan if row["activation"] == "a" else 1.0, "growth.depth": 1.0 + row["seed"]}
        row["growth.depth"] *= 2.0 if row["activation"] == "a" else 1.0
    (section,) = sections(material(rows))
    left = "1 more cannot be judged (values not finite)"
    assert section.note == f"1 of 1 comparison is beyond noise; {left}."


def test_what_is_the_same_or_cannot_be_beyond_noise_is_counted_apart_and_is_no_comparison_to_correct_for() -> None:
    """Three of three seeds against none has a Fisher p of 0.1 at best, and a growth before training no learning rate
    changes: the losses are corrected for each other alone."""
    rows = grid_rows(optimizer__lr=[0.01, 0.1, 100.0], seed=[0, 1, 2])
    for row in rows:
        lost = row["optimizer.lr"] == 100
        row |= {"growth.depth": 1.0 + row["seed"], "status": "diverged" if lost else "finished"}
        row["loss.final"] = (
            nan if lost else row["optimizer.lr"] + row["seed"] ** 2 * 0.001 * (row["optimizer.lr"] > 0.05)
        )
    found = {(each.outcome.key, each.before, each.after): each for each in effects(material(rows))}
    judged = {key: each.difference.judgement for key, each in found.items()}
    assert judged == {
        ("loss.final", "0.01", "0.1"): "yes",
        ("loss.final", "0.1", "100"): "not known",
        ("loss.final", "0.01", "100"): "not known",
        **{("growth.depth", *pair): "the same" for pair in (("0.01", "0.1"), ("0.1", "100"), ("0.01", "100"))},
        ("status diverged", "0.01", "0.1"): "the same",
        ("status diverged", "0.1", "100"): "too few seeds",
        ("status diverged", "0.01", "100"): "too few seeds",
    }
    loss = found["loss.final", "0.01", "0.1"].difference
    assert loss.adjusted == loss.p
    (section,) = sections(material(rows))
    assert section.note == (
        "1 of 1 comparison is beyond noise; 4 more cannot be judged (too few seeds in 2, values not finite "
        "in 2); 4 more are exactly the same."
    )
    (table,) = section.elements
    assert isinstance(table, Table)
    (column,) = [each for each in table.columns if each.key == "beyond_noise"]
    assert list(column.values) == [each.difference.judgement for each in effects(material(rows))]


def test_the_table_is_plain_data() -> None:
    rows = [
        row | {"loss.final": float(row["depth"])} for row in grid_rows(depth=[1, 2], init__gain=[None], seed=[0, 1])
    ]
    json.dumps(encoded(sections(material(rows))), allow_nan=False)
    (effect,) = compared(rows, "loss.final")
    assert (effect.difference.d_z, effect.difference.adjusted, effect.beyond_noise) == (None, None, None)
    assert (effect.difference.p, effect.difference.judgement) == (2 / 16, "too few seeds")
    assert effect.sentence() == "depth 2 instead of 1: final loss +1 (2 seeds, the same in every seed)"
