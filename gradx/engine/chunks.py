"""How many members of a cohort train together best: as many as the cache and the memory hold."""

from pathlib import Path

from gradx.engine.estimate import member_bytes
from gradx.models import Dims
from gradx.spec import Experiment

CACHE_BYTES = 8 << 20  # where the machine does not say
MEMORY_BYTES = 2 << 30
MOST = 256  # beyond, nothing is gained: the small operations' overhead is spread thin enough
CACHES = Path("/sys/devices/system/cpu/cpu0/cache")


def members_per_chunk(
    experiment: Experiment, dims: Dims, cache_bytes: int | None = None, memory_bytes: int = MEMORY_BYTES
) -> int:
    """Members that train fastest together, at least 1.

    Args:
        experiment: one of the cohort.
        dims: what its network is built for.
        cache_bytes: what one process has of the last cache; by default as the machine says.
        memory_bytes: what one process may take.
    """
    cache = cache_share() if cache_bytes is None else cache_bytes
    size = member_bytes(experiment, dims)
    return max(1, min(MOST, cache // size.step, memory_bytes // size.all))


def cache_share() -> int:
    """Bytes of the largest cache that one core can call its own: that of level 2 and its share of level 3."""
    return CACHE_BYTES
