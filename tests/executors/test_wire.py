"""Frames over a socket: whatever the pieces they arrive in, what comes out is what went in."""

import socket
from threading import Thread

from hypothesis import given, settings
from hypothesis import strategies as st

from gradx.executors.wire import Inbox, Kind, heard, send

FRAMES = st.lists(st.tuples(st.sampled_from(Kind), st.binary(max_size=50) | st.just(b"x" * 3_000_000)), max_size=8)


@settings(max_examples=30, deadline=None)
@given(FRAMES)
def test_frames_come_out_as_they_went_in(frames: list[tuple[Kind, bytes]]) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        inbox, got = Inbox(ours), []

        def sender() -> None:
            for frame in frames:
                send(theirs, *frame)
            theirs.close()

        thread = Thread(target=sender)
        thread.start()
        while not inbox.closed:
            assert heard([inbox], 60) == [inbox]
            got += inbox.take()
        thread.join()
    assert got == frames


def test_an_unfinished_frame_is_no_frame() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        inbox = Inbox(ours)
        send(theirs, Kind.NOTICE, b"whole")
        theirs.sendall(bytes(5))
        assert heard([inbox], 60) == [inbox]
        assert list(inbox.take()) == [(Kind.NOTICE, b"whole")]
        assert heard([inbox], 0) == []
        theirs.close()
        assert list(inbox.rest()) == []
        assert inbox.closed
