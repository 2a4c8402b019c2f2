"""`expect` in a spec: claims about each run and about all of a sweep; written back as they were, no part of a run."""

import pytest
from common.specs import MINIMAL, written

from gradx.base.claims import Claim
from gradx.base.errors import SpecError
from gradx.base.written import written as as_yaml
from gradx.spec import Experiment, load

EXPECT = ["solved", {"where": "depth >= 20", "that": "share(solved) >= 0.8"}, {"that": "median(growth.depth) < 0.7"}]


def test_claims_of_both_kinds(tmp_path):
    one = load(written(tmp_path, as_yaml(MINIMAL | {"expect": EXPECT})))
    assert one.expect == ["solved", Claim(**EXPECT[1]), Claim(**EXPECT[2])]
    assert one.claims == ["solved"]
    assert one.resolved()["expect"] == EXPECT
    assert one.flat()["expect"] == "solved, share(solved) >= 0.8 where depth >= 20, median(growth.depth) < 0.7"


def test_they_are_written_back(tmp_path):
    one = Experiment(**MINIMAL, expect=EXPECT)
    again = load(written(tmp_path, as_yaml(one.resolved())))
    assert again == one


def test_they_are_no_part_of_a_run():
    assert Experiment(**MINIMAL, expect=EXPECT).run == Experiment(**MINIMAL).run
    assert Experiment(**MINIMAL, expect=EXPECT).shape == Experiment(**MINIMAL).shape


def test_mistakes_are_placed(tmp_path):
    text = """\
architecture: mlp
task: digits
expect:
- slved
- {where: depth = 20, that: shre(solved) >= 0.8}
- {that: all(verdict.depth == 'vanshing')}
- 3
- {were: depth > 1}
- {that: 3}
"""
    with pytest.raises(SpecError) as caught:
        load(written(tmp_path, text))
    assert [(problem.line, problem.path) for problem in caught.value.problems] == [
        (4, "expect[0]"), (5, "expect[1].where"), (5, "expect[1].that"), (6, "expect[2].that"), (7, "expect[3]"),
        (8, "expect[4].that"), (8, "expect[4].were"), (9, "expect[5].that"),
    ]  # fmt: skip
    assert "did you mean 'vanishing'?" in str(caught.value)
