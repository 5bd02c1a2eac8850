from __future__ import annotations

import io
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weir.crypto.sealing import SealedReader, SealingWriter
from weir.errors import IntegrityError

KEY = bytes(range(16))
SIZE = 600_000
PLAIN = random.Random(7).randbytes(SIZE)  # noqa: S311 - test data, not a key


def sealed_in_pieces(pieces: list[int]) -> bytes:
    """PLAIN, sealed through writes of the given sizes."""
    sink = io.BytesIO()
    with SealingWriter(sink, KEY, b"c") as writer:
        start = 0
        for piece in pieces:
            writer.write(PLAIN[start : start + piece])
            start += piece
        writer.write(PLAIN[start:])
    return sink.getvalue()


SEALED = sealed_in_pieces([])


@given(st.lists(st.integers(0, 300_000), max_size=8))
@settings(max_examples=30, deadline=None)
def test_how_it_was_written_does_not_matter(pieces: list[int]) -> None:
    """Any sequence of writes gives the same plaintext back."""
    assert SealedReader(io.BytesIO(sealed_in_pieces(pieces)), KEY, b"c").readall() == PLAIN


@given(st.lists(st.tuples(st.integers(0, SIZE + 10), st.integers(0, 400_000)), max_size=6))
@settings(max_examples=50, deadline=None)
def test_random_access_equals_a_plain_file(reads: list[tuple[int, int]]) -> None:
    """Seeks and reads behave as on the plaintext."""
    plain, reader = io.BytesIO(PLAIN), SealedReader(io.BytesIO(SEALED), KEY, b"c")
    for offset, size in reads:
        assert reader.seek(offset) == plain.seek(offset)
        assert reader.read(size) == plain.read(size)
        assert reader.tell() == plain.tell()


@given(st.integers(0, len(SEALED) * 8 - 1))
@settings(max_examples=150, deadline=None)
def test_any_flipped_bit_is_refused(bit: int) -> None:
    """Header, ciphertext or tag: one bit is enough."""
    damaged = bytearray(SEALED)
    damaged[bit // 8] ^= 1 << (bit % 8)
    with pytest.raises(IntegrityError):
        SealedReader(io.BytesIO(bytes(damaged)), KEY, b"c").readall()


@given(st.integers(0, len(SEALED) - 1))
@settings(max_examples=60, deadline=None)
def test_any_truncation_is_refused_on_opening(length: int) -> None:
    """Wherever the end is cut off."""
    with pytest.raises(IntegrityError):
        SealedReader(io.BytesIO(SEALED[:length]), KEY, b"c")
