"""Data within a page."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradx.reporting.html.embedding import embedded, readable

TEXTS = st.text(st.characters(exclude_categories=()))
DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


def cleaned(data: Any) -> Any:
    if isinstance(data, str):
        return readable(data)
    if isinstance(data, dict):
        return {readable(key): cleaned(value) for key, value in data.items()}
    return [cleaned(value) for value in data] if isinstance(data, list) else data


@given(DATA)
def test_what_comes_back_is_what_went_in_but_for_what_cannot_be_printed(data):
    assert json.loads(embedded(data)) == cleaned(data)


@given(TEXTS)
def test_no_text_leaves_its_element(text):
    written = embedded([text])
    assert not set("<>&") & set(written)
    assert written.isprintable()


def test_lines_stay_lines():
    assert readable("one\ntwo\x1b[0m") == "one\ntwo\\x1b[0m"


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_json_has_no_word_for_is_refused(value):
    with pytest.raises(ValueError, match="Out of range"):
        embedded([value])
