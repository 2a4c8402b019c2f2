"""Which processes there are, by what the kernel says (Linux)."""

import os
from pathlib import Path


def children(parent: int | None = None) -> list[int]:
    """Processes, zombies too, whose parent is the given one, or this one."""
    return _those(1, parent or os.getpid())


def group(leader: int) -> list[int]:
    """Processes of a process group that live: an orphan that has ended is for the system to clear away."""
    return _those(2, leader, dead=False)


def _those(field: int, number: int, dead: bool = True) -> list[int]:
    """Processes that have `number` in a field of /proc/*/stat, counted from the one after the name."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        if int(fields[field]) == number and (dead or fields[0] not in "ZX"):
            found.append(int(stat.parent.name))
    return found
