"""`Forks`: the pool's end of the server process that forks its workers."""

import os
import pickle
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress

from gradx.base.errors import GradxError
from gradx.executors.attempt import how_it_ended
from gradx.executors.base import threads_limited
from gradx.executors.server import REQUEST
from gradx.executors.wire import Inbox, Kind, receive, send

_START = "import sys; sys.path[:] = sys.argv[2:]; from gradx.executors.server import main; main()"
_LAST = 30.0  # s to wait for a server that has been told to go; it goes in milliseconds


class Forks:
    """A server with its workers, which go when this process goes, however that happens."""

    def __init__(self, preload: Sequence[str], threads: int | None) -> None:
        """Starts a server that imports the modules `preload`.

        Raises:
            GradxError: they cannot be imported.
        """
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = _spawn(theirs, threads)
        try:
            send(self._control, Kind.CONTROL, pickle.dumps(list(preload)))
            problem = receive(self._control)
        except (EOFError, ConnectionError):
            problem = how_it_ended(self._process.wait())
        except BaseException:
            self._process.kill()  # it may import for long, and has no workers yet
            self.end()
            raise
        if problem is not None:
            self.end()
            raise GradxError(f"the server of the worker processes did not start: {problem}")
        self.inbox = Inbox(self._control)

    def start(self, number: int) -> socket.socket:
        """A new worker, which waits for its job on the socket."""
        ours, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(self._control, [REQUEST.pack(number, 0)], [theirs.fileno()])
        return ours

    def tell(self, number: int, signum: signal.Signals) -> None:
        """A signal for a worker, if it still lives."""
        with suppress(ConnectionError):  # the server has gone, and with it the workers
            self._control.sendall(REQUEST.pack(number, signum))

    def ended(self) -> Iterator[tuple[int, int]]:
        """Numbers and exit codes (minus the signal that killed it) of the workers that have ended since the last call.

        Raises:
            GradxError: the server has died.
        """
        for _, data in self.inbox.take():
            number, code = pickle.loads(data)
            yield number, code
        if self.inbox.closed:
            words = how_it_ended(self._process.wait())
            raise GradxError(f"the server of the worker processes ended: {words}")

    def end(self) -> None:
        """Ends the server; workers that still live are killed."""
        self._control.close()
        try:
            self._process.wait(_LAST)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _spawn(control: socket.socket, threads: int | None) -> subprocess.Popen[bytes]:
    count = {} if threads is None else threads_limited(threads)
    # A Ctrl-C before the server ignores it would end it with a traceback: it inherits the mask.
    old = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return subprocess.Popen(
            [sys.executable, "-c", _START, str(control.fileno()), *sys.path],
            env=os.environ | count,
            stdin=subprocess.DEVNULL,
            pass_fds=[control.fileno()],
        )
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, old)
