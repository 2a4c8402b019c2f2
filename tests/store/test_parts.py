"""Parts keep every bit, and a write that fails leaves everything as it was."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gradx.base.errors import ResultsError
from gradx.store import parts
from gradx.store.paths import temporary

BITS = arrays(np.uint64, st.integers(0, 300), elements=st.integers(0, 2**64 - 1))  # every float64 there is
TEXT = st.lists(st.text(max_size=8), max_size=120)


@given(bits=BITS)
def test_every_bit_of_a_float_survives(tmp_path_factory: pytest.TempPathFactory, bits: np.ndarray) -> None:
    path = tmp_path_factory.getbasetemp() / "floats.parquet"
    parts.write_table(path, {"value": bits.view(np.float64)})
    assert np.array_equal(pd.read_parquet(path)["value"].to_numpy().view(np.uint64), bits)


@given(text=TEXT)
def test_every_text_survives(tmp_path_factory: pytest.TempPathFactory, text: list[str]) -> None:
    path = tmp_path_factory.getbasetemp() / "text.parquet"
    parts.write_table(path, {"text": np.array([*text, None], dtype=object)[:-1], "n": np.arange(len(text))})
    assert pd.read_parquet(path)["text"].tolist() == text


def test_nan_is_not_null(tmp_path: Path) -> None:
    parts.write_table(tmp_path / "a.parquet", {"value": [float("nan"), None]})
    column = pq.read_table(tmp_path / "a.parquet")["value"]
    assert column.null_count == 1
    assert column.is_null().to_pylist() == [False, True]


def test_long_tables_are_compressed(tmp_path: Path) -> None:
    parts.write_table(tmp_path / "a.parquet", {"text": ["tanh"] * 10_000, "value": np.ones(10_000)})
    group = pq.read_metadata(tmp_path / "a.parquet").row_group(0)
    assert {group.column(i).compression for i in range(2)} == {"ZSTD"}
    assert "BYTE_STREAM_SPLIT" in group.column(1).encodings
    assert (tmp_path / "a.parquet").stat().st_size < 2000


def test_equal_text_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    parts.write_text(path, "seed: 0\n")
    before = path.stat()
    parts.write_text(path, "seed: 0\n")
    assert path.stat().st_ino == before.st_ino
    parts.write_text(path, "seed: 1 # é\n")
    assert path.read_bytes() == "seed: 1 # é\n".encode()


def test_json_has_no_nan(tmp_path: Path) -> None:
    parts.write_json(tmp_path / "a.json", {"path": "\udc80", "device": None})
    assert json.loads((tmp_path / "a.json").read_text()) == {"path": "\udc80", "device": None}
    with pytest.raises(ValueError, match="Out of range"):
        parts.write_json(tmp_path / "a.json", {"value": float("nan")})


def test_the_mode_of_a_file_is_the_users(tmp_path: Path) -> None:
    parts.write_text(tmp_path / "a.txt", "")
    (tmp_path / "b.txt").touch()
    assert (tmp_path / "a.txt").stat().st_mode == (tmp_path / "b.txt").stat().st_mode


@pytest.mark.parametrize(
    ("stage", "number", "sentence"),
    [
        ("fsync", errno.ENOSPC, "the disk is full: free some space"),
        ("open", errno.ENOSPC, "the disk is full: free some space"),
        ("open", errno.EACCES, "permission denied: choose another"),
        ("open", errno.EROFS, "the file system is read-only: choose another"),
        ("replace", errno.EPERM, "permission denied: choose another"),
        ("replace", errno.EIO, os.strerror(errno.EIO)),
    ],
)
def test_a_failed_write_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str, number: int, sentence: str
) -> None:
    """Permissions do not bind root, so the refusals of the operating system are played."""
    path = tmp_path / "a.parquet"
    parts.write_table(path, {"value": [1.0]})

    def refuse(*_: Any) -> None:
        raise OSError(number, os.strerror(number))

    if stage == "open":
        monkeypatch.setattr(parts, "open", refuse, raising=False)
    else:
        monkeypatch.setattr(os, stage, refuse)
    with pytest.raises(ResultsError, match=sentence) as caught:
        parts.write_table(path, {"value": [2.0]})
    assert str(caught.value).startswith(f"cannot write {path}: ")
    assert os.listdir(tmp_path) == ["a.parquet"]
    assert pd.read_parquet(tmp_path)["value"].tolist() == [1.0]


LIMITED = """
import resource, sys
from pathlib import Path
from gradx.base.errors import ResultsError
from gradx.store.parts import write_bytes
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
try:
    write_bytes(Path(sys.argv[1]), bytes(50_000))
except ResultsError as error:
    sys.exit(str(error))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of file sizes there")
def test_a_write_cut_short_by_the_system_leaves_nothing(tmp_path: Path) -> None:
    """A true short write: the system takes 10 000 of 50 000 bytes, then refuses, as a full disk does."""
    command = [sys.executable, "-c", LIMITED, str(tmp_path / "a.bin")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "exceeds the size limit" in done.stderr
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("place", "sentence"),
    [("file/a.txt", "a file stands where a directory belongs"), ("folder", "a directory stands where a file belongs")],
)
def test_something_else_in_the_way(tmp_path: Path, place: str, sentence: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(ResultsError, match=sentence):
        parts.write_text(tmp_path / place, "x")
    assert sorted(os.listdir(tmp_path)) == ["file", "folder"]


@pytest.mark.parametrize("links", [True, False], ids=["hard links", "no hard links"])
def test_a_new_file_never_replaces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))

    if not links:
        monkeypatch.setattr(os, "link", refuse)
    parts.write_bytes(tmp_path / "a", b"first", new=True)
    with pytest.raises(FileExistsError):
        parts.write_bytes(tmp_path / "a", b"second", new=True)
    assert os.listdir(tmp_path) == ["a"]
    assert (tmp_path / "a").read_bytes() == b"first"


def test_nobody_reads_a_temporary_file(tmp_path: Path) -> None:
    parts.write_table(tmp_path / "a.parquet", {"value": [1.0]})
    aside = temporary(tmp_path / "a.parquet")
    aside.write_bytes(b"half a part")
    assert pd.read_parquet(tmp_path)["value"].tolist() == [1.0]
    assert list(tmp_path.glob("*.parquet")) == [tmp_path / "a.parquet"]
    assert temporary(tmp_path / "a.parquet") != aside
