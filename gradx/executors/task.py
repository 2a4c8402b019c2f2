"""`python -m gradx.executors.task ARRAY INDEX`: does one job of a Slurm array and leaves its outcome in a file."""

import os
import pickle
import sys
from pathlib import Path

from gradx.executors.attempt import attempt, die_of_sigterm, stop_on_sigterm
from gradx.executors.base import unheard
from gradx.executors.wire import Kind

LIST = "jobs.txt"  # in the folder of an array: the folder of each task's job, one a line
JOB = "job.pkl"  # in the folder of a job: what to do
OUTCOME = "outcome.pkl"  # and what became of it


def main(array: str, index: str) -> None:
    """Does the job; exit code 0 says that there is an outcome, be it an error.

    Args:
        array: folder of the array; the folders of its jobs are beside it.
        index: which job, from 0.
    """
    stop_on_sigterm()
    try:
        here = Path(array)
        folder = here.parent / (here / LIST).read_text().splitlines()[int(index)]
        path, work, job = pickle.loads((folder / JOB).read_bytes())
        sys.path += [place for place in path if place not in sys.path]
        write(folder / OUTCOME, pickle.dumps(attempt(work, job, lambda message: unheard(job, message))))
    except KeyboardInterrupt:
        die_of_sigterm()


def prepare(folder: Path, work: bytes, job: bytes) -> None:
    """Writes what a task needs to do a job."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / OUTCOME).unlink(missing_ok=True)
    write(folder / JOB, pickle.dumps((list(sys.path), work, job)))


def outcome(folder: Path) -> tuple[Kind, bytes] | None:
    """What a task has left, if it has."""
    os.listdir(folder)  # makes a network file system look again
    try:
        kind, data = pickle.loads((folder / OUTCOME).read_bytes())
    except FileNotFoundError:
        return None
    return kind, data


def write(path: Path, data: bytes) -> None:
    """A file that is there as a whole or not at all."""
    hidden = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    hidden.write_bytes(data)
    os.replace(hidden, path)


if __name__ == "__main__":
    main(*sys.argv[1:])
