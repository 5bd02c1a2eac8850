"""The few functions of the system's libcrypto 3 that SM2 needs, each with its C signature."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_char_p, c_int, c_long, c_size_t, c_ulong, c_void_p
from functools import cache
from typing import Any

from weir.errors import RefusedError

_NAMES = ("libcrypto.so.3", "libcrypto.3.dylib")
_MAJOR_SHIFT = 28

_SIGNATURES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "BIO_free": (c_int, (c_void_p,)),
    "BIO_ctrl": (c_long, (c_void_p, c_int, c_long, c_void_p)),
    "BIO_new": (c_void_p, (c_void_p,)),
    "BIO_new_mem_buf": (c_void_p, (c_char_p, c_int)),
    "BIO_s_mem": (c_void_p, ()),
    "BIO_s_secmem": (c_void_p, ()),
    "ERR_clear_error": (None, ()),
    "ERR_peek_last_error": (c_ulong, ()),
    "ERR_reason_error_string": (c_char_p, (c_ulong,)),
    "EVP_DigestSign": (c_int, (c_void_p, c_char_p, POINTER(c_size_t), c_char_p, c_size_t)),
    "EVP_DigestSignInit": (c_int, (c_void_p, POINTER(c_void_p), c_void_p, c_void_p, c_void_p)),
    "EVP_DigestVerify": (c_int, (c_void_p, c_char_p, c_size_t, c_char_p, c_size_t)),
    "EVP_DigestVerifyInit": (c_int, (c_void_p, POINTER(c_void_p), c_void_p, c_void_p, c_void_p)),
    "EVP_MD_CTX_free": (None, (c_void_p,)),
    "EVP_MD_CTX_new": (c_void_p, ()),
    "EVP_PKEY_CTX_free": (None, (c_void_p,)),
    "EVP_PKEY_CTX_new_from_name": (c_void_p, (c_void_p, c_char_p, c_char_p)),
    "EVP_PKEY_CTX_set1_id": (c_int, (c_void_p, c_char_p, c_int)),
    "EVP_PKEY_free": (None, (c_void_p,)),
    "EVP_PKEY_generate": (c_int, (c_void_p, POINTER(c_void_p))),
    "EVP_PKEY_is_a": (c_int, (c_void_p, c_char_p)),
    "EVP_PKEY_keygen_init": (c_int, (c_void_p,)),
    "EVP_sm3": (c_void_p, ()),
    "OpenSSL_version_num": (c_ulong, ()),
    "PEM_read_bio_PUBKEY": (c_void_p, (c_void_p, c_void_p, c_void_p, c_char_p)),
    "PEM_read_bio_PrivateKey": (c_void_p, (c_void_p, c_void_p, c_void_p, c_char_p)),
    "PEM_write_bio_PUBKEY": (c_int, (c_void_p, c_void_p)),
    "PEM_write_bio_PrivateKey": (
        c_int,
        (c_void_p, c_void_p, c_void_p, c_char_p, c_int, c_void_p, c_void_p),
    ),
}


@cache
def libcrypto() -> ctypes.CDLL:
    """The library, with every signature declared.

    Raises `RefusedError` with code `libcrypto_missing` where OpenSSL 3 is not installed.
    """
    for name in _NAMES:
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        try:
            for function, (result, arguments) in _SIGNATURES.items():
                declared = getattr(library, function)
                declared.restype = result
                declared.argtypes = arguments
        except AttributeError:
            continue
        if library.OpenSSL_version_num() >> _MAJOR_SHIFT == 3:  # noqa: PLR2004 - OpenSSL 3
            return library
    raise RefusedError(
        "libcrypto_missing",
        "SM2 needs the system's OpenSSL 3 library",
        where={"looked_for": ", ".join(_NAMES)},
        remedy="install OpenSSL 3 (Debian: libssl3)",
    )


def failure(library: ctypes.CDLL, operation: str) -> RefusedError:
    """The error for a failed call: OpenSSL's own reason, which never quotes its input."""
    reason = library.ERR_reason_error_string(library.ERR_peek_last_error())
    library.ERR_clear_error()
    text = reason.decode("ascii", "replace") if reason else "no reason given"
    return RefusedError("sm2_failed", f"{operation} failed in OpenSSL: {text}")
