"""How many members of a cohort train together best: as many as the cache and the memory hold."""

import os
from functools import cache
from pathlib import Path

from gradx.engine.estimate import member_bytes
from gradx.models import Dims
from gradx.spec import Experiment

# Measured with scripts/bench sweep --members on a server CPU with 32 MB of level 3 cache: microseconds a member's step
# fall up to 64 members at width 16, 32 at 32, 16 at 64 and 128, and hardly change after; so they do for an RNN with
# T = 100 up to 32 members at 32 hidden units, 8 at 64. Below 16 members the overhead of small operations costs more
# than leaving the cache does.
LEAST, MOST = 16, 256
CACHE_BYTES = 32 << 20  # where the machine does not say
CACHES = Path("/sys/devices/system/cpu/cpu0/cache")
MEMORY_BYTES = 2 << 30  # of one process at most, where the machine has that
UNITS = {"K": 1 << 10, "M": 1 << 20}


def members_per_chunk(
    experiment: Experiment, dims: Dims, cache_bytes: int | None = None, memory_bytes: int | None = None
) -> int:
    """Members that train fastest together, at least 1; on one machine always the same.

    Args:
        experiment: one of the cohort.
        dims: what its network is built for.
        cache_bytes: by default the size of the last level, as the machine says.
        memory_bytes: what one process may take; by default 2 GiB or its share of half of the memory.
    """
    size = member_bytes(experiment, dims)
    fitting = (last_cache() if cache_bytes is None else cache_bytes) // size.step
    possible = (process_share() if memory_bytes is None else memory_bytes) // size.all
    return max(1, min(max(fitting, LEAST), MOST, possible))


@cache
def last_cache(folder: Path = CACHES) -> int:
    """Bytes of the largest cache; 32 MiB where the machine does not say."""
    sizes = []
    for each in folder.glob("index*/size"):
        text = each.read_text().strip()
        if text[:-1].isdigit() and text[-1] in UNITS:
            sizes.append(int(text[:-1]) * UNITS[text[-1]])
    return max(sizes, default=CACHE_BYTES)


@cache
def process_share() -> int:
    """Bytes that one of as many processes as there are cores may take: together no more than half of the memory."""
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # not every system says
        return MEMORY_BYTES
    return min(MEMORY_BYTES, memory // (2 * (os.cpu_count() or 1)))
