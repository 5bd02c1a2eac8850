"""Check digits of whole columns, as a table of ASCII codes with one identifier per row."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Chars = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]

USCC_ALPHABET = np.frombuffer(b"0123456789ABCDEFGHJKLMNPQRTUWXY", np.uint8)

_RESIDENT_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
_RESIDENT_CHECKS = np.frombuffer(b"10X98765432", np.uint8)
_ORGANISATION_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2])
_ORGANISATION_CHECKS = np.frombuffer(b"0123456789X", np.uint8)
_USCC_WEIGHTS = np.array([pow(3, place, 31) for place in range(17)])
_DOUBLED = np.array([0, 2, 4, 6, 8, 1, 3, 5, 7, 9])
_ZERO = ord("0")


def decimal(values: Ints, width: int) -> Chars:
    """Numbers as `width` digits with leading zeros."""
    powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    return (values[:, None] // powers % 10 + _ZERO).astype(np.uint8)


def literal(text: str, rows: int) -> Chars:
    """The same ASCII text in every row."""
    return np.broadcast_to(np.frombuffer(text.encode("ascii"), np.uint8), (rows, len(text)))


def joined(*parts: Chars) -> Chars:
    """Parts side by side."""
    return np.concatenate(parts, axis=1)


def resident_check(first_seventeen: Chars) -> Chars:
    """The 18th character of a resident ID, as one column (GB 11643: ISO 7064 MOD 11-2)."""
    values = first_seventeen.astype(np.int64) - _ZERO
    return np.asarray(_RESIDENT_CHECKS[values @ _RESIDENT_WEIGHTS % 11][:, None])


def organisation_check(first_eight: Chars) -> Chars:
    """The 9th character of an organisation code, as one column (GB 11714)."""
    sums = _base36(first_eight) @ _ORGANISATION_WEIGHTS
    return np.asarray(_ORGANISATION_CHECKS[-sums % 11][:, None])


def uscc_check(first_seventeen: Chars) -> Chars:
    """The 18th character of a unified social credit code, as one column (GB 32100)."""
    values = np.searchsorted(USCC_ALPHABET, first_seventeen)
    return np.asarray(USCC_ALPHABET[-(values @ _USCC_WEIGHTS) % 31][:, None])


def luhn_check(digits: Chars) -> Chars:
    """The digit that completes a card number, as one column (ISO/IEC 7812-1)."""
    values = digits[:, ::-1].astype(np.int64) - _ZERO
    sums = _DOUBLED[values[:, 0::2]].sum(1) + values[:, 1::2].sum(1)
    return np.asarray((-sums % 10 + _ZERO).astype(np.uint8)[:, None])


def _base36(characters: Chars) -> Ints:
    values = characters.astype(np.int64)
    return np.where(values <= ord("9"), values - _ZERO, values - ord("A") + 10)
