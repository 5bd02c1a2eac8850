"""Who a number belongs to by its first digits: card issuers, telephone areas and segments.

Checks as `weir.privacy.check_digits` has them.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from weir.privacy.check_digits import Check, digits_of, number_of
from weir.privacy.pieces import Bools, Bytes

_ZERO, _NINE = ord("0"), ord("9")


def _card_issuer(candidates: Bytes) -> Bools:
    return _issuers().take(number_of(digits_of(candidates[:, :6])))


@cache
def _issuers() -> Bools:
    """By the first six digits: whether ISO/IEC 7812 or the list of domestic issuers has them."""
    known = np.zeros(1_000_000, bool)
    for first, last in _ISSUERS:
        known[first : last + 1] = True
    return known


_ISSUERS = (
    (222_100, 272_099),
    (340_000, 349_999),
    (352_800, 358_999),
    (370_000, 379_999),
    (400_000, 499_999),
    (510_000, 559_999),
    (601_100, 601_199),
    (601_382, 601_382),
    (601_428, 601_428),
    (602_907, 602_907),
    (602_969, 602_969),
    (603_000, 603_999),
    (620_000, 629_999),
    (644_000, 659_999),
    (685_800, 685_800),
    (690_755, 690_755),
    (900_000, 900_000),
    (900_010, 900_010),
    (901_578, 901_578),
    (905_920, 905_929),
    (810_000, 817_199),
    (940_000, 940_099),
    (955_100, 955_100),
    (955_550, 955_599),
    (955_800, 955_899),
    (966_666, 966_666),
    (968_807, 968_809),
    (984_301, 984_303),
    (985_262, 985_262),
    (998_800, 998_802),
)
"""UnionPay 62 and 81, Visa, Mastercard, JCB, American Express, Discover, and domestic ones."""


def _mobile_segment(candidates: Bytes) -> Bools:
    """The first three digits of the national number; a country code may stand before them."""
    plain = _SEGMENTS.take(number_of(digits_of(candidates[:, :3])) % 1000)
    if candidates.shape[1] < 13:  # noqa: PLR2004 — of a number with its country code
        return plain
    local = digits_of(candidates[:, 2:5])
    coded = (candidates[:, 0] == ord("8")) & _SEGMENTS.take(number_of(local) % 1000)
    local = digits_of(candidates[:, 4:7])
    coded |= (candidates[:, 0] == _ZERO) & _SEGMENTS.take(number_of(local) % 1000)
    return np.asarray(plain | coded)


_SEGMENTS = np.zeros(1000, bool)
_SEGMENTS[130:140] = _SEGMENTS[150:160] = _SEGMENTS[180:200] = _SEGMENTS[170:179] = True
_SEGMENTS[[145, 147, 149, 162, 165, 166, 167]] = True
_SEGMENTS[[154, 194]] = False
"""Of mobile telephony for persons; the 13-digit numbers of things have others."""


def _area_code(candidates: Bytes) -> Bools:
    """010, 02x or 0xyz as assigned; without a mark behind it, the right number of digits follow.
    A bracket may stand before."""
    first = (candidates == _ZERO).argmax(1)
    digits = digits_of(np.take_along_axis(candidates, first[:, None] + np.arange(4), axis=1))
    short = _SHORT_AREAS.take(number_of(digits[:, :3]))
    fourth = digits[:, 3]
    long = _AREAS.take(number_of(digits) % 10_000) & (fourth >= 0) & (fourth <= 9)  # noqa: PLR2004
    bare = ((candidates >= _ZERO) & (candidates <= _NINE)).all(1)
    whole = candidates.shape[1] == 11  # noqa: PLR2004 — of a short code and eight digits
    return np.asarray((short & (~bare | whole)) | long)


def _areas() -> Bools:
    known = np.zeros(10_000, bool)
    for prefix, last in _AREA_CODES.items():
        known[[int(prefix + digit) for digit in last]] = True
    return known


_AREA_CODES = {
    "031": "0123456789",
    "033": "5",
    "034": "9",
    "035": "0123456789",
    "037": "012345679",
    "039": "1234568",
    "041": "0123456789",
    "042": "1379",
    "043": "123456789",
    "044": "08",
    "045": "123456789",
    "046": "4789",
    "047": "0123456789",
    "048": "23",
    "051": "0123456789",
    "052": "37",
    "053": "0123456789",
    "054": "36",
    "055": "0123456789",
    "056": "12346",
    "057": "0123456789",
    "058": "0",
    "059": "123456789",
    "063": "1234567",
    "066": "0238",
    "069": "12",
    "070": "1",
    "071": "0123456789",
    "072": "248",
    "073": "0123456789",
    "074": "3456",
    "075": "0123456789",
    "076": "02356789",
    "077": "0123456789",
    "079": "0123456789",
    "081": "23678",
    "082": "567",
    "083": "0123456789",
    "085": "123456789",
    "087": "0123456789",
    "088": "36789",
    "089": "12345678",
    "090": "1236789",
    "091": "123456789",
    "093": "0123456789",
    "094": "13",
    "095": "12345",
    "097": "012345679",
    "099": "0123456789",
}
_AREAS = _areas()
_SHORT_AREAS = np.zeros(1000, bool)
_SHORT_AREAS[[10, 20, 21, 22, 23, 24, 25, 27, 28, 29]] = True

_NETWORKS = np.zeros(100, bool)
_NETWORKS[[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 20]] = True
"""Of the mobile country code 460."""

CARD_ISSUER = Check(name="iso7812", passes=_card_issuer, chance=1, proves=False)
MOBILE_SEGMENT = Check(name="segment", passes=_mobile_segment, chance=1, proves=False)
AREA_CODE = Check(name="area", passes=_area_code, chance=1, proves=False)
NETWORK = Check(
    name="mnc",
    passes=lambda candidates: _NETWORKS.take(number_of(digits_of(candidates[:, 3:5]))),
    chance=1,
    proves=False,
)
