"""SM2 signatures (GB/T 32918.2) with SM3, by the system's OpenSSL 3.

The signer's identity is the standard's default, `1234567812345678`, stated explicitly because
OpenSSL 3.0 assumes none. Keys travel as PEM (PKCS #8 and SubjectPublicKeyInfo), so anyone can
check a signature with `openssl dgst -sm3 -verify key.pem -sigopt distid:1234567812345678`.
"""

from __future__ import annotations

import base64
import ctypes
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from weir.crypto._libcrypto import failure, libcrypto
from weir.crypto.sm3 import sm3_hex
from weir.errors import IntegrityError

DISTID = b"1234567812345678"
_MAX_SIGNATURE_BYTES = 80  # a DER SEQUENCE of two 256-bit integers takes at most 72
_MAX_PEM_BYTES = 16 * 1024
_BIO_CTRL_INFO = 3


class VerifyingKey:
    """An SM2 public key. Safe to share between threads."""

    def __init__(self, handle: int) -> None:
        """Takes over `handle`, an EVP_PKEY; see `from_pem`."""
        self._handle = handle
        weakref.finalize(self, libcrypto().EVP_PKEY_free, handle)
        self._pem = _write_pem(handle, private=False)
        body = b"".join(self._pem.strip().splitlines()[1:-1])
        self._key_id = str(sm3_hex(base64.b64decode(body)))

    @classmethod
    def from_pem(cls, pem: bytes) -> Self:
        """Raises `IntegrityError` (`key_malformed`) for anything but an SM2 public key."""
        return cls(_read_pem(pem, private=False))

    def to_pem(self) -> bytes:
        return self._pem

    @property
    def key_id(self) -> str:
        """SM3 of the DER SubjectPublicKeyInfo."""
        return self._key_id

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether `signature` (DER) is this key's over `message`; a malformed one is not."""
        library = libcrypto()
        with _digest_context(self._handle, library.EVP_DigestVerifyInit) as context:
            answer = library.EVP_DigestVerify(
                context, signature, len(signature), message, len(message)
            )
        library.ERR_clear_error()
        return bool(answer == 1)

    def __repr__(self) -> str:
        return f"VerifyingKey({self._key_id[:16]})"


class SigningKey:
    """An SM2 private key. Safe to share between threads; never shown by `repr` or pickled."""

    def __init__(self, handle: int) -> None:
        """Takes over `handle`, an EVP_PKEY; see `generate` and `from_pem`."""
        self._handle = handle
        weakref.finalize(self, libcrypto().EVP_PKEY_free, handle)
        self._public = VerifyingKey.from_pem(_write_pem(handle, private=False))

    @classmethod
    def generate(cls) -> Self:
        library = libcrypto()
        context = library.EVP_PKEY_CTX_new_from_name(None, b"SM2", None)
        if not context:
            raise failure(library, "finding SM2")
        try:
            handle = ctypes.c_void_p()
            if library.EVP_PKEY_keygen_init(context) != 1:
                raise failure(library, "key generation")
            if library.EVP_PKEY_generate(context, ctypes.byref(handle)) != 1 or not handle.value:
                raise failure(library, "key generation")
        finally:
            library.EVP_PKEY_CTX_free(context)
        return cls(handle.value)

    @classmethod
    def from_pem(cls, pem: bytes) -> Self:
        """Raises `IntegrityError` (`key_malformed`) for anything but an SM2 private key.

        An encrypted PEM is refused as malformed: nobody is asked for a passphrase.
        """
        return cls(_read_pem(pem, private=True))

    def to_pem(self) -> bytes:
        """Unencrypted PKCS #8: write it only to a file that its owner alone can read."""
        return _write_pem(self._handle, private=True)

    @property
    def public(self) -> VerifyingKey:
        return self._public

    def sign(self, message: bytes) -> bytes:
        """A DER signature; each call gives another, as SM2 takes a fresh random number."""
        library = libcrypto()
        signature = ctypes.create_string_buffer(_MAX_SIGNATURE_BYTES)
        length = ctypes.c_size_t(_MAX_SIGNATURE_BYTES)
        with _digest_context(self._handle, library.EVP_DigestSignInit) as context:
            if (
                library.EVP_DigestSign(
                    context, signature, ctypes.byref(length), message, len(message)
                )
                != 1
            ):
                raise failure(library, "signing")
        return signature.raw[: length.value]

    def __repr__(self) -> str:
        return f"SigningKey(public={self._public!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        raise TypeError("a private key is not pickled")


@contextmanager
def _digest_context(handle: int, initialise: Any) -> Iterator[int]:
    """An EVP_MD_CTX for SM2 with SM3 and the default identity; freed on the way out."""
    library = libcrypto()
    context = library.EVP_MD_CTX_new()
    if not context:
        raise failure(library, "allocating a context")
    try:
        # The key context belongs to the digest context and is freed with it.
        key_context = ctypes.c_void_p()
        if (
            initialise(context, ctypes.byref(key_context), library.EVP_sm3(), None, handle) != 1
            or library.EVP_PKEY_CTX_set1_id(key_context, DISTID, len(DISTID)) != 1
        ):
            raise failure(library, "initialising SM2")
        yield context
    finally:
        library.EVP_MD_CTX_free(context)


def _read_pem(pem: bytes, *, private: bool) -> int:
    library = libcrypto()
    if len(pem) > _MAX_PEM_BYTES:
        raise _malformed(private=private)
    bio = library.BIO_new_mem_buf(pem, len(pem))
    if not bio:
        raise failure(library, "allocating a buffer")
    try:
        read = library.PEM_read_bio_PrivateKey if private else library.PEM_read_bio_PUBKEY
        # An empty passphrase keeps OpenSSL from asking on the terminal.
        handle = read(bio, None, None, b"")
    finally:
        library.BIO_free(bio)
    library.ERR_clear_error()
    if not handle:
        raise _malformed(private=private)
    if library.EVP_PKEY_is_a(handle, b"SM2") != 1:
        library.EVP_PKEY_free(handle)
        raise _malformed(private=private)
    return int(handle)


def _write_pem(handle: int, *, private: bool) -> bytes:
    library = libcrypto()
    bio = library.BIO_new(library.BIO_s_secmem() if private else library.BIO_s_mem())
    if not bio:
        raise failure(library, "allocating a buffer")
    try:
        written = (
            library.PEM_write_bio_PrivateKey(bio, handle, None, None, 0, None, None)
            if private
            else library.PEM_write_bio_PUBKEY(bio, handle)
        )
        if written != 1:
            raise failure(library, "writing a key")
        data = ctypes.c_void_p()
        size = library.BIO_ctrl(bio, _BIO_CTRL_INFO, 0, ctypes.byref(data))
        if size <= 0 or not data.value:
            raise failure(library, "writing a key")
        return ctypes.string_at(data.value, size)
    finally:
        library.BIO_free(bio)


def _malformed(*, private: bool) -> IntegrityError:
    kind = "private" if private else "public"
    return IntegrityError(
        "key_malformed",
        f"this is not an SM2 {kind} key in PEM",
        remedy="give an unencrypted PKCS #8 key" if private else "give a SubjectPublicKeyInfo",
    )
