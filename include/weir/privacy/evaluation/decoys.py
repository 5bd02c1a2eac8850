"""Values that look like identifiers and are none."""

from __future__ import annotations

from collections.abc import Mapping

from weir.privacy.evaluation.draw import Draw
from weir.privacy.evaluation.values import Maker, mobile, resident_id, uscc


def order_number(draw: Draw) -> str:
    """A date and a serial number; platforms' own forms."""
    day = f"20{draw.between(19, 26)}{draw.between(1, 12):02}{draw.between(1, 28):02}"
    return draw.one(
        (
            day + draw.digits(draw.between(6, 12)),
            "DD" + day + draw.digits(8),
            draw.digits(draw.between(12, 20)).replace("0", "1", 1),
        )
    )


def amount(draw: Draw) -> str:
    return f"{draw.between(1, 10 ** draw.between(1, 9))}.{draw.digits(2)}"


def whole_amount(draw: Draw) -> str:
    """In cents and so on: as long as a mobile number now and then."""
    return str(draw.between(1, 10 ** draw.between(1, 12)))


def product_code(draw: Draw) -> str:
    letters = draw.signs("ABCDEGHKMPSX", draw.between(1, 3))
    return letters + draw.one(("", "-")) + draw.digits(draw.between(4, 9))


def barcode(draw: Draw) -> str:
    """EAN-13, with its check digit."""
    body = draw.one(("690", "692", "695", "697")) + draw.digits(9)
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body))
    return body + str(-total % 10)


def coordinate(draw: Draw) -> str:
    return f"{draw.between(73, 135)}.{draw.digits(6)},{draw.between(18, 53)}.{draw.digits(6)}"


def dotted_version(draw: Draw) -> str:
    return f"V{draw.below(10)}.{draw.below(20)}.{draw.below(100)}"


def day(draw: Draw) -> str:
    written = draw.one(("{}-{:02}-{:02}", "{}/{}/{}", "{}年{}月{}日", "{}{:02}{:02}"))
    return written.format(draw.between(1950, 2026), draw.between(1, 12), draw.between(1, 28))


def tracking_number(draw: Draw) -> str:
    return draw.one(("SF", "YT", "JD", "")) + draw.digits(draw.between(12, 15))


def document_number(draw: Draw) -> str:
    place = draw.one(("遂市监处罚", "遂府发", "川水许可", "遂卫函"))
    return f"{place}〔20{draw.between(18, 26)}〕{draw.between(1, 500)}号"


def wrong_id(draw: Draw) -> str:
    """A resident ID whose check digit was mistyped."""
    right = resident_id(draw)
    return right[:-1] + draw.one([sign for sign in "0123456789X" if sign != right[-1]])


def wrong_uscc(draw: Draw) -> str:
    right = uscc(draw)
    return right[:-1] + draw.one([sign for sign in "0123456789ABCDEFG" if sign != right[-1]])


def masked_mobile(draw: Draw) -> str:
    right = mobile(draw)
    return f"{right[:3]}****{right[-4:]}"


def masked_id(draw: Draw) -> str:
    right = resident_id(draw)
    return right[:6] + "*" * 8 + right[-4:]


def meter_reading(draw: Draw) -> str:
    return f"{draw.between(0, 99999):05}"


def credit_score(draw: Draw) -> str:
    return f"{draw.between(0, 100)}%"


DECOYS: Mapping[str, Maker] = {
    "order_number": order_number,
    "amount": amount,
    "whole_amount": whole_amount,
    "product_code": product_code,
    "barcode": barcode,
    "coordinate": coordinate,
    "dotted_version": dotted_version,
    "day": day,
    "tracking_number": tracking_number,
    "document_number": document_number,
    "wrong_id": wrong_id,
    "wrong_uscc": wrong_uscc,
    "masked_mobile": masked_mobile,
    "masked_id": masked_id,
    "meter_reading": meter_reading,
    "credit_score": credit_score,
}
"""A maker for each kind of look-alike."""
