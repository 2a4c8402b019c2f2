"""A run belongs to one process at a time, and to nobody as soon as that has ended."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from store.material import a_block, check_tidy, check_whole, opened, save

from gradx.base.errors import ResultsError
from gradx.store import journal, locks
from gradx.store.claims import ClaimLostError
from gradx.store.runs import Results

HELPER = """
import os, sys, time
from pathlib import Path
sys.path[:0] = {path!r}
from gradx.store.runs import Results
from store.material import a_block, opened
results = Results(Path({root!r}))
def say(*words): print(*words, flush=True)
def hear(): return sys.stdin.readline().strip()
{script}
"""
Start = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def results(tmp_path: Path) -> Results:
    return opened(tmp_path / "results")


@pytest.fixture
def start(results: Results) -> Iterator[Start]:
    """Starts another process with a script that talks over its standard streams."""
    started: list[subprocess.Popen[str]] = []
    path = [str(Path(__file__).parents[1])]

    def start(script: str) -> "subprocess.Popen[str]":
        code = HELPER.format(path=path, root=str(results.paths.root), script=script)
        process = subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def hear(process: "subprocess.Popen[str]") -> list[str]:
    assert process.stdout is not None
    return process.stdout.readline().split()


def tell(process: "subprocess.Popen[str]", line: str = "go on") -> None:
    assert process.stdin is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()


def test_a_claim_takes_what_is_neither_done_nor_busy(results: Results) -> None:
    save(results, [{"run": "f", "status": "finished"}, {"run": "d", "status": "diverged"}])
    save(results, {"run": "x", "status": "failed"})
    with results.claim(["f", "d", "x", "new"]) as claim:
        assert claim.runs == {"x", "new"}
        assert claim.busy == frozenset()
        with results.claim(["new", "newer"]) as second:
            assert second.runs == {"newer"}
            assert second.busy == {"new"}
        assert results.busy(["new", "newer", "f"]) == {"new"}
        with results.claim(["x"]) as third:
            assert (third.runs, third.busy, third.token) == (set(), {"x"}, "")
        with results.claim(["f", "x"], done=lambda index: [run for run in index if run == "x"]) as fourth:
            assert fourth.runs == {"f"}
    assert results.busy(["new", "newer", "f", "x"]) == frozenset()
    check_tidy(results)


def test_a_claim_that_is_left_without_a_commit_leaves_nothing(results: Results) -> None:
    with results.claim(["a"]) as claim:
        claim.write(a_block(["a"]))
        claim._spill()
    assert not claim.committed
    assert results.index() == {}
    check_tidy(results)


def test_discarded_work_is_not_committed(results: Results) -> None:
    with results.claim(["a", "b"]) as claim:
        claim.write(a_block(["a"], offset=7.0))
        claim._spill()
        claim.write(a_block(["b"], offset=7.0))
        claim.discard()
        claim.write(a_block(["a"]))
        claim.commit([{"run": "a", "offset": 0.0}])
    assert check_whole(results) == {"a": 0.0}
    check_tidy(results)


def test_later_results_replace_earlier_ones_run_by_run(results: Results) -> None:
    save(results, [{"run": run, "offset": 0.0} for run in "abc"])
    save(results, [{"run": "d", "offset": 0.0}])
    save(results, [{"run": run, "offset": 1.0} for run in "bd"], offset=1.0)
    assert check_whole(results) == {"a": 0.0, "b": 1.0, "c": 0.0, "d": 1.0}
    check_tidy(results)


def test_a_claimed_run_without_a_new_row_keeps_its_old_result(results: Results) -> None:
    save(results, [{"run": run, "offset": 0.0} for run in "abc"])
    with results.claim(["a", "b", "c"], done=lambda _: ()) as claim:
        claim.write(a_block(["b"], offset=1.0))
        claim.commit([{"run": "b", "offset": 1.0}])
    assert check_whole(results) == {"a": 0.0, "b": 1.0, "c": 0.0}
    check_tidy(results)


def test_mistakes_are_refused_before_anything_is_written(results: Results) -> None:
    with results.claim(["a", "b"]) as claim:
        with pytest.raises(ValueError, match="not claimed: c"):
            claim.write(a_block(["a", "c"]))
        with pytest.raises(ValueError, match="not claimed: c"):
            claim.commit([{"run": "c"}])
        with pytest.raises(ValueError, match="one row for each"):
            claim.commit([{"run": "a"}, {"run": "a"}])
        with pytest.raises(TypeError, match="'init'"):
            claim.commit([{"run": "a", "init": {"gain": 1}}])
        claim.commit([])
        assert not claim.committed
        claim.write(a_block(["b"]))
        with pytest.raises(ValueError, match="one row for each"):
            claim.commit([{"run": "a"}])
        claim.commit([{"run": "b", "offset": 0.0}])
        with pytest.raises(ValueError, match="committed already"):
            claim.commit([{"run": "a"}])
    with results.claim([]) as nothing:
        nothing.commit([])
        nothing.discard()
        assert not nothing.committed
    assert check_whole(results) == {"b": 0.0}


def test_two_processes_that_want_overlapping_runs_share_them(results: Results, start: Start) -> None:
    script = """
