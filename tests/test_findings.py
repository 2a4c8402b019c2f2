"""What does not go together is looked for in raw data, which may be anything: nothing but findings comes of it."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gradx.families import KEYS, parts
from gradx.findings import READS, findings
from gradx.residuals import AnyResidual

LEAVES = (
    st.none() | st.booleans() | st.integers(-3, 70) | st.floats() | st.sampled_from(["rnn", "mlp", "lru", "", "norm"])
)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["kind", "cell"]), inner, max_size=2),
    max_leaves=4,
)


def part(key):
    """Anything, or a part of the right family with anything in its fields."""
    kinds = parts(KEYS[key])

    def filled(kind):
        names = sorted(set(kinds[kind].model_fields) - {"kind"}) or ["idle"]
        return st.dictionaries(st.sampled_from(names), ANYTHING, max_size=3).map(lambda some: {**some, "kind": kind})

    return ANYTHING | st.sampled_from(sorted(kinds)) | st.sampled_from(sorted(kinds)).flatmap(filled)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.fixed_dictionaries({}, optional={key: part(key) if key in KEYS else ANYTHING for key in READS}))
@example({"architecture": "rnn", "normalization": {"kind": [1]}})
@example({"architecture": {"kind": "seq2seq", "cell": ["gru"]}, "normalization": {"kind": {}}})
def test_a_finding_is_a_place_and_a_message(data):
    for place, message in findings(data):
        assert isinstance(place, tuple)
        assert message


@pytest.mark.parametrize(("kind", "part"), parts(AnyResidual).items())
def test_a_part_that_is_not_used_is_told_once(kind, part):
    """With a depth of 1, which is too little for a skip where there may be one."""
    found = list(findings({"architecture": "rnn", "residual": kind, "depth": 1, "normalization": "batch"}))
    about = [message for place, message in found if place == ("residual",)]
    assert about == ["architecture rnn does not use 'residual'"] * part.skips
