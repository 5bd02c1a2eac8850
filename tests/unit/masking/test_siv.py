from __future__ import annotations

import os

import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.ciphers.algorithms import AES, SM4
from cryptography.hazmat.primitives.cmac import CMAC

from weir.masking.siv import BlockCipher, Siv, sm4_blocks


def aes_blocks(key: bytes) -> BlockCipher:
    """AES in the place of SM4, for which an independent SIV exists."""
    return Cipher(AES(key), modes.ECB()).encryptor().update  # noqa: S305 - single blocks


@pytest.mark.parametrize("length", [1, 15, 16, 17, 18, 31, 32, 33, 48, 1000])
def test_with_aes_it_is_the_siv_of_rfc_5297(length: int) -> None:
    """Every message length around the block boundaries, against AESSIV."""
    keys = os.urandom(32)
    oracle = AESSIV(keys)
    messages = np.frombuffer(os.urandom(5 * length), np.uint8).reshape(5, length)
    sealed = Siv(aes_blocks(keys[:16]), aes_blocks(keys[16:])).seal(messages)
    for message, row in zip(messages, sealed, strict=True):
        assert row.tobytes() == oracle.encrypt(message.tobytes(), None)


def test_with_sm4_the_iv_is_the_cmac_of_a_standard_implementation() -> None:
    """One block: V = CMAC(message xor CMAC(0)), by the library's own CMAC."""
    key = os.urandom(16)

    def cmac(data: bytes) -> bytes:
        mac = CMAC(SM4(key))
        mac.update(data)
        return mac.finalize()

    message = os.urandom(16)
    mixed = bytes(a ^ b for a, b in zip(message, cmac(bytes(16)), strict=True))
    sealed = Siv(sm4_blocks(key), sm4_blocks(os.urandom(16))).seal(
        np.frombuffer(message, np.uint8)[None, :]
    )
    assert sealed[0, :16].tobytes() == cmac(mixed)
