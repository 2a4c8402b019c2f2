"""Value forms: the ends, the number of values, exact decimals, and draws that depend on nothing but seed and name."""

import math
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gradx.axes.forms import FormError, expand

quick = settings(deadline=None, max_examples=200, derandomize=True)
decimals = st.integers(-1_000_000, 1_000_000).map(lambda number: number / 1000)


def refusal(form):
    with pytest.raises(FormError) as error:
        expand(form, "lr")
    return error.value.mistakes


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"range": [0, 5]}, [0, 1, 2, 3, 4]),
        ({"range": [2, 11, 4]}, [2, 6, 10]),
        ({"range": [5, 0, -2]}, [5, 3, 1]),
        ({"range": [0, 1, 0.1]}, [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]),
        ({"range": [1, 0.5, -0.2]}, [1.0, 0.8, 0.6]),
        ({"linspace": [0, 10, 5]}, [0.0, 2.5, 5.0, 7.5, 10.0]),
        ({"linspace": [0.1, 0.5, 5]}, [0.1, 0.2, 0.3, 0.4, 0.5]),
        ({"linspace": [10, 2, 5]}, [10, 8, 6, 4, 2]),
        ({"logspace": [1e-4, 1, 5]}, [0.0001, 0.001, 0.01, 0.1, 1.0]),
        ({"logspace": [1e-5, 0.1, 5]}, [1e-05, 0.0001, 0.001, 0.01, 0.1]),
        ({"logspace": [16, 128, 4]}, [16, 32, 64, 128]),
        ({"logspace": [1000, 1, 4]}, [1000, 100, 10, 1]),
        ({"logspace": [1, 100, 2]}, [1, 100]),
        ({"logspace": [0.1, 7.3, 2]}, [0.1, 7.3]),
    ],
)
def test_values_as_a_person_expects_them(form, expected):
    assert repr(expand(form, "lr")) == repr(expected)


@quick
@given(st.integers(-99, 99), st.integers(-99, 99), st.integers(-9, 9).filter(bool))
def test_a_range_of_whole_numbers_is_pythons(start, stop, step):
    expected = list(range(start, stop, step))
    assert (
        expand({"range": [start, stop, step]}, "x") == expected if expected else refusal({"range": [start, stop, step]})
    )


@quick
@given(decimals, st.integers(1, 200), st.integers(1, 10_000).map(lambda number: number / 1000))
def test_a_range_of_decimals_gathers_no_error(start, count, step):
    stop = float(Fraction(repr(start)) + count * Fraction(repr(step)))
    found = expand({"range": [start, stop, step]}, "x")
    assert found == [float(Fraction(repr(start)) + index * Fraction(repr(step))) for index in range(count)]


@quick
@given(decimals, decimals, st.integers(2, 60))
def test_linspace_has_both_ends_and_equal_steps(low, high, count):
    assume(low != high)
    found = expand({"linspace": [low, high, count]}, "x")
    assert (found[0], found[-1], len(found)) == (low, high, count)
    exact = [Fraction(repr(low)) + (Fraction(repr(high)) - Fraction(repr(low))) * i / (count - 1) for i in range(count)]
    assert found == list(map(float, exact))


@quick
@given(st.floats(1e-9, 1e9), st.floats(1e-9, 1e9), st.integers(2, 60))
def test_logspace_has_both_ends_and_equal_factors(low, high, count):
    assume(abs(math.log(high / low)) > 1e-3)
    found = expand({"logspace": [low, high, count]}, "x")
    assert (found[0], found[-1], len(found)) == (low, high, count)
    factor = (math.log(high) - math.log(low)) / (count - 1)
    assert all(abs(math.log(value / low) - index * factor) < 1e-10 for index, value in enumerate(found))


draws = st.sampled_from(
    [{"uniform": [0.8, 1.2]}, {"log_uniform": [1e-4, 1]}, {"randint": [0, 500]}, {"uniform": [-3, 0]}]
)


@quick
@given(draws, st.integers(1, 60), st.integers(0, 3))
def test_draws_are_reproducible_different_and_within(draw, count, seed):
    form = {"random": draw, "n": count, "seed": seed}
    found, (low, high) = expand(form, "lr"), next(iter(draw.values()))
    assert found == expand(form, "lr")
    assert len(set(found)) == count
    assert all(low <= value <= high for value in found)
    assert found == expand({**form, "n": 2 * count}, "lr")[:count]  # a larger n keeps the runs of the smaller
    assert count < 3 or (found != expand(form, "depth") and found != expand({**form, "seed": seed + 1}, "lr"))


