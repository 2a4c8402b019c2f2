"""Colours that can be read and told apart."""

from itertools import pairwise

import pytest

from gradx.reporting.colours import contrast
from gradx.reporting.html.palette import DARK, LIGHT, RAMPS, STEPS, css, ramp

TEXTS = ("fg", "muted", "accent", "vanishing", "exploding", "stable", "diverged", "failed")


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("behind", ["ground", "panel", "faint"])
def test_text_has_contrast(colours, name, behind):
    assert contrast(colours[name], colours[behind]) >= 4.5


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("name", [f"c{number}" for number in range(1, 8)])
def test_lines_have_contrast(colours, name):
    assert contrast(colours[name], colours["panel"]) >= 3  # WCAG 2.2, 1.4.11


def test_a_ramp_goes_through_its_stops():
    assert ramp(["#000000", "#804020", "#ffffff"], 5) == ["#000000", "#402010", "#804020", "#c0a090", "#ffffff"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_one_sided_ramps_go_one_way(scheme):
    distances = [contrast(each, LIGHT["panel"]) for each in ramp(RAMPS["one"][scheme])]
    rising = [before < after for before, after in pairwise(distances)]
    assert all(rising) or not any(rising)


def test_both_schemes_name_the_same_colours():
    assert LIGHT.keys() == DARK.keys()
    for number in range(STEPS):
        assert css().count(f"--two-{number}-ink:") == 4  # light, dark by the system, dark by the reader, print
