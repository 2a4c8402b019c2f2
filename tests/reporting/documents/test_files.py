"""Files of a report: whole or not at all, and never in the place of what is no file."""

import os
from pathlib import Path
from threading import Thread

import pytest

from gradx.base.errors import ResultsError
from gradx.reporting.documents.files import written


def test_text_is_utf8_and_bytes_are_as_they_are(tmp_path: Path) -> None:
    assert written(tmp_path / "a", "é\ud800") == 8
    assert (tmp_path / "a").read_bytes() == "é".encode() + rb"\ud800"
    assert written(tmp_path / "a", b"\xff") == 1
    assert (tmp_path / "a").read_bytes() == b"\xff"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("old")
    (tmp_path / "link").symlink_to("target")
    written(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_text() == "new"


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    pipe, got = tmp_path / "pipe", list[bytes]()
    os.mkfifo(pipe)
    reader = Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    written(pipe, "text")
    reader.join()
    assert got == [b"text"]
    assert pipe.is_fifo()


@pytest.mark.parametrize("name", ["none/a", "folder"])
def test_what_cannot_be_written_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(ResultsError, match=f"cannot write {tmp_path / name}: "):
        written(tmp_path / name, "text")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
