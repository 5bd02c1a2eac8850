"""Fetch a scenario's bucket with a consumer's own credential."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from weir.errors import ContractError
from weir.release.latest import LATEST
from weir.storage.objects import ObjectStore


def fetch_bucket(store: ObjectStore, bucket: str, folder: Path) -> int:
    """Copy every object of `bucket` to `folder` and return how many there are.

    The copy takes its place whole, or not at all: it replaces an earlier copy, and a folder that
    is neither empty nor such a copy is refused. latest.json is read first, so that a release
    published meanwhile makes the copy newer than its pointer, never a pointer without its release.
    """
    if folder.exists() and (not folder.is_dir() or _foreign(folder)):
        raise ContractError(
            "folder_not_empty",
            "the folder holds something other than an earlier copy of a bucket",
            where={"folder": folder.name},
            remedy="name an empty or a new folder",
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=folder.parent) as scratch:
        copy = Path(scratch) / "copy"
        copy.mkdir()
        pointer = [LATEST] if store.stat(bucket, LATEST) else []
        keys = [*pointer, *(o.key for o in store.list(bucket) if o.key != LATEST)]
        for key in keys:
            target = copy / key
            target.parent.mkdir(parents=True, exist_ok=True)
            store.fetch(bucket, key, target)
        if folder.exists():
            shutil.rmtree(folder)
        copy.replace(folder)
    return len(keys)


def _foreign(folder: Path) -> bool:
    names = {entry.name for entry in folder.iterdir()}
    return bool(names) and LATEST not in names
