"""One browser for each file of tests."""

from collections.abc import Iterator

import pytest
from common.browser import Browser, chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened
