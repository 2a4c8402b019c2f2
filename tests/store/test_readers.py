"""Whoever reads while others write, replace, remove and compact finds every run that was there all the time, whole."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from store.material import a_block, opened, save

from gradx.store import index, rows, runs
from gradx.store.runs import Results

READERS: dict[str, Callable[[Results], set[str]]] = {
    "index": lambda results: set(results.index()),
    "rows": lambda results: set(results.rows(["a", "b", "c"])),
    "frame": lambda results: set(results.frame()["run"]),
    "trace": lambda results: set(results.trace()["run"]) if len(results.trace()) >= 18 else set(),
    "trace of some": lambda results: set(results.trace(["a", "b", "c"])["run"]),
}
WRITERS: dict[str, Callable[[Results], object]] = {
    "replaces one": lambda results: save(results, {"run": "a"}, offset=1.0),
    "replaces all of a part": lambda results: save(results, [{"run": "a"}, {"run": "b"}], offset=1.0),
    "compacts": lambda results: results.compact(),
    "adds": lambda results: save(results, {"run": "d"}),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("moment", range(4))
def test_a_writer_gets_in_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reader: str, writer: str, moment: int
) -> None:
    """The writer does all its work right before the reader opens part number `moment`."""
    results = opened(tmp_path / "results")
    save(results, [{"run": "a"}, {"run": "b"}])
    save(results, {"run": "c"})
    left = moment

    def interrupted(real: Callable[..., Any]) -> Callable[..., Any]:
        def read(*arguments: Any, **named: Any) -> Any:
            nonlocal left
            left -= 1
            if left == -1:
                WRITERS[writer](Results(results.paths.root))
            return real(*arguments, **named)

        return read

    monkeypatch.setattr(index, "read_part", interrupted(index.read_part))
    monkeypatch.setattr(rows, "read_part", interrupted(rows.read_part))
    monkeypatch.setattr(runs, "read_trace", interrupted(runs.read_trace))
    assert READERS[reader](Results(results.paths.root)) - {"d"} == {"a", "b", "c"}


def test_a_trace_is_of_the_result_that_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also while the part of the one before still holds both."""
    results = opened(tmp_path / "results")
    save(results, [{"run": "a"}, {"run": "b"}])
    with monkeypatch.context() as patched:
        patched.setattr("gradx.store.claims.forget", lambda *_: None)
        patched.setattr("gradx.store.journal.forget", lambda *_: None)
        save(results, {"run": "a"}, offset=1.0)
    assert len(results.paths.run_tokens()) == 2
    assert results.trace("a")["value"].tolist() == a_block(["a"], offset=1.0).values.ravel().tolist()
    assert len(results.trace()) == 12
    assert results.frame()["run"].tolist() == ["b", "a"]
    results.claim(["c"]).release()
    assert len(results.trace()) == 12
    assert [len(results.trace(run)) for run in "ab"] == [6, 6]
