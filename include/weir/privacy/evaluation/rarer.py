"""Made-up values of the rarer types: documents of fewer people, numbers of devices and accounts.

Written anew from the standards, as `weir.privacy.evaluation.values` is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from weir.privacy.evaluation.draw import Draw
from weir.privacy.evaluation.pools import pick

Maker = Callable[[Draw], str]

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TAIWAN = "ABCDEFGHJKLMNPQRSTUVXYWZIO"
_VIN_SIGNS = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ"
_VIN_YEARS = "123456789ABCDEFGHJKLMNPRSTVWXY"
"""GB 16735: neither 0 nor U nor Z stands for a year."""

_VIN_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", "12345678123457923456789", strict=True))
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ORG_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_HEX = "0123456789abcdef"
_NINE = 9
_DAYS_OF_LIFE = 365 * 80


def _born(draw: Draw) -> date:
    return date(2010, 12, 31) - timedelta(days=draw.below(_DAYS_OF_LIFE))


def _mod_11_2(body: str) -> str:
    """ISO 7064 MOD 11-2, as GB 11643 has it."""
    total = sum(int(digit) * (2 ** (17 - place) % 11) for place, digit in enumerate(body))
    return "10X98765432"[total % 11]


def _luhn(body: str) -> str:
    total = 0
    for place, digit in enumerate(reversed(body + "0")):
        value = int(digit) << place % 2
        total += value - _NINE if value > _NINE else value
    return str(-total % 10)


def old_resident_id(draw: Draw) -> str:
    return pick(draw, "districts") + _born(draw).strftime("%y%m%d") + draw.digits(3)


def hmt_residence(draw: Draw) -> str:
    body = draw.one(("810000", "820000", "830000")) + _born(draw).strftime("%Y%m%d")
    body += draw.digits(3)
    return body + _mod_11_2(body)


def foreign_resident(draw: Draw) -> str:
    country = draw.one(("840", "392", "410", "826", "276", "250"))
    body = "9" + pick(draw, "districts")[:2] + country + _born(draw).strftime("%Y%m%d")
    body += draw.digits(3)
    return body + _mod_11_2(body)


def hkid(draw: Draw) -> str:
    """The letter stands for 10 to 35, what is missing before it for 36."""
    letter, digits = draw.one(_LETTERS), draw.digits(6)
    total = 36 * 9 + (10 + _LETTERS.index(letter)) * 8
    total += sum(int(digit) * (7 - place) for place, digit in enumerate(digits))
    check = "0123456789A"[-total % 11]
    return f"{letter}{digits}({check})"


def macau_id(draw: Draw) -> str:
    return f"{draw.one('157')}{draw.digits(6)}({draw.digits(1)})"


def taiwan_id(draw: Draw) -> str:
    letter = draw.one(_LETTERS)
    digits = draw.one("12") + draw.digits(7)
    code = 10 + _TAIWAN.index(letter)
    total = code // 10 + code % 10 * 9
    total += sum(int(digit) * (8 - place) for place, digit in enumerate(digits))
    return letter + digits + str(-total % 10)


def taiwan_arc(draw: Draw) -> str:
    """Until 2021 a letter told the sex, in the place of which there is a digit now."""
    letter, sex = draw.one(_LETTERS), draw.one("89ABCD")
    digits = draw.digits(7)
    code = 10 + _TAIWAN.index(letter)
    second = int(sex) if sex.isdigit() else (10 + _TAIWAN.index(sex)) % 10
    total = code // 10 + code % 10 * 9 + second * 8
    total += sum(int(digit) * (7 - place) for place, digit in enumerate(digits))
    return letter + sex + digits + str(-total % 10)


def police_id(draw: Draw) -> str:
    return f"警字第{draw.digits(7)}号" if draw.happens(0.3) else draw.digits(6)


def vin(draw: Draw) -> str:
    start = draw.one(("LSV", "LFV", "LGX", "LVS", "LBV", "LDC"))
    signs = list(start + draw.signs(_VIN_SIGNS, 5) + "0" + draw.one(_VIN_YEARS))
    signs += draw.signs(_VIN_SIGNS, 3)
    signs += draw.digits(4)
    total = sum(
        int(_VIN_VALUES.get(sign, sign)) * weight
        for sign, weight in zip(signs, _VIN_WEIGHTS, strict=True)
    )
    signs[8] = "0123456789X"[total % 11]
    return "".join(signs)


def org_code(draw: Draw) -> str:
    body = draw.one(_ORG_SIGNS) + draw.digits(7)
    total = sum(
        (int(sign) if sign.isdigit() else ord(sign) - ord("A") + 10) * weight
        for sign, weight in zip(body, _ORG_WEIGHTS, strict=True)
    )
    return f"{body}-{'0123456789X'[-total % 11]}"


def business_registration(draw: Draw) -> str:
    """GB/T 17710, MOD 11,10."""
    body = pick(draw, "districts") + draw.digits(8)
    rest = 10
    for digit in body:
        rest = ((rest + int(digit)) % 10 or 10) * 2 % 11
    return body + str((11 - rest) % 10)


def taxpayer(draw: Draw) -> str:
    return pick(draw, "districts") + org_code(draw).replace("-", "")


def imei(draw: Draw) -> str:
    body = draw.one(("86", "35")) + draw.digits(12)
    return body + _luhn(body)


def imsi(draw: Draw) -> str:
    return draw.one(("46000", "46001", "46002", "46011")) + draw.digits(10)


def mac(draw: Draw) -> str:
    pairs = [draw.signs(_HEX, 2) for _ in range(6)]
    return draw.one((":", "-")).join(pairs).upper() if draw.happens(0.7) else ":".join(pairs)


def ipv6(draw: Draw) -> str:
    groups = [draw.signs(_HEX, 4) for _ in range(8)]
    start = draw.one(("2408:", "240e:", "2001:da8:"))
    if draw.happens(0.4):
        return start + draw.signs("123456789abcdef", 2) + "::" + draw.signs("123456789", 2)
    return start + ":".join(groups[: 8 - start.count(":")])


def location(draw: Draw) -> str:
    return f"{draw.between(29, 32)}.{draw.digits(6)},{draw.between(102, 108)}.{draw.digits(6)}"


def property_certificate(draw: Draw) -> str:
    place = pick(draw, "cities")
    return f"川（{draw.between(2016, 2026)}）{place}不动产权第{draw.digits(7)}号"


def social_security(draw: Draw) -> str:
    return draw.one("ABCDEFG") + draw.digits(8)


def medical_record(draw: Draw) -> str:
    return draw.one(("ZY", "MZ", "")) + str(draw.between(2018, 2026)) + draw.digits(6)


def personal_url(draw: Draw) -> str:
    host, word = pick(draw, "hosts"), draw.one(("u", "user", "people", "member"))
    return f"https://{host}/{word}/{draw.between(10000, 9999999)}"


def birth_date(draw: Draw) -> str:
    return _born(draw).strftime(draw.one(("%Y-%m-%d", "%Y年%m月%d日", "%Y/%m/%d", "%Y%m%d")))


def _numbered(start: str, digits: int) -> Maker:
    return lambda draw: (draw.one(start) if start else "") + draw.digits(digits)


def _of(pool: str) -> Maker:
    return lambda draw: pick(draw, pool)


RARER: Mapping[str, Maker] = {
    "CN_RESIDENT_ID_15": old_resident_id,
    "CN_HMT_RESIDENCE": hmt_residence,
    "CN_FOREIGN_RESIDENT": foreign_resident,
    "CN_HKID": hkid,
    "CN_MACAU_ID": macau_id,
    "CN_TAIWAN_ID": taiwan_id,
    "CN_TAIWAN_ARC": taiwan_arc,
    "CN_POLICE_ID": police_id,
    "CN_MILITARY_ID": lambda draw: f"{draw.one('军士文')}字第{draw.digits(7)}号",
    "CN_BUSINESS_REG": business_registration,
    "CN_TAXPAYER": taxpayer,
    "CN_ORG_CODE": org_code,
    "CN_SERVICE_NUMBER": lambda draw: f"400-{draw.digits(3)}-{draw.digits(4)}",
    "CN_VIN": vin,
    "CN_HM_RETURN_PERMIT": _numbered("HM", 8),
    "CN_TW_RETURN_PERMIT": _numbered("", 8),
    "CN_PERMIT_TO_HM": _numbered("C", 8),
    "CN_PERMIT_TO_TW": _numbered("L", 8),
    "PERSONAL_URL": personal_url,
    "IPV6": ipv6,
    "MAC_ADDRESS": mac,
    "IMEI": imei,
    "IMSI": imsi,
    "GPS_COORDINATES": location,
    "CN_PROPERTY_CERT": property_certificate,
    "CN_SOCIAL_SECURITY": social_security,
    "CN_DRIVER_FILE": lambda draw: pick(draw, "districts")[:4] + "0" + draw.digits(7),
    "CN_MEDICAL_INSURANCE": lambda draw: pick(draw, "districts") + draw.digits(6),
    "CN_MEDICAL_RECORD": medical_record,
    "BIRTH_DATE": birth_date,
    "CN_QQ": lambda draw: str(draw.between(10_000_000, 3_999_999_999)),
    "CN_WECHAT": lambda draw: f"{pick(draw, 'mail_words')}_{draw.signs(_HEX, 6)}",
    "CN_UTILITY_ACCOUNT": _numbered("0123", 9),
    "HEALTH_TERM": _of("diseases"),
    "ETHNICITY": _of("ethnicities"),
    "RELIGION": _of("religions"),
    "BIOMETRIC_TERM": _of("biometrics"),
}
"""A maker for each of the rarer types."""
