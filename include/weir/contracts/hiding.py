"""How much of a value the mask `partial` must hide: four characters at least, and a third of it.

Fewer hide nothing: a check digit gives one of them back, a region or birth date out of the few
that there can be some more, and of what is left somebody who knows a list of persons or firms
finds the one that fits. A mobile number shown as 3 + 4 and a resident ID shown as 6 + 4 hide
enough.
"""

from __future__ import annotations

from collections.abc import Mapping

_LEAST_HIDDEN = 4

LENGTHS: Mapping[str, int] = {
    "CN_DRIVER_LICENCE": 18,
    "CN_RESIDENT_ID": 18,
    "CN_RESIDENT_ID_15": 15,
    "CN_HMT_RESIDENCE": 18,
    "CN_DISABILITY_CERT": 20,
    "CN_FOREIGN_RESIDENT": 15,
    "CN_HKID": 8,
    "CN_MACAU_ID": 8,
    "CN_TAIWAN_ID": 10,
    "CN_TAIWAN_ARC": 10,
    "CN_USCC": 18,
    "CN_BUSINESS_REG": 15,
    "CN_TAXPAYER": 15,
    "CN_ORG_CODE": 9,
    "CN_BANK_CARD": 15,
    "CN_MOBILE": 11,
    "CN_SERVICE_NUMBER": 10,
    "CN_PLATE": 7,
    "CN_VIN": 17,
    "CN_HM_RETURN_PERMIT": 9,
    "CN_TW_RETURN_PERMIT": 8,
    "CN_PERMIT_TO_HM": 9,
    "CN_PERMIT_TO_TW": 9,
    "CN_PASSPORT": 8,
    "IMEI": 15,
    "IMSI": 15,
    "MAC_ADDRESS": 12,
    "CN_DRIVER_FILE": 12,
}
"""Letters and digits of the shortest identifier of a type, where a standard fixes its length. What
each bank, hospital or utility numbers in its own way is not among them."""


def least_length(shown: int) -> int:
    """The length from which on a value may show `shown` of its characters."""
    return max(shown + _LEAST_HIDDEN, -(-shown * 3 // 2))


def most_shown(length: int) -> int:
    """How many characters a value of `length` may show."""
    return max((shown for shown in range(length) if least_length(shown) <= length), default=0)


def shortest_of(entities: tuple[str, ...]) -> str | None:
    """The type of `entities` with the shortest identifiers; None where no length is fixed."""
    return min((one for one in entities if one in LENGTHS), key=LENGTHS.__getitem__, default=None)
