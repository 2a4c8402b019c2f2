"""What holds in every test, whatever ran before in this process and whoever started it.

Properties are tested with the same examples every time; `scripts/test --hypothesis-profile=explore` draws new ones.
"""

import signal
import sys

import pytest
from hypothesis import settings

settings.register_profile("explore", deadline=None)  # a slow machine is no mistake
settings.register_profile("same", deadline=None, derandomize=True)
settings.load_profile("same")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as under a script that says `pytest &`: Ctrl-C would do nothing
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def seeded() -> None:
    """Weights that torch's own modules draw do not depend on the order of the tests, nor on which process runs them."""
    if torch := sys.modules.get("torch"):
        torch.manual_seed(0)
