"""Whatever the moment at which a process is killed: nothing that was written is lost, doubled or torn."""

import builtins
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from store.material import a_block, check_tidy, check_whole, opened, save

from gradx.store import parts
from gradx.store.runs import Results

OLD = dict.fromkeys(["a", "b", "c", "d", "e"], 0.0)


class Killed(BaseException):
    """Stands for SIGKILL: from then on this process changes nothing any more, not even to tidy up."""


class Killer:
    """Lets a number of changing system calls through, each a moment of its own, and no other after that."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, allowed: int) -> None:
        self.left = allowed
        self.dead = False
        for call in ("replace", "link", "unlink", "fsync", "fstat"):
            real = (lambda file: None) if call == "fsync" else getattr(os, call)  # nobody pulls the plug here
            monkeypatch.setattr(os, call, self.watched(real))
        monkeypatch.setattr(parts, "open", self.watched(builtins.open), raising=False)

    def watched(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            self.dead |= self.left == 0
            if self.dead:
                raise Killed
            self.left -= 1
            return real(*arguments, **named)

        return call


def do_again(results: Results, runs: str = "abe") -> None:
    save(results, [{"run": run, "offset": 1.0, "new": "x"} for run in runs], offset=1.0)


def keep_some(results: Results) -> None:
    with results.claim(["c", "d"], done=lambda _: ()) as claim:
        claim.write(a_block(["d"], offset=1.0))
        claim.commit([{"run": "d", "offset": 1.0}])


# What is done, which runs have another result after it (None: have none), and whether it changes them all at once.
ACTIONS: dict[str, tuple[Callable[[Results], None], dict[str, float | None], bool]] = {
    "commit": (lambda results: do_again(results, "fg"), {"f": 1.0, "g": 1.0}, True),
    "replace": (do_again, {"a": 1.0, "b": 1.0, "e": 1.0}, True),
    "replace some of the claimed": (keep_some, {"d": 1.0}, True),
    "remove": (lambda results: results.remove(["a", "d", "e"]), dict.fromkeys("ade"), False),
    "compact": (lambda results: results.compact(), {}, True),
}


@pytest.fixture(scope="module")
def five_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Parts with three runs, with one, and with one more that has been done again."""
    results = opened(tmp_path_factory.mktemp("five") / "results")
    save(results, [{"run": run, "offset": 0.0} for run in "abc"])
    save(results, {"run": "d", "offset": 0.0})
    save(results, {"run": "e", "status": "failed", "offset": 5.0}, offset=5.0)
    save(results, {"run": "e", "offset": 0.0})
    return results.paths.root


@pytest.mark.parametrize("action", ACTIONS)
def test_killed_between_any_two_system_calls(tmp_path: Path, five_runs: Path, action: str) -> None:
    """Readers see each run whole at once, and whoever comes next puts everything in order."""
    do, outcome, at_once = ACTIONS[action]
    after = {run: offset for run, offset in (OLD | outcome).items() if offset is not None}
    seen = []
    for allowed in range(200):
        root = shutil.copytree(five_runs, tmp_path / f"{allowed}")
        with pytest.MonkeyPatch.context() as monkeypatch, suppress(Killed):
            killer = Killer(monkeypatch, allowed)
            do(Results(root))
        seen.append(check_whole(Results(root)))
        match allowed % 3:
            case 0:
                Results(root).claim(["never"]).release()
            case 1:
                Results(root).remove(["never"])
            case 2:
                Results(root).compact()
        assert check_whole(Results(root)) == seen[-1] or action == "remove"
        check_tidy(Results(root))
        if not killer.dead:
            break
    else:
        pytest.fail("never done")
    assert len(seen) > 6
    assert seen[0] == OLD
    assert seen[-1] == after
    if at_once:
        assert all(state in (OLD, after) for state in seen)
    steps = [sum(state.get(run) == offset for run, offset in outcome.items()) for state in seen]
    assert steps == sorted(steps)  # there is no way back


def test_a_kill_while_the_mess_of_another_is_put_in_order(tmp_path: Path, five_runs: Path) -> None:
    for first in (11, 14, 17, 20):
        for second in range(12):
            root = shutil.copytree(five_runs, tmp_path / f"{first}-{second}")
            with pytest.MonkeyPatch.context() as monkeypatch, suppress(Killed):
                Killer(monkeypatch, first)
                do_again(Results(root))
            state = check_whole(Results(root))
            with pytest.MonkeyPatch.context() as monkeypatch, suppress(Killed):
                Killer(monkeypatch, second)
                Results(root).claim(["never"]).release()
            assert check_whole(Results(root)) == state
            Results(root).claim(["never"]).release()
            assert check_whole(Results(root)) == state
            check_tidy(Results(root))


WRITER = """
import sys
from pathlib import Path
sys.path[:0] = [sys.argv[1]]
from store.material import opened, a_block
results = opened(Path(sys.argv[2]))
print("ready", flush=True)
for first in range(0, 200, 4):
    runs = [f"r{number:03d}" for number in range(first, first + 4)]
    with results.claim(runs) as claim:
        if claim.runs:
            some = sorted(claim.runs)
            claim.write(a_block(some))
            claim.commit([{"run": run, "status": "finished", "offset": 0.0, "c" + run[-1]: 1} for run in some])
    if first % 40 == 0 and len(sys.argv) > 3:
        results.compact()
"""


def start(root: Path, *more: str) -> "subprocess.Popen[str]":
    tests = str(Path(__file__).parents[1])
    return subprocess.Popen([sys.executable, "-c", WRITER, tests, str(root), *more], stdout=subprocess.PIPE, text=True)


def test_killed_at_random_and_started_again(tmp_path: Path) -> None:
    """True signals, at moments that nobody chose; several processes on one directory."""
    rng = np.random.default_rng(0)
    root = tmp_path / "results"
    finished = 0
    for _ in range(3):
        writers = [start(root), start(root, "compact")]
        for writer in writers:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
        time.sleep(rng.uniform(0.05, 0.3))
        for writer in writers:
            writer.kill()
            writer.communicate()
        now = len(check_whole(Results(root)))
        assert now >= finished
        finished = now
    assert finished
    last = [start(root), start(root, "compact")]
    for writer in last:
        writer.communicate()
        assert writer.returncode == 0
    results = Results(root)
    results.wait([f"r{number:03d}" for number in range(200)])
    results.compact()
    assert check_whole(results) == {f"r{number:03d}": 0.0 for number in range(200)}
    check_tidy(results)
