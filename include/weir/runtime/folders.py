"""Folders that whoever types a command names for what it writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from weir.errors import ContractError


@contextmanager
def writing_into(folder: Path) -> Iterator[None]:
    """Raise `ContractError` (code `folder_unwritable`) where `folder` takes no file."""
    try:
        yield
    except OSError as error:
        raise ContractError(
            "folder_unwritable",
            "nothing can be written there",
            where={"folder": str(folder), "errno": error.errno or 0},
            remedy="name a folder on a disk with room, where you may write",
        ) from None
