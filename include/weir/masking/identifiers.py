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

from weir.contracts.masks import Pseudonym, Token
from weir.contracts.plan import Plan
from weir.crypto.keystore import KeyStore
from weir.masking.siv import BLOCK_BYTES, Siv, sm4_blocks
from weir.masking.text_matrix import base32, map_by_length, strings_of
from weir.model import ScenarioId

MASKING_KEYS = "mask/"
"""With what the id of every masking key begins."""

_PSEUDONYM_BYTES = 20


def masking_keys_of(plan: Plan) -> tuple[str, ...]:
    """The ids of the keys under which this plan's product is masked."""
    purposes = {
        field.mask.method
        for planned in plan.inputs
        for field in planned.fields
        if isinstance(field.mask, Token | Pseudonym)
    }
    return tuple(_key_id(ScenarioId(plan.scenario.scenario), one) for one in sorted(purposes))


class Tokeniser:
    """SM4-SIV tokens under the scenario's key `mask/<scenario>/token`.

    The intake lays that key out before there is anything to mask; one that is made here because it
    is missing is none that the gate publishes under.
    """

    def __init__(self, scenario: ScenarioId, keys: KeyStore) -> None:
        key = keys.create(_key_id(scenario, "token"))
        self._siv = Siv(sm4_blocks(_derived(key, b"siv")), sm4_blocks(_derived(key, b"ctr")))

    def tokens(self, identifiers: pa.Array) -> pa.Array:
        """Tokens of strings that hold no null; 26 characters or more, 1.6 per further byte."""
        return map_by_length(identifiers, lambda matrix: base32(self._siv.seal(matrix)))


class Pseudonymiser:
    """HMAC-SM3 pseudonyms under the scenario's key `mask/<scenario>/pseudonym`."""

    def __init__(self, scenario: ScenarioId, keys: KeyStore) -> None:
        self._keyed = HMAC(keys.create(_key_id(scenario, "pseudonym")), SM3())

    def pseudonyms(self, identifiers: pa.Array) -> pa.Array:
        """Pseudonyms (32 characters, 160 bits) of strings that hold no null."""
        fresh, digests = self._keyed.copy, []
        for identifier in pc.cast(identifiers, pa.binary()).to_pylist():
            keyed = fresh()
            keyed.update(identifier)
            digests.append(keyed.finalize()[:_PSEUDONYM_BYTES])
        matrix = np.frombuffer(b"".join(digests), np.uint8).reshape(-1, _PSEUDONYM_BYTES)
        return strings_of(base32(matrix))


def _key_id(scenario: ScenarioId, purpose: str) -> str:
    return f"{MASKING_KEYS}{scenario}/{purpose}"


def _derived(key: bytes, label: bytes) -> bytes:
    derivation = HMAC(key, SM3())
    derivation.update(b"weir/token/" + label)
    return derivation.finalize()[:BLOCK_BYTES]
