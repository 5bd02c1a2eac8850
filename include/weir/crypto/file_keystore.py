"""A keystore in a folder that only its owner can read: development and small installations."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path
from urllib.parse import quote

from weir.crypto.sealing import KEY_BYTES
from weir.errors import IntegrityError, StoreUnavailableError

_KEY_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:+@=-]*(/[A-Za-z0-9][A-Za-z0-9_.:+@=-]*)*")
_MAX_FILE_NAME = 240
_OTHERS = 0o077


class FileKeyStore:
    """Implements `SharedKeyStore`: one file of 16 random bytes per key, mode 0600 in a 0700 folder.

    A key id is one or more `/`-separated names of letters, digits and `_.:+@=-`; any other raises
    `IntegrityError` (`key_id_malformed`). A key file that others can read is refused
    (`key_exposed`). Keys appear whole or not at all, and of two processes creating the same key
    both get the one that was first.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create(self, key_id: str) -> bytes:
        path = self._path(key_id)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._folder.chmod(0o700)
            if not path.exists():
                self._write_first(path, secrets.token_bytes(KEY_BYTES))
        except OSError as error:
            raise _unavailable() from error
        return self.get(key_id)

    def put(self, key_id: str, key: bytes) -> None:
        """Afterwards `key_id` is this key; whoever reads meanwhile gets the old one or this one."""
        path = self._path(key_id)
        if self.create(key_id) == key:
            return
        draft = self._folder / f".{secrets.token_hex(16)}.draft"
        try:
            self._write(draft, key)
            draft.replace(path)
            self._sync_folder()
        except OSError as error:
            raise _unavailable() from error
        finally:
            draft.unlink(missing_ok=True)

    def get(self, key_id: str) -> bytes:
        path = self._path(key_id)
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise IntegrityError(
                "key_missing",
                "this key was never made, or it was destroyed",
                where={"key_id": key_id},
                remedy="what it sealed can no longer be opened; pull the data again",
            ) from error
        except OSError as error:
            raise _unavailable() from error
        with os.fdopen(descriptor, "rb") as file:
            if os.fstat(file.fileno()).st_mode & _OTHERS:
                raise IntegrityError(
                    "key_exposed",
                    "a key file can be read by others than its owner",
                    where={"key_id": key_id},
                    remedy="destroy this key, find out who read it, then set mode 0600",
                )
            key = file.read(KEY_BYTES + 1)
        if len(key) != KEY_BYTES:
            raise IntegrityError("key_malformed", "an SM4 key has 16 bytes", where={"id": key_id})
        return key

    def destroy(self, key_id: str) -> None:
        """Forget the key; one that is not there is already forgotten."""
        path = self._path(key_id)
        try:
            path.unlink(missing_ok=True)
            if self._folder.is_dir():
                self._sync_folder()
        except OSError as error:
            raise _unavailable() from error

    def _path(self, key_id: str) -> Path:
        name = quote(key_id, safe=":+@=") + ".key"
        if len(name) > _MAX_FILE_NAME or not _KEY_ID.fullmatch(key_id):
            raise IntegrityError(
                "key_id_malformed",
                "a key id is names of letters, digits and _.:+@=- separated by /",
                where={"length": len(key_id)},
            )
        return self._folder / name

    def _write_first(self, path: Path, key: bytes) -> None:
        """Put `key` under `path` unless another process was first."""
        draft = self._folder / f".{secrets.token_hex(16)}.draft"
        try:
            self._write(draft, key)
            try:
                os.link(draft, path)
            except FileExistsError:
                return
            self._sync_folder()
        finally:
            draft.unlink(missing_ok=True)

    def _write(self, draft: Path, key: bytes) -> None:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())

    def _sync_folder(self) -> None:
        descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _unavailable() -> StoreUnavailableError:
    return StoreUnavailableError(
        "keystore_unavailable",
        "the keystore's folder cannot be read or written",
        remedy="check WEIR_KEYS_DIR, its owner and the disk",
    )
