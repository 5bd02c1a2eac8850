"""A file sealed with SM4-GCM (GB/T 32907, GB/T 36624) in chunks that can be read at random.

    header  8 bytes magic and version, 4 bytes chunk size, 8 bytes random nonce prefix
    chunk   ciphertext (chunk size; the final one shorter or equal), 16 bytes tag

The nonce is prefix and chunk index. Every tag covers the header, the index, whether the chunk is
the final one, and the caller's context; so chunks cannot be swapped, dropped, repeated or moved to
another file, and a file cannot be read as another one. A key seals one file.
"""

from __future__ import annotations

import io
import os
import struct
from types import TracebackType
from typing import BinaryIO, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4

from weir.errors import IntegrityError

KEY_BYTES = 16
_MAGIC = b"WEIRSM4\x01"
_HEADER = struct.Struct(">8sI8s")
_PLACE = struct.Struct(">I?")
_TAG_BYTES = 16
_CHUNK_BYTES = 256 * 1024
_MIN_CHUNK_BYTES = 64 * 1024
_MAX_CHUNK_BYTES = 1024 * 1024
_MAX_CHUNKS = 2**32


class SealingWriter:
    """A binary file that seals what is written and passes it to `sink`, which stays open.

    Only `close` makes the file whole. A writer that is dropped, or left through an exception,
    leaves bytes that no reader accepts.
    """

    def __init__(self, sink: BinaryIO, key: bytes, context: bytes) -> None:
        _check_key(key)
        self._sink = sink
        self._key = key
        self._header = _HEADER.pack(_MAGIC, _CHUNK_BYTES, os.urandom(8))
        self._context = context
        self._pending = bytearray()
        self._index = 0
        self._position = 0
        self.closed = False
        sink.write(self._header)

    def write(self, data: bytes | bytearray | memoryview) -> int:
        if self.closed:
            raise ValueError("write to a closed file")
        piece = memoryview(data).cast("B")
        self._pending += piece
        # A full chunk waits until more arrives, for only then it is known not to be the final one.
        start = 0
        while len(self._pending) - start > _CHUNK_BYTES:
            self._seal(self._pending[start : start + _CHUNK_BYTES], final=False)
            start += _CHUNK_BYTES
        del self._pending[:start]
        self._position += len(piece)
        return len(piece)

    def close(self) -> None:
        """Seal the final chunk. Closing twice does nothing."""
        if not self.closed:
            self._seal(self._pending, final=True)
            self._abandon()

    def flush(self) -> None:
        """A chunk is sealed when it is full; there is nothing to hurry."""

    def tell(self) -> int:
        """Bytes written so far, before sealing."""
        return self._position

    def readable(self) -> bool:
        return False

    def writable(self) -> bool:
        return not self.closed

    def seekable(self) -> bool:
        return False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self._abandon()

    def _abandon(self) -> None:
        self.closed = True
        self._pending = bytearray()

    def _seal(self, plain: bytes | bytearray, *, final: bool) -> None:
        if self._index >= _MAX_CHUNKS:
            raise IntegrityError("sealed_too_large", "a sealed file holds at most 2^32 chunks")
        encryptor = Cipher(SM4(self._key), modes.GCM(_nonce(self._header, self._index))).encryptor()
        encryptor.authenticate_additional_data(
            _authenticated(self._header, self._index, self._context, final=final)
        )
        self._sink.write(encryptor.update(plain) + encryptor.finalize())
        self._sink.write(encryptor.tag)
        self._index += 1


class SealedReader(io.RawIOBase):
    """The plaintext of a sealed file, seekable; decrypts only the chunks that are read.

    `source` stays open. Opening checks the header and the final chunk, so a truncated or extended
    file, a wrong key and a wrong context are refused at once; reading checks each chunk it gives
    out. Every refusal is an `IntegrityError` with code `seal_broken`.
    """

    def __init__(self, source: BinaryIO, key: bytes, context: bytes) -> None:
        _check_key(key)
        super().__init__()
        self._source = source
        self._key = key
        self._context = context
        size = source.seek(0, io.SEEK_END)
        source.seek(0)
        self._header = source.read(_HEADER.size)
        if len(self._header) != _HEADER.size:
            raise _broken("its header is cut short")
        magic, chunk_bytes, _ = _HEADER.unpack(self._header)
        self._chunk_bytes: int = chunk_bytes
        if magic != _MAGIC or not _MIN_CHUNK_BYTES <= self._chunk_bytes <= _MAX_CHUNK_BYTES:
            raise _broken("its header is not one of ours")
        self._stride = self._chunk_bytes + _TAG_BYTES
        body = size - _HEADER.size
        self._chunks = -(-body // self._stride)
        final_bytes = body - (self._chunks - 1) * self._stride - _TAG_BYTES
        if self._chunks < 1 or self._chunks > _MAX_CHUNKS or final_bytes < 0:
            raise _broken("it is cut short")
        self._size: int = (self._chunks - 1) * self._chunk_bytes + final_bytes
        self._position: int = 0
        self._cached_index = -1
        self._cached = b""
        self._chunk(self._chunks - 1)

    @property
    def size_bytes(self) -> int:
        """Bytes of plaintext."""
        return self._size

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if origin + offset < 0:
            raise ValueError("seek before the start")
        self._position = origin + offset
        return self._position

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        """Fill `buffer`; short only at the end of the file, as Parquet readers expect."""
        target = memoryview(buffer).cast("B")
        wanted = max(0, min(len(target), self._size - self._position))
        done = 0
        while done < wanted:
            index, offset = divmod(self._position, self._chunk_bytes)
            chunk = self._chunk(index)
            take = min(wanted - done, len(chunk) - offset)
            target[done : done + take] = memoryview(chunk)[offset : offset + take]
            done += take
            self._position += take
        return done

    def _chunk(self, index: int) -> bytes:
        if index == self._cached_index:
            return self._cached
        self._source.seek(_HEADER.size + index * self._stride)
        sealed = self._source.read(self._stride)
        if len(sealed) < _TAG_BYTES:
            raise _broken("it is cut short")
        decryptor = Cipher(
            SM4(self._key), modes.GCM(_nonce(self._header, index), sealed[-_TAG_BYTES:])
        ).decryptor()
        decryptor.authenticate_additional_data(
            _authenticated(self._header, index, self._context, final=index == self._chunks - 1)
        )
        try:
            plain = decryptor.update(memoryview(sealed)[:-_TAG_BYTES]) + decryptor.finalize()
        except InvalidTag as error:
            raise _broken(f"chunk {index} is not what was sealed") from error
        self._cached_index, self._cached = index, plain
        return plain


def _nonce(header: bytes, index: int) -> bytes:
    return header[-8:] + index.to_bytes(4, "big")


def _authenticated(header: bytes, index: int, context: bytes, *, final: bool) -> bytes:
    return header + _PLACE.pack(index, final) + context


def _check_key(key: bytes) -> None:
    if len(key) != KEY_BYTES:
        raise IntegrityError("key_malformed", "an SM4 key has 16 bytes")


def _broken(what: str) -> IntegrityError:
    return IntegrityError(
        "seal_broken",
        f"a sealed file cannot be opened: {what}",
        remedy="the file, its key or its place was changed; pull the data again",
    )
