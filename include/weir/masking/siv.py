"""Deterministic authenticated encryption, SIV of RFC 5297 without associated data, on many values.

A message m becomes `V || CTR(k2, V, m)` with `V = S2V(k1, m)`: equal messages under equal keys
become equal, nothing else about them shows but their length, and no change goes unnoticed. The
rows of a matrix are messages of one length; each block cipher call takes one block of every row.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4

Bytes = npt.NDArray[np.uint8]
BlockCipher = Callable[[bytes], bytes]
"""Encrypts any number of 16-byte blocks, each by itself."""

BLOCK_BYTES = 16
_POLYNOMIAL = 0x87


def sm4_blocks(key: bytes) -> BlockCipher:
    """SM4 on single blocks, the building stone of CMAC and CTR; no mode for data by itself."""
    return Cipher(SM4(key), modes.ECB()).encryptor().update  # noqa: S305 - as the docstring says


class Siv:
    """SIV over two keyed block ciphers, one for the synthetic IV and one for the counter mode."""

    def __init__(self, authenticate: BlockCipher, encrypt: BlockCipher) -> None:
        self._authenticate = authenticate
        self._encrypt = encrypt
        doubled = _doubled(authenticate(bytes(BLOCK_BYTES)))
        self._whole = _row(doubled)
        self._padded = _row(_doubled(doubled))
        zero_mac = authenticate((self._whole ^ _row(bytes(BLOCK_BYTES))).tobytes())
        self._zero = _row(zero_mac)
        self._zero_doubled = _row(_doubled(zero_mac))

    def seal(self, messages: Bytes) -> Bytes:
        """Rows 16 bytes longer than `messages`, each its IV and its ciphertext."""
        synthetic = self._synthetic(messages)
        return np.hstack([synthetic, messages ^ self._keystream(synthetic, messages.shape[1])])

    def _synthetic(self, messages: Bytes) -> Bytes:
        """S2V of one string: CMAC of the message, mixed with the CMAC of a zero block."""
        rows, length = messages.shape
        if length >= BLOCK_BYTES:
            mixed = messages.copy()
            mixed[:, -BLOCK_BYTES:] ^= self._zero
            return self._cmac(mixed)
        mixed = np.zeros((rows, BLOCK_BYTES), np.uint8)
        mixed[:, :length] = messages
        mixed[:, length] = 0x80
        return self._cmac(mixed ^ self._zero_doubled)

    def _cmac(self, messages: Bytes) -> Bytes:
        """CMAC of NIST SP 800-38B, for rows of 16 bytes or more."""
        rows, length = messages.shape
        last = (length - 1) // BLOCK_BYTES * BLOCK_BYTES
        state = np.zeros((rows, BLOCK_BYTES), np.uint8)
        for start in range(0, last, BLOCK_BYTES):
            state = self._blocks(
                self._authenticate, state ^ messages[:, start : start + BLOCK_BYTES]
            )
        final = np.zeros((rows, BLOCK_BYTES), np.uint8)
        final[:, : length - last] = messages[:, last:]
        if length - last < BLOCK_BYTES:
            final[:, length - last] = 0x80
            final ^= self._padded
        else:
            final ^= self._whole
        return self._blocks(self._authenticate, state ^ final)

    def _keystream(self, synthetic: Bytes, length: int) -> Bytes:
        rows, blocks = len(synthetic), -(-length // BLOCK_BYTES)
        counters = np.repeat(synthetic[:, None, :], blocks, axis=1)
        # RFC 5297 clears two bits of the IV, so that counting never carries beyond 32 bits.
        counters[:, :, 8] &= 0x7F
        counters[:, :, 12] &= 0x7F
        low = counters.view(">u4")
        low[:, :, 3] += np.arange(blocks, dtype=np.uint32)
        stream = self._blocks(self._encrypt, counters.reshape(-1, BLOCK_BYTES))
        return stream.reshape(rows, blocks * BLOCK_BYTES)[:, :length]

    @staticmethod
    def _blocks(cipher: BlockCipher, blocks: Bytes) -> Bytes:
        data = cipher(np.ascontiguousarray(blocks).tobytes())
        return np.frombuffer(data, np.uint8).reshape(-1, BLOCK_BYTES)


def _doubled(block: bytes) -> bytes:
    """Multiplication by x in GF(2^128)."""
    number = int.from_bytes(block, "big") << 1
    if number >> 128:
        number = (number ^ _POLYNOMIAL) & ((1 << 128) - 1)
    return number.to_bytes(BLOCK_BYTES, "big")


def _row(block: bytes) -> Bytes:
    return np.frombuffer(block, np.uint8)
