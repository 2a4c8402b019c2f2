"""Every command runs in an empty directory of its own, at 80 columns."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from common.launcher import Launcher


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory, empty."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


@pytest.fixture(scope="session")
def launcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launcher]:
    """Starts commands in processes of their own."""
    made = Launcher(tmp_path_factory.mktemp("launcher"))
    yield made
    made.close()
