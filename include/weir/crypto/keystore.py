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


class SharedKeyStore(KeyStore, Protocol):
    """A keystore that others use too: its owner lays keys there that it made elsewhere."""

    def put(self, key_id: str, key: bytes) -> None:
        """Afterwards `key_id` is this key, whatever it was before."""
        ...
