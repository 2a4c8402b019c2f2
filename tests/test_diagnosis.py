"""Every outcome from a synthetic trace, and the sentence that justifies it."""

import numpy as np
import pytest

from gradx.base.thresholds import Thresholds
from gradx.base.trace import Block, Trace
from gradx.diagnosis import diagnose
from gradx.quantities.growth import growth_rows


def rows(quantity, site, values):
    positions = np.arange(1, len(values) + 1)
    return Trace("run", 0, quantity, site, positions, values)


def grown(axis, norms):
    """What is recorded of a profile: its growth, but no row for what could not be estimated."""
    found = growth_rows(axis, np.asarray(norms, float)[None], np.arange(1.0, len(norms) + 1), 0.0)
    return [Trace("run", 0, name, "", 0, [values[0, 0]]) for name, _, values in found if not values.mask[0, 0]]


def depth(profile, spread=0.02):
    """A depth profile of four examples that differ a little."""
    examples = np.asarray(profile, float)[:, None] * (1 + spread * np.array([-1, 0, 1, 2])) / 2
    total = np.sqrt((examples**2).sum(1))
    return [rows("grad_norm.preactivation", "layer", total), *grown("depth", examples)]


def instant(parts):
    """The rows of one step as the engine hands them on."""
    columns = [row[2:5] for part in parts for row in part.rows()]
    values = np.array([row[5] for part in parts for row in part.rows()])
    return Block(["run"], np.array([0]), columns, values[None, None]).at(0, 0)


def verdicts(parts, diverged_at=None, **thresholds):
    return {one.axis: one for one in diagnose(instant(parts), diverged_at, Thresholds(**thresholds))}


def only(parts, diverged_at=None, **thresholds):
    (verdict,) = verdicts(parts, diverged_at, **thresholds).values()
    return verdict


@pytest.mark.parametrize(
    ("rate", "layers", "outcome"),
    [
        (0.5, 10, "vanishing"),
        (2.0, 10, "exploding"),
        (1.0, 10, "stable"),
        (0.7, 10, "stable"),  # 1.4 decades
        (0.97, 5, "stable"),
        (0.97, 500, "vanishing"),
        (1.03, 500, "exploding"),
    ],
)
def test_what_is_lost_over_the_whole_depth_decides(rate, layers, outcome):
    verdict = only(depth(rate ** np.arange(layers - 1.0, -1, -1)))
    assert (verdict.axis, verdict.outcome) == ("depth", outcome)


def test_the_threshold_is_in_decades():
    parts = depth(0.5 ** np.arange(9.0, -1, -1))  # 2.7 decades
    assert only(parts, decades=2.6).outcome == "vanishing"
    assert only(parts, decades=2.8).outcome == "stable"


def test_an_interval_that_reaches_one_is_stable():
    parts = [
        rows("grad_norm.preactivation", "layer", [1e-3, 1.0, 1.0]),
        *(Trace("run", 0, name, "", 0, [value]) for name, value in [
            ("growth.depth", 0.8), ("growth.depth.low", 0.5), ("growth.depth.high", 1.1), ("decades.depth", -3.0),
        ]),
    ]  # fmt: skip
    assert only(parts).outcome == "stable"


def test_a_profile_that_reaches_zero_has_vanished():
    verdict = only(depth([0, 0, 1e-30, 1e-10, 1.0]))
    assert verdict.outcome == "vanishing"
    assert "exactly zero from layer 2 down" in verdict.evidence


@pytest.mark.parametrize("profile", [[0, 0, 0, 1.0], [0, 0, 0, 0]], ids=str)
def test_a_profile_of_zeros_has_vanished_too(profile):
    verdict = only(depth(profile))
    assert verdict.outcome == "vanishing"
    assert verdict.evidence.startswith("the gradient ")
    assert "zero" in verdict.evidence


def test_a_profile_that_falls_and_rises_is_said_to():
    verdict = only(depth([0.05, *10.0 ** np.arange(-2.0, -8, -1), 1.0]))  # grows inside, and yet loses over the whole
    assert verdict.outcome == "stable"
    assert "does not change evenly (smallest at layer 7), so that one factor says little" in verdict.evidence
    assert "evenly" not in only(depth(10.0 ** np.arange(-7.0, 1))).evidence


@pytest.mark.parametrize("bad", [np.inf, np.nan])
def test_a_profile_that_is_not_finite_has_exploded(bad):
    verdict = only(depth([bad, bad, 1e30, 1.0]))
    assert verdict.outcome == "exploding"
    assert "is not finite at 2 of 4 layers" in verdict.evidence
    assert only(depth([bad] * 4)).outcome == "exploding"


def test_divergence_comes_first_and_says_how_it_began():
    verdict = only(depth(2.0 ** np.arange(9.0, -1, -1)), diverged_at=17)
    assert verdict.outcome == "diverged"
    assert verdict.evidence.startswith("the loss was not finite at step 17; at first the gradient norm changes by")
    from_the_start = only(depth([np.nan] * 4), diverged_at=0)
    assert from_the_start.outcome == "diverged"
    assert "at first the gradient norm is not finite at 4 of 4 layers" in from_the_start.evidence


@pytest.mark.parametrize("diverged_at", [None, 3])
def test_axes_without_two_positions_have_no_verdict(diverged_at):
    assert verdicts([], diverged_at) == {}
    assert verdicts([rows("grad_norm.preactivation", "layer", [1.0])], diverged_at) == {}
    assert verdicts([rows("loss", "", [1.0])], diverged_at) == {}


def time(kind, layer, profile):
    return rows(f"grad_norm.{kind}", f"layer {layer}", profile)


def test_time_is_judged_by_the_last_layer():
    zero, decay = [0.0] * 4, [1e-9, 1e-6, 1e-3, 1.0]
    parts = [time("hidden", layer, zero) for layer in range(1, 10)] + [time("hidden", 10, decay)]
    verdict = only([*parts, *grown("time", np.outer(decay, [1, 1.1, 0.9]))])
    assert (verdict.axis, verdict.outcome) == ("time", "vanishing")
    assert "zero" not in verdict.evidence, "layer 10 comes after layer 9"


def test_time_is_judged_by_the_cell_where_there_is_one():
    flat = [1.0, 1.0, 1.0]
    parts = [time("hidden", 1, [0.0, 0.0, 1.0]), time("cell", 1, flat)]
    verdict = only([*parts, *grown("time", np.outer(flat, [1, 1.1, 0.9]))])
    assert verdict.outcome == "stable"
    assert "zero" not in verdict.evidence


def test_both_axes_have_their_own_verdict():
    decay = [1e-3, 1.0]
    parts = [*depth([1.0, 1.0]), time("hidden", 1, decay), *grown("time", np.outer(decay, [1, 1.1, 0.9]))]
    assert {axis: one.outcome for axis, one in verdicts(parts).items()} == {"depth": "stable", "time": "vanishing"}


def test_the_evidence_is_a_sentence():
    verdict = only(depth(0.5 ** np.arange(9.0, -1, -1), spread=0))
    assert verdict.evidence == (
        "the gradient norm changes by a factor 0.5 (95 % interval 0.5 to 0.5) per layer towards the input "
        "and loses 2.7 decades over 10 layers"
    )
    gains = only(depth(2.0 ** np.arange(9.0, -1, -1), spread=0))
    assert gains.evidence.endswith("and gains 2.7 decades over 10 layers")


def test_scalar_is_the_value_or_none():
    found = instant(depth([0.25, 0.5, 1.0]))
    assert found.scalar("growth.depth") == pytest.approx(0.5)
    assert found.scalar("growth.time") is None
