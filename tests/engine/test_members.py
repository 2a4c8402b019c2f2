"""What becomes of the members, told from losses and blocks by hand."""

from dataclasses import replace

import numpy as np
import pytest

from gradx.base.trace import Block
from gradx.engine.members import Members

COLUMNS = [("loss", "", 0), ("clip_cosine", "", 0), ("grad_norm", "", 0)]
NAN = float("nan")


def block(steps, values):
    return Block(["a", "b"], np.array(steps), COLUMNS, np.array(values, dtype=float))


def test_the_first_loss_that_is_not_finite_ends_a_member():
    members = Members(["a", "b", "c"])
    assert members.saw(np.array([[1.0, 2.0, 3.0], [1.5, 2.5, np.inf]])).tolist() == [False, False, True]
    assert members.saw(np.array([[NAN, 2.7, 1.0], [1.0, 2.8, 1.0]])).tolist() == [True, False, False]
    assert members.saw(np.array([[1.0, 2.9, NAN]])).tolist() == [False, False, False]
    found = members.result(5)
    assert [one.diverged_at for one in found] == [2, None, 1]
    assert [one.steps_done for one in found] == [3, 5, 2]
    assert [one.loss_first for one in found] == [1.0, 2.0, 3.0]
    assert [one.loss_final for one in found] == pytest.approx([NAN, 2.9, np.inf], nan_ok=True)
    assert [one.loss_max for one in found] == [1.5, 2.9, 3.0]
    assert members.end is None
    assert members.alive.tolist() == [False, True, False]


def test_the_end_is_that_of_the_last_to_diverge():
    members = Members(["a", "b"])
    members.saw(np.array([[1.0, NAN], [1.0, 1.0], [NAN, 1.0]]))
    assert members.end == 2


def test_what_comes_after_the_end_does_not_count():
    members = Members(["a", "b"])
    members.measured(block([0, 1], [[[5, 1, 10], [6, 0.5, 11]], [[7, 1, 20], [8, 1, 21]]]))
    members.saw(np.array([[5.0, 7.0], [6.0, 8.0], [NAN, 9.0]]), np.array([[0, 1], [1, 0], [1, 0]]))
    members.measured(block([2, 3], [[[1, 0.1, 12], [1, 0.1, 13]], [[9, 0.9, 22], [3, 0.8, 23]]]))
    members.saw(np.array([[1.0, 9.0], [1.0, 3.0]]), np.array([[1, 1], [1, 1]]))
    members.measured(block([4], [[[1, 0.1, 14]], [[2, 1, 24]]]))
    first, second = members.result(5)
    assert (first.steps_done, first.clipped_steps) == (3, 2)
    assert (second.steps_done, second.clipped_steps) == (5, 3)
    assert (first.clip_cosine_min, second.clip_cosine_min) == (0.1, 0.8)
    assert (first.clip_cosine_mean, second.clip_cosine_mean) == pytest.approx((1.6 / 3, 4.7 / 5))
    assert (first.first.step, first.first.scalar("grad_norm")) == (0, 10)
    assert (first.last.step, first.last.scalar("grad_norm")) == (2, 12)
    assert (second.first.scalar("loss"), second.last.step, second.last.scalar("loss")) == (7, 4, 2)
    assert members.grad_norm.tolist() == [12, 24]


def test_a_cosine_that_is_missing_does_not_count():
    members = Members(["a", "b"])
    some = block([0, 1], [[[5, NAN, 1], [5, 0.5, 1]], [[5, NAN, 1], [5, NAN, 1]]])
    members.measured(replace(some, present=~np.isnan(some.values)))
    first, second = members.result(2)
    assert (first.clip_cosine_min, first.clip_cosine_mean) == (0.5, 0.5)
    assert (second.clip_cosine_min, second.clip_cosine_mean) == (None, None)


def test_only_the_living_are_evaluated():
    members = Members(["a", "b"])
    members.saw(np.array([[NAN, 1.0]]))
    members.evaluated(np.array([0.1, 0.2]), np.array([0.3, 0.4]))
    dead, alive = members.result(1)
    assert (dead.test_loss_final, dead.metric_final) == (None, None)
    assert (alive.test_loss_final, alive.metric_final) == (0.2, 0.4)


def test_without_steps_none_are_done():
    members = Members(["a"])
    members.saw(np.array([[1.0]]))
    assert members.result(0)[0].steps_done == 0
