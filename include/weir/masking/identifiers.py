"""Keyed names in place of identifiers: tokens that the key holder can undo, pseudonyms nobody can.

Both are single runs of lower-case letters and digits, at least 26 long, so that none can look like
an ID, card, phone or plate. Each scenario has keys of its own: one subject has unrelated names in
two scenarios. Within a scenario equal identifiers of any column are equal, so columns join.
An integer and its decimal text are the same identifier.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.hmac import HMAC

from weir.crypto.keystore import KeyStore
from weir.masking.siv import BLOCK_BYTES, Siv, sm4_blocks
from weir.masking.text_matrix import base32, map_by_length, strings_of
from weir.model import ScenarioId

_PSEUDONYM_BYTES = 20


class Tokeniser:
    """SM4-SIV tokens under the scenario's key `mask/<scenario>/token`, made on first use."""

    def __init__(self, scenario: ScenarioId, keys: KeyStore) -> None:
        key = keys.create(f"mask/{scenario}/token")
        self._siv = Siv(sm4_blocks(_derived(key, b"siv")), sm4_blocks(_derived(key, b"ctr")))

    def tokens(self, identifiers: pa.Array) -> pa.Array:
        """Tokens of strings that hold no null; 26 characters or more, 1.6 per further byte."""
        return map_by_length(identifiers, lambda matrix: base32(self._siv.seal(matrix)))


class Pseudonymiser:
    """HMAC-SM3 pseudonyms under the scenario's key `mask/<scenario>/pseudonym`."""

    def __init__(self, scenario: ScenarioId, keys: KeyStore) -> None:
        self._keyed = HMAC(keys.create(f"mask/{scenario}/pseudonym"), SM3())

    def pseudonyms(self, identifiers: pa.Array) -> pa.Array:
        """Pseudonyms (32 characters, 160 bits) of strings that hold no null."""
        fresh, digests = self._keyed.copy, []
        for identifier in pc.cast(identifiers, pa.binary()).to_pylist():
            keyed = fresh()
            keyed.update(identifier)
            digests.append(keyed.finalize()[:_PSEUDONYM_BYTES])
        matrix = np.frombuffer(b"".join(digests), np.uint8).reshape(-1, _PSEUDONYM_BYTES)
        return strings_of(base32(matrix))


def _derived(key: bytes, label: bytes) -> bytes:
    derivation = HMAC(key, SM3())
    derivation.update(b"weir/token/" + label)
    return derivation.finalize()[:BLOCK_BYTES]
