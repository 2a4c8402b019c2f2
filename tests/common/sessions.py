"""Processes by session, from /proc: who lives, and on which addresses they listen."""

import os
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from struct import pack
from time import monotonic, sleep


def living(session: int) -> list[int]:
    """Processes of a session that are not dead already."""
    return [process for process, state, sid in _processes() if sid == session and state not in "ZX"]


def alive(process: int) -> bool:
    """Whether a process is there, and no zombie."""
    return any(process == one and state not in "ZX" for one, state, _ in _processes())


def gone(session: int, patience: float) -> bool:
    """Whether no process of a session is left, at the latest after `patience` s."""
    end = monotonic() + patience
    while living(session):
        if monotonic() > end:
            return False
        sleep(0.1)
    return True


def listening(session: int) -> list[IPv4Address | IPv6Address]:
    """The addresses of the TCP sockets on which processes of a session listen, one per socket."""
    mine = {link for process in living(session) for link in _sockets(process)}
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == "0A" and f"socket:[{words[9]}]" in mine:  # 0A: LISTEN
                found.append(_address(words[1].split(":")[0]))
    return found


def _address(text: str) -> IPv4Address | IPv6Address:
    """From hexadecimal words in the byte order of the machine, here little-endian."""
    words = [int(text[place : place + 8], 16) for place in range(0, len(text), 8)]
    address = ip_address(pack(f"<{len(words)}I", *words))
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


def _processes() -> Iterator[tuple[int, str, int]]:
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            state, _, _, sid = entry.read_text(errors="replace").rpartition(")")[2].split()[:4]
            yield int(entry.parent.name), state, int(sid)


def _sockets(process: int) -> Iterator[str]:
    with suppress(FileNotFoundError):
        for entry in Path(f"/proc/{process}/fd").iterdir():
            with suppress(FileNotFoundError):
                yield os.readlink(entry)
