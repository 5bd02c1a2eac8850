"""One instance for all end-to-end tests; the last thing asked of it is to leave nothing behind."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.running_platform import Platform
from weir.demo.processes import running
from weir.demo.stack import stop


@pytest.fixture(scope="session")
def platform() -> Iterator[Platform]:
    """The platform after `weir up`; stopped with `weir down`, of which no process may remain."""
    folder = Path(tempfile.mkdtemp(prefix="weir-e2e-"))
    folder.chmod(0o711)
    state = folder.resolve() / "var" / "instance"
    try:
        platform = Platform.start(folder)
        yield platform
        platform.weir("down")
        assert running(state) == []
    finally:
        stop(state)
        shutil.rmtree(folder, ignore_errors=True)
