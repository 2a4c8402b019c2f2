"""Colours that can be read and told apart."""

import json

import pytest

from gradx.reporting.colours import ONE_SIDED, TWO_SIDED, contrast
from gradx.reporting.html import assets
from gradx.reporting.html.palette import DARK, LIGHT, css

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


def test_both_schemes_name_the_same_colours():
    assert LIGHT.keys() == DARK.keys()
    assert css().count("--c7:") == 4  # light, dark by the system, dark by the reader, print


def test_scripts_and_figures_share_the_colours_of_maps():
    script = assets.text("colours.js")
    for name, stops in (("ONE", ONE_SIDED), ("TWO", TWO_SIDED)):
        assert f"const {name} = [{', '.join(map(json.dumps, stops))}];" in script
