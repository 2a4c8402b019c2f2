"""`signal`: which of a network's depth profiles is that of the signal that goes from layer to layer."""

from collections.abc import Container

SIGNALS = ("grad_norm.stream", "grad_norm.preactivation")
"""A transformer's residual stream goes past the pre-activations, which are inside its blocks; elsewhere they are it."""


def signal(measured: Container[str]) -> str:
    """The profile that the growth over depth is that of: the first of `SIGNALS` among the quantities of a trace."""
    return next((name for name in SIGNALS if name in measured), SIGNALS[-1])
