"""Made-up values of each type of identifier, and look-alikes that are none.

Everything is written anew from the standards, check digits too: what detection itself uses would
find its own faults right. Nobody is meant; what belongs to somebody does so by chance.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from weir.privacy.evaluation.draw import Draw
from weir.privacy.evaluation.pools import pick
from weir.privacy.evaluation.rarer import RARER

Maker = Callable[[Draw], str]

_USCC_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_PLATE_SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_SURNAMES = (
    "王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高梁郑罗宋谢唐韩曹许邓萧冯曾程蔡彭潘袁于董余苏叶吕魏蒋田杜"
)
_GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华建国文辉玉兰志红梅春秀凤琴云飞鹏宇浩然子涵欣怡梓轩雨泽思远"
    "嘉琪睿晨佳宁"
)
_EIGHT_DIGITS = {"010", "0755", "0571", "0512", "0591"}
_NINE = 9
_DAYS_OF_LIFE = 365 * 80


def resident_id(draw: Draw) -> str:
    body = pick(draw, "districts") + _day(draw).strftime("%Y%m%d") + draw.digits(3)
    return body + _resident_check(body)


def disability_certificate(draw: Draw) -> str:
    """The resident ID number, then one of seven categories and one of four degrees."""
    return resident_id(draw) + draw.one("1234567") + draw.one("1234")


def _resident_check(body: str) -> str:
    """GB 11643: the weight of each place is a power of two modulo 11."""
    total = sum(int(digit) * (2 ** (17 - place) % 11) for place, digit in enumerate(body))
    return "10X98765432"[total % 11]


def _day(draw: Draw) -> date:
    return date(2015, 12, 31) - timedelta(days=draw.below(_DAYS_OF_LIFE))


def uscc(draw: Draw) -> str:
    body = draw.one(("91", "92", "93", "11", "12", "52", "51")) + pick(draw, "districts")
    body += draw.one(("MA", "M0", "7", "5", "0"))
    body += draw.signs(_USCC_SIGNS, 17 - len(body))
    total = sum(_USCC_SIGNS.index(sign) * pow(3, place, 31) for place, sign in enumerate(body))
    return body + _USCC_SIGNS[-total % 31]


def bank_card(draw: Draw) -> str:
    start = pick(draw, "bins")
    length = 16 if start[0] in "345" else draw.one((16, 19, 19))
    body = start + draw.digits(length - 1 - len(start))
    return body + str(-_luhn(body + "0") % 10)


def _luhn(digits: str) -> int:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) << place % 2
        total += value - _NINE if value > _NINE else value
    return total


def mobile(draw: Draw) -> str:
    return pick(draw, "segments") + draw.digits(8)


def landline(draw: Draw) -> str:
    area = pick(draw, "areas")
    length = 8 if area.startswith("02") or area in _EIGHT_DIGITS else 7
    number = draw.one("2345678") + draw.digits(length - 1)
    return draw.one(("{}-{}", "{}-{}", "({}){}", "{} {}")).format(area, number)


def plate(draw: Draw) -> str:
    place = draw.one(_PROVINCES) + draw.one("ABCDEFGHJK")
    dot = draw.one(("", "", "", "·"))
    if draw.happens(0.3):
        return place + dot + draw.one("DF") + draw.one(_PLATE_SIGNS[:24]) + draw.digits(4)
    serial = draw.digits(2) + draw.signs(_PLATE_SIGNS, 2) + draw.digits(1)
    return place + dot + "".join(draw.shuffled(serial))


def passport(draw: Draw) -> str:
    second = draw.one("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789")
    return "E" + second + draw.digits(7) if draw.happens(0.7) else "G" + draw.digits(8)


def email(draw: Draw) -> str:
    name = draw.one(("{a}{b}", "{a}.{b}", "{a}_{b}{n}", "{n}", "{a}{n}", "{a}+{b}"))
    local = name.format(
        a=pick(draw, "mail_words"), b=pick(draw, "mail_words"), n=draw.between(10, 99999)
    )
    return f"{local}@{pick(draw, 'hosts')}"


def ipv4(draw: Draw) -> str:
    first = draw.one((10, 172, 192, 58, 101, 114, 182, 221))
    return f"{first}." + ".".join(str(draw.below(256)) for _ in range(3))


def person_name(draw: Draw) -> str:
    family = pick(draw, "compound") if draw.happens(0.03) else draw.one(_SURNAMES)
    return family + draw.signs(_GIVEN, 2 if draw.happens(0.75) else 1)


def address(draw: Draw) -> str:
    start = pick(draw, "cities") if draw.happens(0.6) else ""
    if draw.happens(0.6):
        tail = f"{pick(draw, 'roads')}{draw.between(1, 399)}号"
        if draw.happens(0.6):
            tail += f"{draw.between(1, 30)}栋{draw.between(1, 4)}单元{draw.between(101, 2304)}室"
    else:
        tail = f"{pick(draw, 'towns')}{pick(draw, 'villages')}{draw.between(1, 12)}组"
    return start + pick(draw, "counties") + tail


def organisation(draw: Draw) -> str:
    if draw.happens(0.25):
        return pick(draw, "counties") + pick(draw, "offices")
    place = pick(draw, "cities")[:-1]
    return place + pick(draw, "brands") + pick(draw, "trades") + pick(draw, "forms")


MAKERS: Mapping[str, Maker] = {
    "CN_RESIDENT_ID": resident_id,
    "CN_USCC": uscc,
    "CN_BANK_CARD": bank_card,
    "CN_MOBILE": mobile,
    "CN_LANDLINE": landline,
    "CN_PLATE": plate,
    "CN_PASSPORT": passport,
    "EMAIL": email,
    "IPV4": ipv4,
    "PERSON_NAME": person_name,
    "ADDRESS": address,
    "ORGANISATION": organisation,
    "CN_DRIVER_LICENCE": resident_id,
    "CN_DISABILITY_CERT": disability_certificate,
    **RARER,
}
"""A maker for each type that the benchmark measures."""