def test_draws_never_change():
    form = {"random": {"log_uniform": [1e-4, 1]}, "n": 3}
    assert expand(form, "optimizer.lr") == expand({**form, "seed": 0}, "optimizer.lr")
    assert expand(form, "lr") == [0.0010310629, 0.020635488, 0.057735293]
    assert expand({"random": {"randint": [0, 10]}, "n": 10}, "lr") == [2, 6, 7, 0, 9, 3, 1, 5, 4, 8]


def test_draws_are_spread_as_their_name_says():
    logs = [math.log10(x) for x in expand({"random": {"log_uniform": [1e-4, 1]}, "n": 4000}, "lr")]
    plain = expand({"random": {"uniform": [-1, 3]}, "n": 4000}, "lr")
    assert sum(logs) / 4000 == pytest.approx(-2, abs=5 * 4 / math.sqrt(12 * 4000))  # five standard errors
    assert sum(plain) / 4000 == pytest.approx(1, abs=5 * 4 / math.sqrt(12 * 4000))
    assert all(abs(sum(start <= x < start + 1 for x in logs) - 1000) < 5 * math.sqrt(750) for start in (-4, -3, -2, -1))
    whole = expand({"random": {"randint": [0, 10**12]}, "n": 4000}, "seed")
    assert sum(whole) / 4000 == pytest.approx(5e11, abs=5e12 / math.sqrt(12 * 4000))


@pytest.mark.parametrize(
    ("form", "place", "said"),
    [
        ({"range": [0]}, ("range",), "a list of 2 or 3 numbers (got 1 items)"),
        ({"range": 5}, ("range",), "a list of 2 or 3 numbers (got 5)"),
        ({"range": [0, "a"]}, ("range", 1), "must be a number (got 'a')"),
        ({"range": [0, True]}, ("range", 1), "must be a number (got true)"),
        ({"range": [0, float("inf")]}, ("range", 1), "must be a finite number (got .inf)"),
        ({"range": [0, 10**400]}, ("range", 1), "must lie between"),
        ({"range": [0, 5, 0]}, ("range", 2), "must not be 0"),
        ({"range": [5, 5]}, ("range",), "holds no value"),
        ({"range": [0, 5, -1]}, ("range",), "holds no value"),
        ({"range": [0, 1e9, 1]}, ("range",), "1,000,000,000 values; at most 1,000,000"),
        ({"range": [0, 5], "n": 3}, ("n",), "unknown key 'n' (allowed here: range)"),
        ({"range": [0, 5], "linspace": [0, 1, 2]}, (), "must be a list of values or one of {range"),
        ({"rnge": [0, 5]}, (), "did you mean 'range'?"),
        ({"linspace": [0, 1]}, ("linspace",), "a list of 3 numbers (got 2 items)"),
        ({"linspace": [0, 1, 2.5]}, ("linspace", 2), "a whole number, at least 2 (got 2.5)"),
        ({"linspace": [0, 1, 1]}, ("linspace", 2), "a whole number, at least 2 (got 1)"),
        ({"linspace": [1, 1, 3]}, ("linspace",), "both ends are 1"),
        ({"linspace": [0, 1, 10**7]}, ("linspace", 2), "10,000,000 values"),
        ({"logspace": [0, 1, 3]}, ("logspace", 0), "must be greater than 0 (got 0)"),
        ({"random": {"uniform": [0, 1]}}, (), "missing key 'n'"),
        ({"random": {"normal": [0, 1]}, "n": 3}, ("random",), "must be one of {uniform: [a, b]}"),
        ({"random": [0, 1], "n": 3}, ("random",), "must be one of {uniform: [a, b]}"),
        ({"random": {"uniform": [0, 1]}, "n": 0}, ("n",), "from 1 to 1,000,000 (got 0)"),
        ({"random": {"uniform": [0, 1]}, "n": 2.0}, ("n",), "from 1 to 1,000,000 (got 2.0)"),
        ({"random": {"uniform": [0, 1]}, "n": 2, "seed": -1}, ("seed",), "at least 0 (got -1)"),
        ({"random": {"uniform": [1, 0]}, "n": 2}, ("random", "uniform"), "must be less than the second"),
        ({"random": {"uniform": [1, 1.0000000000000002]}, "n": 9}, ("random", "uniform"), "too close together"),
        ({"random": {"log_uniform": [-1, 1]}, "n": 2}, ("random", "log_uniform", 0), "greater than 0 (got -1)"),
        ({"random": {"randint": [0, 3]}, "n": 4}, ("n",), "only 3 whole numbers from 0 to 2 (got 4)"),
        ({"random": {"randint": [0, 3.5]}, "n": 2}, ("random", "randint"), "must be whole numbers"),
    ],
)
def test_wrong_forms_say_where_and_what(form, place, said):
    (mistake,) = refusal(form)
    assert mistake[0] == place
    assert said in mistake[1]
