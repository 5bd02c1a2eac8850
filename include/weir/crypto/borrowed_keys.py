"""Other processes' keys, for reading only."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from weir.crypto.keystore import KeyStore
from weir.crypto.sealing import KEY_BYTES
from weir.errors import IntegrityError


class BorrowedKeys:
    """A `KeyStore` that makes nothing in `lender`, and forgets with the object what it made itself.

    Ids that begin with `own` are keys of this piece of work, those that begin with a name in
    `apart` are read there and nowhere else. Of any other the lender has to hold the key already;
    where it does not, `key_missing` is raised, also when it was to be created.
    """

    def __init__(
        self, lender: KeyStore, *, own: str, apart: Mapping[str, KeyStore] | None = None
    ) -> None:
        self._lender = lender
        self._own = own
        self._apart = apart or {}
        self._made: dict[str, bytes] = {}

    def create(self, key_id: str) -> bytes:
        if not key_id.startswith(self._own):
            return self._lender_of(key_id).get(key_id)
        return self._made.setdefault(key_id, secrets.token_bytes(KEY_BYTES))

    def get(self, key_id: str) -> bytes:
        if not key_id.startswith(self._own):
            return self._lender_of(key_id).get(key_id)
        if key_id not in self._made:
            raise IntegrityError("key_missing", "this key was never made", where={"key_id": key_id})
        return self._made[key_id]

    def destroy(self, key_id: str) -> None:
        self._made.pop(key_id, None)

    def _lender_of(self, key_id: str) -> KeyStore:
        for begins, lender in self._apart.items():
            if key_id.startswith(begins):
                return lender
        return self._lender
