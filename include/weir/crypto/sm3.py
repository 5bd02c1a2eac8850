"""SM3 digests (GB/T 32905-2016) as `Digest` text."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.hashes import SM3, Hash

from weir.model import Digest

_READ_BYTES = 1024 * 1024


class Sm3:
    """A running digest over bytes that arrive in pieces."""

    def __init__(self) -> None:
        self._hash = Hash(SM3())

    def update(self, data: bytes | bytearray | memoryview) -> None:
        self._hash.update(data)

    def hexdigest(self) -> Digest:
        """The digest of everything so far; more may follow."""
        return Digest(self._hash.copy().finalize().hex())


def sm3_hex(data: bytes | bytearray | memoryview) -> Digest:
    digest = Sm3()
    digest.update(data)
    return digest.hexdigest()


def sm3_file(path: Path) -> Digest:
    """The digest of a file's bytes, read in pieces."""
    digest = Sm3()
    with path.open("rb") as file:
        while piece := file.read(_READ_BYTES):
            digest.update(piece)
    return digest.hexdigest()
