"""Frames over a socket: a kind and some bytes, sent whole, received without waiting."""

import pickle
import socket
import struct
from collections.abc import Iterable, Iterator
from enum import IntEnum
from multiprocessing.connection import wait
from typing import Any, cast

_HEAD = struct.Struct("<BQ")  # kind, length of what follows in bytes
_PIECE = 1 << 20


class Kind(IntEnum):
    """What a frame holds; each but BYTES a pickled object."""

    NOTICE = 1  # a message on the way
    RESULT = 2  # what the work returned
    ERROR = 3  # in words, why there is no result
    FATAL = 4  # a GradxError, which ends everything
    CONTROL = 5  # between the pool and the server that forks its workers


def send(line: socket.socket, kind: Kind, data: bytes) -> None:
    """Sends one frame; waits until the other side has taken enough of it."""
    line.sendall(_HEAD.pack(kind, len(data)))
    line.sendall(data)


def receive(line: socket.socket) -> Any:
    """The object in the next frame; waits for it.

    Raises:
        EOFError: the other side has closed.
    """
    _, length = _HEAD.unpack(_exactly(line, _HEAD.size))
    return pickle.loads(_exactly(line, length))


class Inbox:
    """The receiving end of a socket for one who must never wait for a single sender."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._bytes = bytearray()
        self.closed = False  # the other side has closed, nothing more will come

    def fileno(self) -> int:
        return self._line.fileno()

    def take(self) -> Iterator[tuple[Kind, bytes]]:
        """The frames that are complete after one look at the socket."""
        self._look()
        yield from self._complete()

    def rest(self) -> Iterator[tuple[Kind, bytes]]:
        """The frames that a sender who has ended left."""
        while self._look():
            yield from self._complete()

    def close(self) -> None:
        self._line.close()

    def _look(self) -> bool:
        """Reads one piece, if there is one."""
        try:
            piece = self._line.recv(_PIECE, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except ConnectionError:
            piece = b""
        self.closed = not piece
        self._bytes += piece
        return not self.closed

    def _complete(self) -> Iterator[tuple[Kind, bytes]]:
        while len(self._bytes) >= _HEAD.size:
            kind, length = _HEAD.unpack_from(self._bytes)
            end = _HEAD.size + length
            if len(self._bytes) < end:
                return
            with memoryview(self._bytes) as whole, whole[_HEAD.size : end] as part:
                data = bytes(part)
            del self._bytes[:end]
            yield Kind(kind), data


def heard(inboxes: Iterable[Inbox], timeout: float | None) -> list[Inbox]:
    """Waits, `timeout` seconds at most, until something has come (or a sender closed); where."""
    known = {one.fileno(): one for one in inboxes}
    return [known[cast(int, number)] for number in wait(list(known), timeout)]


def _exactly(line: socket.socket, length: int) -> bytes:
    data = bytearray()
    while len(data) < length:
        piece = line.recv(min(length - len(data), _PIECE))
        if not piece:
            raise EOFError("the other side has closed")
        data += piece
    return bytes(data)
