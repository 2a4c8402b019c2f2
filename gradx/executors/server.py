"""The server of a pool: a process that has imported what workers need and forks one of them per job.

A fork of a process that has torch in it takes milliseconds, a fresh interpreter seconds. The server computes nothing,
so that no thread pool of torch exists when it forks, and it never imports the script that the user started: a script
needs no `if __name__ == "__main__"`.
"""

import gc
import importlib
import os
import pickle
import select
import signal
import socket
import struct
import sys
import warnings
from collections.abc import Sequence
from typing import NoReturn

from gradx.executors.base import in_words
from gradx.executors.wire import Kind, receive, send
from gradx.executors.worker import live

REQUEST = struct.Struct("<ii")  # number of a worker; a signal for it, or 0: start it on the socket that comes along


def main() -> None:
    """Imports, then forks and reaps until the pool's end of the socket closes, then kills what is left."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which tells the server
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})  # workers open it when they can act on it
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    control = socket.socket(fileno=int(sys.argv[1]))
    try:
        _tell(control, _preload(receive(control)))
        gc.collect()
        gc.freeze()  # pages that no collection touches stay shared with the workers
        _Server(control).serve()
    except (EOFError, ConnectionError):
        pass  # the parent has gone


def _preload(modules: Sequence[str]) -> str | None:
    """Imports modules; in words what went wrong, if something did."""
    for name in modules:
        try:
            importlib.import_module(name)
        except Exception as error:
            return f"cannot import {name}: {in_words(error)}"
    return None


def _tell(control: socket.socket, message: object) -> None:
    send(control, Kind.CONTROL, pickle.dumps(message))


class _Server:
    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._workers: dict[int, int] = {}  # process id -> number
        self._woken, waker = os.pipe()
        os.set_blocking(waker, False)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # the wake-up alone matters

    def serve(self) -> None:
        try:
            while True:
                ready, _, _ = select.select([self._control.fileno(), self._woken], [], [])
                if self._woken in ready:
                    os.read(self._woken, 4096)
                    self._reap()
                if self._control.fileno() in ready and not self._obey():
                    return
        finally:
            self._kill()

    def _obey(self) -> bool:
        """Does what the next request says; False if the pool has closed."""
        data, sockets, _, _ = socket.recv_fds(self._control, REQUEST.size, 1)
        if not data:
            return False
        number, signum = REQUEST.unpack(data)
        if sockets:
            self._start(number, sockets[0])
        else:
            for process, known in self._workers.items():
                if known == number:
                    os.kill(process, signum)
        return True

    def _start(self, number: int, line: int) -> None:
        with warnings.catch_warnings():
            # Python 3.12 warns of other threads. Those here belong to OpenBLAS (numpy) and jemalloc (pyarrow), which
            # start with the import and see to it themselves that a fork finds them at rest.
            warnings.simplefilter("ignore", DeprecationWarning)
            process = os.fork()
        if process == 0:
            self._become_worker(line)
        os.close(line)
        self._workers[process] = number

    def _become_worker(self, line: int) -> NoReturn:
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self._control.close()
            os.set_inheritable(line, False)
            live(socket.socket(fileno=line))
        finally:
            os._exit(1)  # never back into the server's loop

    def _reap(self) -> None:
        """Tells the pool which workers have ended and how."""
        for process in list(self._workers):
            ended, status = os.waitpid(process, os.WNOHANG)
            if ended:
                _tell(self._control, (self._workers.pop(process), os.waitstatus_to_exitcode(status)))

    def _kill(self) -> None:
        for process in self._workers:
            os.kill(process, signal.SIGKILL)
        for process in self._workers:
            os.waitpid(process, 0)
