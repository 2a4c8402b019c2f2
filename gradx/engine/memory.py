"""`kept_memory`: while training, freed memory stays with the process: every step asks for the same sizes again."""

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

# From glibc's malloc.h, with the values that glibc starts with.
TRIM_THRESHOLD, MMAP_MAX = -1, -4
DEFAULTS = {TRIM_THRESHOLD: 128 << 10, MMAP_MAX: 65536}
KEEPING = {TRIM_THRESHOLD: 2**31 - 1, MMAP_MAX: 0}


@contextmanager
def kept_memory() -> Iterator[None]:
    """Inside, glibc's allocator gives nothing back to the system; at the end it gives back all that is free.

    Otherwise every tensor of some megabytes is mapped, zeroed and unmapped again at every step: on a virtual machine
    that took up to a third of the time (scripts/bench). Elsewhere than on glibc this does nothing.
    """
    library = _glibc()
    if library is None:
        yield
        return
    for option, value in KEEPING.items():
        library.mallopt(option, value)
    try:
        yield
    finally:
        for option, value in DEFAULTS.items():
            library.mallopt(option, value)
        library.malloc_trim(0)


@cache
def _glibc() -> ctypes.CDLL | None:
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "gnu_get_libc_version") and hasattr(library, "mallopt") else None
