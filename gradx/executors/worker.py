"""A worker: the process of one job, forked from the server of the pool."""

import os
import pickle
import signal
import socket
import sys
import traceback
from collections import deque
from contextlib import suppress
from threading import Condition, Thread
from typing import Any, NoReturn

from gradx.executors.attempt import attempt, die_of_sigterm, stop_on_sigterm
from gradx.executors.base import KEPT, PAUSE
from gradx.executors.wire import Kind, receive, send


def live(line: socket.socket) -> NoReturn:
    """Does the job that comes over `line`, answers, and ends this process.

    SIGINT is ignored, as inherited: a terminal sends Ctrl-C to every process, and the parent tells its workers.
    """
    code = 1
    try:
        stop_on_sigterm()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        environment, work, job = receive(line)
        os.environ.update(environment)
        Thread(target=_end_with_parent, args=(line,), daemon=True).start()
        speaker = _Speaker(line)
        speaker.finish(*attempt(work, job, speaker.notify))
        code = 0
    except KeyboardInterrupt:
        code = -signal.SIGTERM
    except EOFError:
        pass  # the parent has gone
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        if code == -signal.SIGTERM:
            die_of_sigterm()
        os._exit(code)  # no exit handlers: they belong to the server


def _end_with_parent(line: socket.socket) -> None:
    """Ends this process when the parent's end of the line closes, however the parent died."""
    try:
        line.recv(1)
    finally:
        os._exit(1)


class _Speaker:
    """Sends notices and the answer from a thread of its own, so that a parent who does not listen holds up no work."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._notices: deque[bytes] = deque(maxlen=KEPT)
        self._answer: tuple[Kind, bytes] | None = None
        self._changed = Condition()
        self._thread = Thread(target=self._speak, daemon=True)
        self._thread.start()

    def notify(self, message: Any) -> None:
        data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        with self._changed:
            self._notices.append(data)
            self._changed.notify()

    def finish(self, kind: Kind, data: bytes) -> None:
        """Sends the answer after the notices that wait, and returns when it is on its way."""
        with self._changed:
            self._answer = kind, data
            self._changed.notify()
        self._thread.join()

    def _speak(self) -> None:
        try:
            self._send()
        except OSError:
            os._exit(1)  # the parent has gone

    def _send(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._notices or self._answer)
                notices, answer = list(self._notices), self._answer
                self._notices.clear()
            for notice in notices:
                send(self._line, Kind.NOTICE, notice)
            if answer:
                send(self._line, *answer)
                return
            with self._changed:
                self._changed.wait_for(lambda: self._answer, timeout=PAUSE)
