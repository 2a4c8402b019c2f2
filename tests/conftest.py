"""What holds in every test: torch's global generator starts the same, whatever ran before in this process."""

import sys

import pytest


@pytest.fixture(autouse=True)
def seeded() -> None:
    """Weights that torch's own modules draw do not depend on the order of the tests, nor on which process runs them."""
    if torch := sys.modules.get("torch"):
        torch.manual_seed(0)
