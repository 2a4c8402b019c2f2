"""Columns side by side: exact where there is room, and never wider than allowed."""

from hypothesis import given
from hypothesis import strategies as st

from gradx.reporting.terminal.layout import Column, laid_out


def column(heading: str, *cells: str, **options) -> Column:
    return Column(heading, [(cell, "") for cell in cells], **options)


def lines(columns: list[Column], width: int | None = None, ascii_only: bool = False) -> list[str]:
    return [line.plain for line in laid_out(columns, width, ascii_only).lines]


def test_headings_and_cells() -> None:
    assert lines([column("name", "a", "long"), column("depth", "1", "100", right=True), column("x", "", "y")]) == [
        "name  depth  x",
        "a         1",
        "long    100  y",
    ]


def test_long_headings_are_broken_first() -> None:
    columns = [
        column("optimizer.lr", "0.1", right=True),
        column("per layer", "stable 1"),
        column("took", "1 s", rank=1),
    ]
    assert lines(columns, 26) == [
        "optimizer.  per       took",
        "        lr  layer",
        "       0.1  stable 1  1 s",
    ]
    assert lines(columns, 27) == [  # no more than it takes
        "optimizer.  per layer  took",
        "        lr",
        "       0.1  stable 1   1 s",
    ]


def test_then_columns_are_left_out_by_rank() -> None:
    columns = [column("a", "x" * 8), column("b", "y" * 8, rank=1), column("c", "z" * 8, rank=2)]
    layout = laid_out(columns, 20)
    assert [line.plain for line in layout.lines] == ["a         b", "xxxxxxxx  yyyyyyyy"]
    assert layout.left_out == ["c"]


def test_then_the_widest_is_cut_unless_it_must_not() -> None:
    columns = [column("run", "0123456789ab", whole=True), column("name", "n" * 40)]
    assert lines(columns, 24) == ["run           name", "0123456789ab  nnnnnnnnn…"]
    assert lines(columns, 24, ascii_only=True)[1] == "0123456789ab  nnnnnnn..."
    assert lines(columns)[1] == "0123456789ab  " + "n" * 40


def test_wide_characters_take_two_columns() -> None:
    assert lines([column("a", "層層", "xxxx"), column("b", "1", "2")]) == ["a     b", "層層  1", "xxxx  2"]


def test_nothing_at_all() -> None:
    assert lines([]) == []
    assert lines([column("a")]) == ["a"]


TEXTS = st.text(max_size=30)
COLUMNS = st.lists(
    st.builds(
        lambda heading, cells, right, rank, whole: column(heading, *cells, right=right, rank=rank, whole=whole),
        TEXTS, st.lists(TEXTS, min_size=3, max_size=3), st.booleans(), st.integers(0, 2), st.booleans(),
    ),
    max_size=6,
)  # fmt: skip


@given(COLUMNS, st.integers(1, 60), st.booleans())
def test_no_line_is_too_wide_and_none_acts_on_the_terminal(columns: list[Column], width: int, ascii_only: bool) -> None:
    for line in laid_out(columns, width, ascii_only).lines:
        assert line.cell_len <= width
        assert line.plain.isprintable()
        assert not ascii_only or line.plain.isascii()
