"""A full disk and a read-only directory: one clear error, and what was finished stays readable."""

import builtins
import errno
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from store.material import a_block, check_tidy, check_whole, opened, save

from gradx.base.errors import ResultsError
from gradx.store import parts
from gradx.store.runs import Results

OLD = {"a": 0.0, "b": 0.0, "c": 0.0}


@pytest.fixture(scope="module")
def three_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    results = opened(tmp_path_factory.mktemp("three") / "results")
    save(results, [{"run": run, "status": "finished", "offset": 0.0} for run in "ab"])
    save(results, {"run": "c", "status": "failed", "offset": 0.0})
    return results.paths.root


class FullDisk:
    """Takes a number of writes, then no more, as long as `full`; removing always works."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, allowed: int) -> None:
        self.left = allowed
        self.full = False
        monkeypatch.setattr(parts, "open", self.open, raising=False)
        monkeypatch.setattr(os, "fsync", lambda _: None)

    def open(self, path: Path, mode: str) -> Any:
        file = builtins.open(path, mode)  # noqa: SIM115 - the caller closes it
        real, disk = file.write, self

        class Limited:
            def __enter__(self) -> Any:
                return self

            def __exit__(self, *_: object) -> None:
                file.close()

            def __getattr__(self, name: str) -> Any:
                return getattr(file, name)

            def write(self, data: Any) -> int:
                disk.full |= disk.left == 0
                if disk.full:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                disk.left -= 1
                return real(data)

        return Limited()


def again(results: Results) -> None:
    with results.claim(["b", "c", "d"], done=lambda _: ()) as claim:
        claim.write(a_block(["c", "b"], offset=1.0))
        claim._spill()
        claim.write(a_block(["d"], offset=1.0))
        claim.commit([{"run": run, "offset": 1.0, "new": run} for run in "bcd"])


def failure_of(do: Callable[[Results], None], results: Results) -> str:
    try:
        do(results)
    except ResultsError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("do", "after"),
    [
        (again, {"a": 0.0, "b": 1.0, "c": 1.0, "d": 1.0}),
        (lambda results: results.remove(["a"]), {"b": 0.0, "c": 0.0}),
        (lambda results: results.compact(), OLD),
    ],
    ids=["commit", "remove", "compact"],
)
def test_the_disk_is_full_from_any_write_on(
    tmp_path: Path, three_runs: Path, do: Callable[[Results], None], after: dict[str, float]
) -> None:
    for allowed in range(0, 300, 3):
        results = Results(shutil.copytree(three_runs, tmp_path / f"{allowed}"))
        with pytest.MonkeyPatch.context() as monkeypatch:
            disk = FullDisk(monkeypatch, allowed)
            error = failure_of(do, results)
            assert bool(error) == disk.full
            assert not error or re.match("cannot write .*: the disk is full: free some space and start again", error)
            assert check_whole(Results(results.paths.root)) in (OLD, after)
        do(results)
        assert check_whole(results) == after
        results.compact()
        check_tidy(results)
        if not disk.full:
            break
    else:
        pytest.fail("never done")
    assert allowed > 2


@pytest.fixture
def read_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Permissions do not bind root, so the refusals of the operating system are played."""

    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    real, real_method = builtins.open, Path.open

    def only_read(path: Any, mode: str = "r", *more: Any) -> Any:
        return refuse() if set(mode) & set("wax+") else real(path, mode, *more)

    monkeypatch.setattr(parts, "open", only_read, raising=False)
    monkeypatch.setattr(
        Path, "open", lambda path, mode="r", *m: real_method(path, mode, *m) if mode in ("r", "rb") else refuse()
    )
    for call in ("replace", "link", "unlink", "mkdir", "rename"):
        monkeypatch.setattr(os, call, refuse)


@pytest.mark.usefixtures("read_only")
def test_what_is_there_can_be_read_where_nothing_can_be_written(three_runs: Path) -> None:
    results = Results(three_runs)
    assert check_whole(results) == OLD
    assert not results.claim(["a", "b"]).runs
    assert results.busy(["a", "c"]) == frozenset()
    for do in (lambda: results.claim(["c"]), lambda: results.remove(["a"]), results.compact, results.write_summary):
        with pytest.raises(ResultsError, match=r"the file system is read-only: choose another results directory"):
            do()
    assert check_whole(Results(three_runs)) == OLD


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP])
def test_a_file_system_without_locks_is_named(three_runs: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    fcntl = pytest.importorskip("fcntl")

    def refuse(*_: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(ResultsError, match=r"cannot lock .*\.lock: its file system has no file locks: choose another"):
        Results(three_runs).claim(["c"])
