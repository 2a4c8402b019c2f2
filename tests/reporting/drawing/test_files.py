"""Figures as files: the same figure gives the same bytes in any process, whatever the user's style."""

import os
import subprocess
import sys

import matplotlib
import pytest
from reporting.drawing.charts import ABOVE, BELOW, FALLING, FLAT, heat, lines

from gradx.reporting.drawing import figure, rendered
from gradx.reporting.elements import FORMATS

PROGRAM = """
import hashlib
from gradx.reporting.drawing import figure, rendered
from gradx.reporting.elements import *
x, y, value = Axis("x"), Axis("y", log=True), Axis("v")
words = [["vanishing", "stable", ""], ["odd", "even", "failed"]]
image = [[column * 1.0 for column in range(60)]] * 60
charts = [
    LineChart("a", "A $", x, y, [Series("s", [1, 2], [0.0, 3.0], [1, 2], [3, 4])], events=[Event(1, "e")]),
    HeatMap("b", "B", x, y, [1, 2, 3], [1, 2], [[None] * 3] * 2, value, words=words),
    HeatMap("c", "C", x, y, list(range(60)), list(range(60)), image, value),
]
for chart, format in zip(charts, ("pdf", "svg", "svg")):
    print(hashlib.sha256(rendered(figure(chart), format)).hexdigest())
"""


def test_the_same_bytes_in_any_process() -> None:
    command = [sys.executable, "-c", PROGRAM]
    environments = [os.environ | {"PYTHONHASHSEED": seed} for seed in ("1", "2")]
    found = [
        subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout for env in environments
    ]
    assert found[0] == found[1]
    assert len(set(found[0].split())) == 3


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_figure_gives_the_same_bytes(format) -> None:
    drawn = figure(lines(FALLING, FLAT, limits=[BELOW, ABOVE]))
    assert rendered(drawn, format) == rendered(drawn, format)


def test_no_date_is_in_a_file() -> None:
    for format in FORMATS:
        content = rendered(figure(lines(FLAT)), format)
        assert b"CreationDate" not in content
        assert b"dc:date" not in content


def test_letters_are_shapes_in_svg_and_true_type_in_pdf() -> None:
    drawn = figure(lines(FLAT))
    assert b"<text" not in rendered(drawn, "svg")
    assert b"/Type3" not in rendered(drawn, "pdf")


def test_hostile_text_stays_text_in_svg() -> None:
    drawn = figure(heat([[1.0, 2.0]], rows=["--><script>alert(1)</script>"], title="</svg><script>"))
    assert b"<script" not in rendered(drawn, "svg")


def test_the_style_of_the_user_changes_nothing_and_is_not_changed() -> None:
    plain = rendered(figure(lines(FLAT)), "svg")
    with matplotlib.rc_context(
        {"font.size": 30, "axes.facecolor": "black", "svg.fonttype": "none", "lines.linewidth": 9}
    ):
        before = dict(matplotlib.rcParams)
        assert rendered(figure(lines(FLAT)), "svg") == plain
        assert dict(matplotlib.rcParams) == before


def test_pyplot_is_never_imported() -> None:
    code = "import sys, gradx.reporting.drawing as d; assert 'matplotlib.pyplot' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_other_formats_are_refused() -> None:
    with pytest.raises(ValueError, match=r"cannot write 'gif' \(allowed: svg, pdf, png\)"):
        rendered(figure(lines(FLAT)), "gif")
