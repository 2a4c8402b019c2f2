"""What normalizations do not go with, said before anything runs; raw data may be anything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradx.families import parts
from gradx.normalizations import AnyNormalization

KINDS = parts(AnyNormalization)


def said(kind, **data):
    return [message for _, message in KINDS[kind].misfits({"architecture": "mlp", "normalization": kind, **data})]


def test_batch_norm_needs_a_batch():
    assert said("batch", batch_size=1) == ["normalization batch needs a batch_size of at least 2 (got 1)"]
    assert said("batch") == said("batch", batch_size=2) == []


def test_groups_divide_the_width():
    assert said("group") == said("group", width=24) == []
    assert said("group", width=12) == ["width 12 cannot be divided into 8 groups of equal size"]
    assert said("group", normalization={"kind": "group", "groups": 7}) == [
        "width 64 cannot be divided into 7 groups of equal size"
    ]


def test_a_group_of_one_unit_is_only_for_images():
    assert said("group", width=8) == ["8 groups of one unit each: what is normalized would always be 0"]
    assert said("group", width=8, architecture={"kind": "cnn"}) == []


@pytest.mark.parametrize("kind", ["weight", "spectral"])
def test_weights_that_start_at_zero_have_no_direction(kind):
    assert said(kind, init={"kind": "fixup"}) == [
        f"normalization {kind} divides by the weights, and init fixup starts some at zero"
    ]
    assert said(kind, init="orthogonal") == said(kind) == []


anything = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.integers()))


@given(
    kind=st.sampled_from(sorted(KINDS)),
    data=st.dictionaries(st.sampled_from(["width", "batch_size", "init"]), anything),
)
def test_garbage_is_left_to_others(kind, data):
    list(KINDS[kind].misfits({**data, "normalization": {"kind": kind, "groups": data.get("init")}}))
