"""Named random streams: `stream(seed, "init")` never depends on what another stream has drawn."""

from hashlib import sha256


def stream(seed: int, *names: str | int) -> int:
    """A 63-bit seed for the stream `names` of experiment seed `seed`: the first 8 bytes of SHA-256, top bit cleared.

    Give it to `torch.Generator().manual_seed` or `numpy.random.default_rng`. There is no global seeding.
    """
    text = "/".join(str(part) for part in (seed, *names))
    return int.from_bytes(sha256(text.encode()).digest()[:8], "big") >> 1
