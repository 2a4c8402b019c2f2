"""Properties of the YAML reader: what Python writes reads back equal, and nothing but SpecError is ever raised."""

import contextlib
import json
from pathlib import Path

import pytest
import yaml as pyyaml
from hypothesis import given, settings
from hypothesis import strategies as st

from gradx.base import yaml
from gradx.base.errors import SpecError


def values(text: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, object]]:
    leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | text
    tree = st.recursive(leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4))
    return st.dictionaries(text, tree, max_size=5)


quick = settings(deadline=None, max_examples=150, derandomize=True)


@quick
@given(values(st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]), max_size=20)))
def test_json_reads_back_equal(data: dict[str, object]) -> None:
    assert repr(yaml.parse(json.dumps(data), "f").data) == repr(data)


# Text that only YAML 1.2 takes for a number (1e5, 0o7) stands unquoted in what PyYAML writes.
@quick
@given(values(st.text(max_size=20).filter(lambda text: isinstance(yaml.scalar(text), str))))
def test_yaml_reads_back_equal(data: dict[str, object]) -> None:
    assert repr(yaml.parse(pyyaml.safe_dump(data, sort_keys=False), "f").data) == repr(data)


@quick
@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers())
def test_numbers_as_python_writes_them_read_back_equal(number: float) -> None:
    assert repr(yaml.scalar(repr(number))) == repr(number)


def refusal(text: str) -> str:
    try:
        yaml.parse(text, "f")
    except SpecError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("loader", [yaml.LOADER, pyyaml.SafeLoader], ids=["libyaml", "pure"])
def test_any_text_is_read_or_refused(loader: type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml, "LOADER", loader)
    pieces = [
        "a",
        "b: ",
        "- ",
        "? ",
        ": ",
        "{",
        "}",
        "[",
        "]",
        ",",
        "'",
        '"',
        "\\",
        "\n",
        "\n  ",
        "\t",
        "#",
        "&x ",
        "*x",
    ]
    pieces += [
        "!",
        "!!",
        "!<",
        "%",
        "%YAML ",
        "|",
        ">",
        "---",
        "...",
        "<<",
        "1e3",
        "@",
        "\\u",
        "\\UFFFFFFFF",
        "\ud800",
        "\r",
    ]

    @settings(quick, max_examples=300)
    @given(st.lists(st.sampled_from(pieces) | st.text(max_size=2), max_size=25).map("".join))
    def check(text: str) -> None:
        assert refusal(text).replace("\n", "").isprintable()
        assert refusal(f"a: {text}").replace("\n", "").isprintable()

    check()


def test_any_bytes_are_read_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"

    @quick
    @given(st.binary(max_size=60))
    def check(raw: bytes) -> None:
        path.write_bytes(raw)
        with contextlib.suppress(SpecError):
            assert isinstance(yaml.load(path).data, dict)

    check()
