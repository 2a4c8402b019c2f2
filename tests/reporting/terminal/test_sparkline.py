"""The mini chart: never crashes, keeps to its width, and tells zero, inf, NaN and missing apart."""

from math import inf, isfinite, isnan, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradx.reporting.terminal.sparkline import decades, sparkline

profiles = st.dictionaries(st.integers(0, 400), st.none() | st.floats(), min_size=1, max_size=60)


def plot(lines: list[str], height: int, axis: str) -> list[str]:
    """The rows without their labels."""
    return [line.partition(axis)[2] for line in lines[:height]]


@given(profiles, st.integers(40, 170), st.integers(3, 9), st.booleans())
def test_any_profile_fits_and_shows_every_special_value(profile, width, height, ascii_only) -> None:
    lines = sparkline(list(profile), list(profile.values()), width=width, height=height, ascii_only=ascii_only)
    present = [value for value in profile.values() if value is not None]
    if not present:
        assert lines == []
        return
    assert all(len(line) <= width for line in lines)
    assert not ascii_only or "".join(lines).isascii()
    rows = plot(lines, height, "|" if ascii_only else "│")
    assert ("0" in rows[-1]) == any(value == 0 for value in present)
    assert (("i" if ascii_only else "∞") in rows[0]) == any(value == inf for value in present)
    assert ("?" in rows[-2]) == any(isnan(value) or value < 0 for value in present)


@given(st.lists(st.none() | st.floats(0, exclude_min=True, allow_infinity=False), min_size=1, max_size=30))
def test_a_column_is_blank_exactly_where_a_value_is_missing(values) -> None:
    lines = sparkline(range(1, len(values) + 1), values, width=40)
    if not lines:
        assert all(value is None for value in values)
        return
    columns = [set(column) for column in zip(*(row.ljust(40) for row in plot(lines, 5, "│")), strict=True)]
    span = min((40 - lines[0].index("│") - 1) // len(values), 6)
    assert [columns[place * span] == {" "} for place in range(len(values))] == [value is None for value in values]


@given(st.lists(st.floats(), max_size=20))
def test_decades_enclose_the_values(values) -> None:
    found = decades(values)
    usable = [value for value in values if isfinite(value) and value > 0]
    assert (found is None) == (not usable)
    if found:
        low, high = found
        assert high - low >= 2
        assert all(float(f"1e{low}") * (1 - 1e-9) <= value for value in usable if low > -308)
        assert all(value <= float(f"1e{high}") * (1 + 1e-9) for value in usable)


def test_drawing() -> None:
    values = [0.0, 1e-4, nan, 1e-2, None, inf, 1.0]
    assert sparkline(range(1, 8), values, width=40, unit="layer") == [
        "1e+00 │                     ∞  ███",
        "      │                        ███",
        "1e-02 │            ▄▄▄         ███",
        "      │         ?  ███         ███",
        "1e-04 │ 0  ▁▁▁     ███         ███",
        "       1          layer           7",
        "0 exactly zero, ∞ infinite, ? not a",
        "number, blank: missing",
    ]


def test_many_positions_share_columns_by_geometric_mean() -> None:
    alternating, constant = [1e-2, 1e2] * 300, [1.0] * 600
    drawn = [sparkline(range(600), values, width=37, scale=(-4, 4)) for values in (alternating, constant)]
    assert drawn[0] == drawn[1]
    assert "geometric mean of up to 20 positions" in " ".join(drawn[0])


@pytest.mark.parametrize("special", [0.0, inf, nan])
def test_one_special_value_among_thousands_stays_visible(special) -> None:
    values = [1.0] * 5000
    values[1234] = special
    assert {0.0: "0 exactly zero", inf: "∞ infinite"}.get(special, "? not a") in " ".join(
        sparkline(range(5000), values)
    )


def test_a_flat_profile_looks_flat() -> None:
    rows = plot(sparkline(range(10), [1.0 + 0.05 * place for place in range(10)]), 5, "│")
    heights = [sum(cell != " " for cell in column) for column in zip(*(row.ljust(60) for row in rows), strict=True)]
    assert set(heights) - {0} == {3}
