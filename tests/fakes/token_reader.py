"""What the holder of a scenario's token key can do: turn a token back, by stock SM4 in CTR mode."""

from __future__ import annotations

import base64

from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.hmac import HMAC

from weir.crypto.keystore import KeyStore
from weir.model import ScenarioId


def revealed(token: str, scenario: ScenarioId, keys: KeyStore) -> bytes:
    """What `token` hides under the scenario's key; bytes of no meaning under any other."""
    sealed = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
    start, hidden = bytearray(sealed[:16]), sealed[16:]
    # As RFC 5297 has it: two bits of the IV are cleared before it counts.
    start[8] &= 0x7F
    start[12] &= 0x7F
    derivation = HMAC(keys.get(f"mask/{scenario}/token"), SM3())
    derivation.update(b"weir/token/ctr")
    key = derivation.finalize()[:16]
    return Cipher(SM4(key), modes.CTR(bytes(start))).decryptor().update(hidden)
