"""Check digits of identity cards of Hong Kong and Taiwan.

Checks as `weir.privacy.check_digits` has them.
"""

from __future__ import annotations

import numpy as np

from weir.privacy.check_digits import Check, digits_of
from weir.privacy.pieces import Bools, Bytes, Ints

_A, _ZERO, _NINE = ord("A"), ord("0"), ord("9")
_TWO_LETTERS = frozenset({9, 11, 13, 15})
"""The bytes of a Hong Kong number with two letters: bare, in brackets, in full-width ones."""

_SPACE = 36
_HONG_KONG_WEIGHTS = np.array([9, 8, 7, 6, 5, 4, 3, 2], np.int32)

_TAIWAN_CODES = np.array(
    [
        *(10, 11, 12, 13, 14, 15, 16, 17, 34, 18, 19, 20, 21),
        *(22, 35, 23, 24, 25, 26, 27, 28, 29, 32, 30, 31, 33),
    ],
    np.int32,
)
_TAIWAN_WEIGHTS = np.array([8, 7, 6, 5, 4, 3, 2, 1, 1], np.int32)


def _hong_kong(candidates: Bytes) -> Bools:
    """Weights modulo 11 over a letter or two, six digits and the check digit."""
    letters = 1 + (candidates.shape[1] in _TWO_LETTERS)
    body = candidates[:, : letters + 6]
    values = np.where(body >= _A, body.astype(np.int32) - _A + 10, digits_of(body))
    sums = values @ _HONG_KONG_WEIGHTS[-(letters + 6) :]
    sums += _SPACE * 9 * (letters == 1)
    rest = candidates[:, letters + 6 :]
    last = np.where(rest == _A, 10, digits_of(rest))
    place = ((rest == _A) | ((rest >= _ZERO) & (rest <= _NINE))).argmax(1)
    return np.asarray((sums + last[np.arange(len(last)), place]) % 11 == 0)


def _taiwan(candidates: Bytes) -> Bools:
    """Weights modulo 10; a second letter, of a resident of old, counts by its last digit."""
    first = _letter_codes(candidates[:, 0])
    second = candidates[:, 1]
    digit = np.where(second >= _A, _letter_codes(second) % 10, digits_of(second))
    sums = first // 10 + first % 10 * 9
    digits = np.concatenate([digit[:, None], digits_of(candidates[:, 2:])], axis=1)
    return np.asarray((sums + digits @ _TAIWAN_WEIGHTS) % 10 == 0)


def _letter_codes(letters: Bytes) -> Ints:
    return np.asarray(_TAIWAN_CODES.take(letters.astype(np.int32) - _A, mode="clip"))


HONG_KONG = Check(name="hkid", passes=_hong_kong, chance=1 / 11)
TAIWAN = Check(name="twid", passes=_taiwan, chance=1 / 10)
