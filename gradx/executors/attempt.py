"""`attempt`: does one job in a process of its own and puts what became of it into bytes."""

import os
import pickle
import signal
from typing import Any, NoReturn

from gradx.base.errors import GradxError
from gradx.executors.base import J, Notify, Outcome, in_words
from gradx.executors.wire import Kind


def attempt(work: bytes, job: bytes, notify: Notify) -> tuple[Kind, bytes]:
    """What became of the pickled `work` on the pickled `job`: a result, an error in words, or a `GradxError`.

    Raises:
        KeyboardInterrupt: this process was told to stop.
    """
    try:
        result = _unpickled("work", work)(_unpickled("job", job), notify)
    except GradxError as error:
        return Kind.FATAL, _portable(error)
    except _UnreadableError as error:
        return Kind.ERROR, pickle.dumps(str(error))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit too: it ends the job, no more
        return Kind.ERROR, pickle.dumps(in_words(error))
    try:
        return Kind.RESULT, pickle.dumps(result, pickle.HIGHEST_PROTOCOL)
    except Exception as error:
        return Kind.ERROR, pickle.dumps(f"the result cannot be sent back: {in_words(error)}")


def outcome_of(job: J, kind: Kind, data: bytes) -> Outcome[J, Any]:
    """The outcome that `attempt` put into bytes.

    Raises:
        GradxError: the work raised it.
    """
    try:
        value = pickle.loads(data)
    except Exception as error:
        return Outcome(job, error=f"the result cannot be read: {in_words(error)}")
    if kind is Kind.FATAL:
        raise value
    return Outcome(job, value) if kind is Kind.RESULT else Outcome(job, error=value)


def how_it_ended(code: int) -> str:
    """An exit code in words."""
    if code >= 0:
        return f"the process ended with exit code {code}"
    name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
    guesses = {"SIGKILL": ": out of memory, perhaps", "SIGSEGV": ": a crash in compiled code"}
    return f"killed by {name}{guesses.get(name, '')}"


def stop_on_sigterm() -> None:
    """From now on SIGTERM raises KeyboardInterrupt, so that the `finally`s of the work run."""

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)


def die_of_sigterm() -> NoReturn:
    """Ends this process the way SIGTERM would have ended it."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGTERM)
    os._exit(1)  # where SIGTERM is blocked


class _UnreadableError(Exception):
    """A job cannot be loaded."""


def _unpickled(what: str, data: bytes) -> Any:
    """The work or the job.

    Raises:
        GradxError: the work cannot be loaded, so that no job can be done.
        _UnreadableError: this job cannot.
    """
    try:
        return pickle.loads(data)
    except Exception as error:
        hint = "; move what it names from the script into a module" if "__main__" in str(error) else ""
        words = f"a worker cannot load the {what}: {in_words(error)}{hint}"
        if what == "work":
            raise GradxError(words) from error
        raise _UnreadableError(words) from error


def _portable(error: GradxError) -> bytes:
    """The error pickled; an error that does not survive that keeps its words and its exit code."""
    try:
        data = pickle.dumps(error)
        pickle.loads(data)
    except Exception:
        plain = GradxError(str(error))
        plain.exit_code = error.exit_code
        data = pickle.dumps(plain)
    return data
