"""A keystore in memory, with the refusals of the real one."""

from __future__ import annotations

import hashlib
import secrets

from weir.errors import IntegrityError


class MemoryKeys:
    """Implements `SharedKeyStore`. With a `seed`, the same key id always has the same key."""

    def __init__(self, seed: str | None = None) -> None:
        self._seed = seed
        self._keys: dict[str, bytes] = {}

    def create(self, key_id: str) -> bytes:
        if not key_id or key_id.startswith("/") or ".." in key_id.split("/"):
            raise IntegrityError("key_id_malformed", "not a key id")
        return self._keys.setdefault(key_id, self._fresh(key_id))

    def put(self, key_id: str, key: bytes) -> None:
        self.create(key_id)
        self._keys[key_id] = key

    def get(self, key_id: str) -> bytes:
        if key_id not in self._keys:
            raise IntegrityError("key_missing", "no such key", where={"key_id": key_id})
        return self._keys[key_id]

    def destroy(self, key_id: str) -> None:
        self._keys.pop(key_id, None)

    def _fresh(self, key_id: str) -> bytes:
        if self._seed is None:
            return secrets.token_bytes(16)
        return hashlib.sha256(f"{self._seed}/{key_id}".encode()).digest()[:16]
