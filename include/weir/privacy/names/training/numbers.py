"""Made-up numbers, dates and codes, as they stand between names."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

Maker = Callable[[random.Random], str]

_CAPITALS = "壹贰叁肆伍陆柒捌玖拾佰仟万"
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏琼宁"
_PLATE_SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789012345678901234567890123456789"
_LETTERS = "abcdeilmnorstABCGIKMOPSTV"


def number(rng: random.Random) -> str:
    return str(rng.randrange(1, 10 ** rng.randrange(1, 4)))


def _amount(rng: random.Random) -> str:
    if rng.random() < 0.1:
        return "".join(rng.choice(_CAPITALS) for _ in range(rng.randrange(2, 6)))
    return f"{number(rng)}{rng.choice(('', '万', '.50', '000', '亿'))}"


def _latin(rng: random.Random) -> str:
    return "".join(rng.choice(_LETTERS) for _ in range(rng.randrange(1, 9)))


def _digits(count: int) -> Maker:
    return lambda rng: "".join(rng.choice("0123456789") for _ in range(count))


def _day(rng: random.Random) -> str:
    month, date = rng.randrange(1, 13), rng.randrange(1, 29)
    shape = rng.choice(("{}年{}月{}日", "{}-{:02d}-{:02d}", "{1}月{2}日", "{}.{}.{}"))
    return shape.format(rng.randrange(1990, 2027), month, date)


def _plate(rng: random.Random) -> str:
    place = "川" if rng.random() < 0.5 else rng.choice(_PROVINCES)
    signs = "".join(rng.choice(_PLATE_SIGNS) for _ in range(rng.choice((5, 5, 6))))
    return place + rng.choice("ABCDEFGHJK") + rng.choice(("", "", "·", " ")) + signs


MAKERS: Mapping[str, Maker] = {
    "数": number,
    "额": _amount,
    "日": _day,
    "年": lambda rng: str(rng.randrange(1990, 2027)),
    "时": lambda rng: f"{rng.randrange(24)}时{rng.choice(('许', '30分', '左右'))}",
    "电": lambda rng: "1" + rng.choice("3578") + _digits(9)(rng),
    "证": _digits(18),
    "编": lambda rng: _digits(rng.randrange(4, 16))(rng),
    "车": _plate,
    "车次": lambda rng: rng.choice("GDKCZ") + _digits(4)(rng) + "次",
    "英": lambda rng: rng.choice(("", "-", "{")) + _latin(rng) + rng.choice(("", "", "}", " ")),
    "序": lambda rng: rng.choice(
        (f"{number(rng)}. ", f"{number(rng)}、", f"（{number(rng)}）", "")
    ),
}
"""By slot of a template."""
