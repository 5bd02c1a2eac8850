"""Where keys live. A production deployment adapts this port to an HSM or KMS (第八条)."""

from __future__ import annotations

from typing import Protocol


class KeyStore(Protocol):
    """Named symmetric keys of one process. Keys never leave as text, logs or files of the repo."""

    def create(self, key_id: str) -> bytes:
        """A fresh random 16-byte SM4 key under `key_id`; one that exists already is returned."""
        ...

    def get(self, key_id: str) -> bytes:
        """The key, or `IntegrityError` (code `key_missing`): never made, or destroyed."""
        ...

    def destroy(self, key_id: str) -> None:
        """Forget the key for good: what it sealed can no longer be opened."""
        ...
