from __future__ import annotations

import contextlib
import io
import os
from typing import Any, BinaryIO, cast

import gmalg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4

from weir.crypto.sealing import SealedReader, SealingWriter
from weir.errors import IntegrityError

KEY = bytes(range(16))
CONTEXT = b"sme-credit/electricity-bills"
CHUNK = 256 * 1024
STRIDE = CHUNK + 16
HEADER = 20


def seal(plain: bytes, key: bytes = KEY, context: bytes = CONTEXT) -> bytes:
    """`plain`, sealed."""
    sink = io.BytesIO()
    with SealingWriter(sink, key, context) as writer:
        writer.write(plain)
    return sink.getvalue()


def unseal(sealed: bytes, key: bytes = KEY, context: bytes = CONTEXT) -> bytes:
    """Everything inside `sealed`."""
    return SealedReader(io.BytesIO(sealed), key, context).readall()


def refused(sealed: bytes, key: bytes = KEY, context: bytes = CONTEXT) -> None:
    """Reading `sealed` to the end must be refused as tampered."""
    with pytest.raises(IntegrityError) as refusal:
        unseal(sealed, key, context)
    assert refusal.value.code == "seal_broken"


def test_sm4_is_the_cipher_of_gb_t_32907() -> None:
    """Example 1 of GB/T 32907-2016, and the same block by an independent implementation."""
    key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
    block = bytes.fromhex("681EDF34D206965E86B3E94F536E4246")
    encryptor = Cipher(SM4(key), modes.ECB()).encryptor()  # noqa: S305 - the standard's example
    assert encryptor.update(key) == block == gmalg.SM4(key).encrypt(key)


def test_sm4_gcm_is_that_of_rfc_8998() -> None:
    """Appendix A.1 of RFC 8998."""
    key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
    nonce = bytes.fromhex("00001234567800000000ABCD")
    data = bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")
    plain = bytes.fromhex(
        "AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBCCCCCCCCCCCCCCCCDDDDDDDDDDDDDDDD"
        "EEEEEEEEEEEEEEEEFFFFFFFFFFFFFFFFEEEEEEEEEEEEEEEEAAAAAAAAAAAAAAAA"
    )
    encryptor = Cipher(SM4(key), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(data)
    sealed = encryptor.update(plain) + encryptor.finalize()
    assert sealed.hex().upper().startswith("17F399F08C67D5EE19D0DC9969C4BB7D")
    assert encryptor.tag.hex().upper() == "83DE3541E4C2B58177E065A9BF7B62EC"


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 7])
def test_every_size_comes_back(size: int) -> None:
    """Around the chunk boundaries above all."""
    plain = os.urandom(size)
    sealed = seal(plain)
    assert unseal(sealed) == plain
    assert SealedReader(io.BytesIO(sealed), KEY, CONTEXT).size_bytes == size
    assert len(sealed) == HEADER + size + 16 * max(1, -(-size // CHUNK))


def test_truncation_is_refused_also_at_a_chunk_boundary() -> None:
    """The missing end is noticed on opening, before any byte is given out."""
    sealed = seal(os.urandom(3 * CHUNK))
    cuts = [0, 5, HEADER, HEADER + 10, HEADER + STRIDE, HEADER + 2 * STRIDE, len(sealed) - 1]
    for cut in cuts:
        with pytest.raises(IntegrityError):
            SealedReader(io.BytesIO(sealed[:cut]), KEY, CONTEXT)
    refused(sealed + b"\x00")
    refused(sealed + sealed[HEADER : HEADER + STRIDE])


def test_swapped_repeated_and_foreign_chunks_are_refused() -> None:
    """A chunk belongs to one place in one file."""
    plain = os.urandom(3 * CHUNK + 5)
    sealed, other = seal(plain), seal(plain)
    chunks = [sealed[HEADER + i * STRIDE : HEADER + (i + 1) * STRIDE] for i in range(4)]
    head = sealed[:HEADER]
    refused(head + chunks[1] + chunks[0] + chunks[2] + chunks[3])
    refused(head + chunks[0] + chunks[0] + chunks[2] + chunks[3])
    refused(head + other[HEADER : HEADER + STRIDE] + b"".join(chunks[1:]))
    refused(other[:HEADER] + b"".join(chunks))


def test_another_context_or_key_is_refused() -> None:
    """A sealed file cannot be read as another one."""
    sealed = seal(b"rows")
    refused(sealed, context=b"sme-credit/population")
    refused(sealed, key=bytes(16))


def test_a_chunk_size_that_exhausts_memory_is_refused() -> None:
    """The header is checked before it is believed."""
    sealed = seal(b"rows")
    for size in (0, 1, 2**31):
        refused(sealed[:8] + size.to_bytes(4, "big") + sealed[12:])


@pytest.mark.parametrize("key", [b"", bytes(15), bytes(32)])
def test_a_key_of_another_length_is_refused(key: bytes) -> None:
    """SM4 has one key length."""
    with pytest.raises(IntegrityError) as refusal:
        SealingWriter(io.BytesIO(), key, CONTEXT)
    assert refusal.value.code == "key_malformed"
    with pytest.raises(IntegrityError):
        SealedReader(io.BytesIO(seal(b"")), key, CONTEXT)


def test_a_writer_left_by_an_exception_seals_nothing_readable() -> None:
    """Half a table never passes for a whole one."""
    sink = io.BytesIO()
    writer = SealingWriter(sink, KEY, CONTEXT)
    with contextlib.suppress(RuntimeError), writer:
        writer.write(os.urandom(2 * CHUNK + 1))
        raise RuntimeError
    with pytest.raises(ValueError, match="closed"):
        writer.write(b"more")
    writer.close()
    refused(sink.getvalue())


@pytest.mark.article("第六条", "第八条")
def test_the_same_plaintext_is_never_sealed_to_the_same_bytes() -> None:
    """Nonces are fresh per file."""
    assert seal(b"rows")[HEADER:] != seal(b"rows")[HEADER:]


def test_parquet_is_written_through_and_read_at_random() -> None:
    """The shape in which snapshots use it."""
    table = pa.table({"n": pa.array(range(300_000)), "t": [str(i) for i in range(300_000)]})
    sink = io.BytesIO()
    with SealingWriter(sink, KEY, CONTEXT) as writer:
        pq.write_table(table, cast("Any", writer), row_group_size=20_000)
    reader = SealedReader(cast("BinaryIO", sink), KEY, CONTEXT)
    parquet = pq.ParquetFile(pa.PythonFile(reader, mode="r"))
    assert parquet.read_row_group(7, columns=["t"]).column("t")[3].as_py() == "140003"
    assert parquet.read().equals(table)


def test_a_flipped_bit_inside_parquet_is_refused_and_names_no_value() -> None:
    """The refusal passes through Arrow as it is."""
    table = pa.table({"name": ["言谨之"] * 200_000})
    sink = io.BytesIO()
    with SealingWriter(sink, KEY, CONTEXT) as writer:
        pq.write_table(table, cast("Any", writer), use_dictionary=False, compression="none")
    damaged = bytearray(sink.getvalue())
    damaged[HEADER + STRIDE + 1000] ^= 1
    reader = SealedReader(io.BytesIO(bytes(damaged)), KEY, CONTEXT)
    with pytest.raises(IntegrityError) as refusal:
        pq.ParquetFile(pa.PythonFile(reader, mode="r")).read()
    assert "言谨之" not in str(refusal.value)