with results.claim(["a", "b", "c"]) as claim:
    say(*sorted(claim.runs))
    hear()
    claim.write(a_block(sorted(claim.runs)))
    claim.commit([{"run": run, "status": "finished", "offset": 0.0} for run in claim.runs])
say("left")
"""
    other = start(script)
    assert hear(other) == ["a", "b", "c"]
    with results.claim(["b", "c", "d"]) as claim:
        assert (claim.runs, claim.busy) == ({"d"}, {"b", "c"})
        tell(other)
        results.wait(["b"])
        assert hear(other) == ["left"]
        claim.write(a_block(["d"]))
        claim.commit([{"run": "d", "status": "finished", "offset": 0.0}])
    with results.claim("abcd") as claim:
        assert not claim.runs
    assert check_whole(results) == dict.fromkeys("abcd", 0.0)
    check_tidy(results)


def test_a_killed_process_holds_nothing(results: Results, start: Start) -> None:
    script = """
claim = results.claim(["a"])
claim.write(a_block(["a"], offset=9.0))
claim._spill()
say(claim.token)
hear()
"""
    other = start(script)
    [token] = hear(other)
    assert results.busy(["a"]) == {"a"}
    other.send_signal(signal.SIGKILL)
    other.wait()
    assert results.busy(["a"]) == frozenset()
    assert results.paths.hidden_parts().keys() == {token}
    with results.claim(["a"]) as claim:
        assert claim.runs == {"a"}
        assert results.paths.hidden_parts() == {}
    with pytest.raises(ClaimLostError):
        results.join(token)
    check_tidy(results)


def test_a_worker_keeps_the_claim_of_its_killed_parent(results: Results, start: Start) -> None:
    parent = start("claim = results.claim(['a', 'b'])\nsay(claim.token)\nhear()")
    [token] = hear(parent)
    worker = start(
        f"""
with results.join({token!r}) as claim:
    say(*sorted(claim.runs))
    hear()
    claim.write(a_block(["b", "a"]))
    claim.commit([{{"run": run, "status": "finished", "offset": 0.0}} for run in "ab"])
"""
    )
    assert hear(worker) == ["a", "b"]
    parent.kill()
    parent.wait()
    with results.claim(["a", "b", "c"]) as again:
        assert (again.runs, again.busy) == ({"c"}, {"a", "b"})
    tell(worker)
    results.wait(["a", "b"])
    assert worker.wait() == 0
    assert check_whole(results) == {"a": 0.0, "b": 0.0}
    assert not results.claim(["a", "b"]).runs
    results.claim(["c"]).release()  # tidies up after the parent
    check_tidy(results)


def test_a_parent_sees_the_commit_of_its_worker(results: Results) -> None:
    save(results, {"run": "a", "status": "failed", "offset": 0.0})
    with results.claim(["a"]) as claim:
        with Results(results.paths.root).join(claim.token) as worker:
            worker.write(a_block(["a"], offset=1.0))
            worker.commit([{"run": "a", "status": "finished", "offset": 1.0}])
        assert claim.committed
        assert results.busy(["a"]) == {"a"}  # it may still look at what came out
        with pytest.raises(ClaimLostError, match="has ended"):
            results.join(claim.token)
    assert check_whole(results) == {"a": 1.0}
    check_tidy(results)


def test_a_worker_whose_parent_has_let_go_cannot_commit(results: Results) -> None:
    with results.claim(["a"]) as claim:
        worker = Results(results.paths.root).join(claim.token)
        worker.write(a_block(["a"]))
    with pytest.raises(ClaimLostError, match="nothing was written"):
        worker.commit([{"run": "a"}])
    worker.release()
    assert results.index() == {}
    check_tidy(results)


def test_what_a_dead_worker_left_does_not_get_into_the_results(results: Results) -> None:
    with results.claim(["a"]) as claim:
        dead = Results(results.paths.root).join(claim.token)
        for _ in range(3):
            dead.write(a_block(["a"], offset=9.0))
            dead._spill()
        for hidden, visible in dead._spilled[:2]:  # it was killed before its row
            os.replace(hidden, visible)
        with Results(results.paths.root).join(claim.token) as second:
            second.write(a_block(["a"]))
            second.commit([{"run": "a", "offset": 0.0}])
        dead._spilled = []
        dead.release()
    assert check_whole(results) == {"a": 0.0}
    check_tidy(results)


def test_a_foreign_claim_is_named(results: Results) -> None:
    results.paths.claims.mkdir()
    foreign = results.paths.claim("000001-0a1b2c3d")
    foreign.write_text("what?")
    with pytest.raises(ResultsError, match=r"0a1b2c3d\.lock is not a claim that gradx wrote: move it away"):
        results.claim(["a"])
    foreign.unlink()
    results.claim(["a"]).release()


def test_where_there_are_no_locks_nobody_is_kept_out(results: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "fcntl", None)
    monkeypatch.setattr(journal, "LOCKS", False)
    with results.claim(["a", "b"]) as claim:
        claim.write(a_block(["a"]))
        claim._spill()
        with results.claim(["b"]) as other:
            assert other.runs == {"b"}
            other.write(a_block(["b"]))
            other.commit([{"run": "b", "offset": 0.0}])
        results.wait(["a"])
        claim.commit([{"run": "a", "offset": 0.0}])
    assert check_whole(results) == {"a": 0.0, "b": 0.0}
    check_tidy(results)
