"""Temporary files of one piece of work."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from weir.errors import StoreUnavailableError


@contextmanager
def scratch_folder(parent: Path | None) -> Iterator[Path]:
    """A folder only its owner can enter, gone with the block; `None` means the system's place.

    A full or failing disk raises `StoreUnavailableError` (code `scratch_unavailable`).
    """
    try:
        with tempfile.TemporaryDirectory(prefix="weir-", dir=parent) as name:
            yield Path(name)
    except OSError as error:
        if error.errno is None:
            raise
        raise StoreUnavailableError(
            "scratch_unavailable",
            "temporary files cannot be written or read",
            where={"errno": error.errno},
            remedy="check WEIR_SCRATCH_DIR and the space left on its disk",
        ) from error
