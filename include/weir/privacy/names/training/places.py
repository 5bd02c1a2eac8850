"""Made-up addresses in real regions, and places that are no address."""

from __future__ import annotations

import random
from collections.abc import Mapping

from weir.privacy.names.word_lists import region_path, regions

_HOME = ("5109", "51")
_SHORT = (
    *(("省", ""), ("市", ""), ("壮族自治区", ""), ("维吾尔自治区", ""), ("回族自治区", "")),
    *(("藏族羌族自治州", "州"), ("彝族自治州", "州"), ("藏族自治州", "州"), ("自治区", "")),
)
"""How people leave out what kind of region it is."""

_NUMERALS = "一二三四五六七八九十"
_COUNTY_DIGITS, _STREET_DIGITS = 6, 9


class Places:
    """Addresses: half of them near home, the rest anywhere in the country."""

    def __init__(self, words: Mapping[str, str], common: str) -> None:
        self._words = {name: text.split() for name, text in words.items()}
        self._common = common
        streets = [code for code in regions() if len(code) == _STREET_DIGITS]
        self._streets = {
            "5109": [code for code in streets if code.startswith(_HOME[0])],
            "51": [code for code in streets if code.startswith(_HOME[1])],
            "": streets,
        }

    def address(self, rng: random.Random) -> str:
        code = rng.choice(self._streets[rng.choices(("5109", "51", ""), (3, 2, 5))[0]])
        path = region_path(code)
        upper, street = list(path[:-1]), path[-1]
        begin = rng.choices(range(len(upper) + 1), (3, 3, 3, 3)[: len(upper) + 1])[0]
        head = "".join(upper[begin:])
        if rng.random() < 0.3:
            for long, short in _SHORT:
                head = head.replace(long, short, 1)
        if len(street) <= 6 and rng.random() < 0.4:
            head += street
            if rng.random() < 0.3:
                return head + self._village_end(rng)
            if rng.random() < 0.1:
                return head + self.village(rng)
        return head + self._tail(rng)

    def region(self, rng: random.Random) -> str:
        """A region, which locates nobody."""
        if rng.random() < 0.4:
            return rng.choice(self._words["cities"])
        code = rng.choice(self._streets[rng.choices(("5109", "51", ""), (4, 3, 3))[0]])
        path = region_path(code)
        first = rng.randrange(len(path))
        return "".join(path[first : rng.randrange(first, len(path)) + 1])

    def road(self, rng: random.Random) -> str:
        ends = rng.choice(self._words["road_ends"])
        if rng.random() < 0.3:
            return self._coined(rng) + ends
        return rng.choice(self._words["roads"]) + ends

    def estate(self, rng: random.Random) -> str:
        name = self._coined(rng) if rng.random() < 0.25 else rng.choice(self._words["estates"])
        return name + rng.choice(self._words["estate_ends"])

    def village(self, rng: random.Random) -> str:
        name = self._coined(rng) if rng.random() < 0.35 else rng.choice(self._words["villages"])
        return name + rng.choice(self._words["village_ends"])

    def landmark(self, rng: random.Random) -> str:
        return rng.choice(self._words["landmarks"])

    def home(self, rng: random.Random) -> str:
        """An estate with a building or room."""
        return self.estate(rng) + self._building(rng)

    def _coined(self, rng: random.Random) -> str:
        return "".join(rng.choice(self._common[: rng.choice((300, 1000, 2500))]) for _ in range(2))

    def _tail(self, rng: random.Random) -> str:
        kind = rng.random()
        if kind < 0.45:
            number = f"{self.road(rng)}{self._section(rng)}{self._number(rng, 999)}号"
            rest = rng.random()
            if rest < 0.05:
                return number + rng.choice(("院", "大院", "商铺", "厂房", "院内", "宿舍楼"))
            if rest < 0.35:
                return number
            if rest < 0.5:
                return number + rng.choice(
                    (f"附{rng.randrange(1, 30)}号", f"-{rng.randrange(1, 9)}")
                )
            return number + (self.estate(rng) if rest < 0.8 else "") + self._building(rng)
        if kind < 0.7:
            return self.home(rng)
        if kind < 0.86:
            return self._village_end(rng)
        if kind < 0.93:
            road = self.road(rng) + self._section(rng)
            return road + self.estate(rng) + rng.choice(("", self._building(rng)))
        tower = f"{rng.choice('ABC')}座{rng.randrange(101, 2900)}"
        return rng.choice(
            (
                f"工业园区{self.road(rng)}{rng.randrange(1, 200)}号",
                f"{self._coined(rng)}大厦{rng.randrange(1, 40)}楼",
                f"{self._coined(rng)}市场{rng.randrange(1, 300)}号摊位",
                f"{self.road(rng)}与{self.road(rng)}{self._crossing(rng)}",
                f"{self.road(rng)}{rng.randrange(1, 300)}号{self._coined(rng)}广场{tower}",
                f"{self.road(rng)}{rng.randrange(1, 300)}号门面",
            )
        )

    def _crossing(self, rng: random.Random) -> str:
        where = rng.choice(("东侧", "西北角", "往南", "旁", "东北角", ""))
        far = rng.choice((f"{rng.randrange(10, 500)}米", "")) if where else ""
        return rng.choice(("交叉口", "交汇处", "路口")) + where + far

    def _section(self, rng: random.Random) -> str:
        if rng.random() < 0.82:
            return ""
        which = rng.choice((rng.choice(_NUMERALS[:6]), *"东西南北上中下", "北延", "芷泉"))
        return f"{which}段"

    def _number(self, rng: random.Random, top: int) -> str:
        kind = rng.random()
        number = str(rng.randrange(1, top))
        if kind < 0.06:
            return "".join(chr(ord(digit) + 0xFEE0) for digit in number)
        if kind < 0.12:
            last = rng.choice(("", "十", f"十{rng.choice(_NUMERALS[:9])}"))
            return f"{rng.choice(_NUMERALS)}{last}"
        return number

    def _building(self, rng: random.Random) -> str:
        block, unit = self._number(rng, 60), self._number(rng, 7)
        floor = rng.randrange(1, 34)
        room = f"{floor}{rng.randrange(1, 9):02d}"
        word = rng.choice("栋幢号座栋栋")
        tower = rng.choice("ABCDE") + rng.choice("栋区座")
        door = rng.randrange(1, 9)
        return rng.choice(
            (
                f"{block}{word}",
                f"{block}{word}{unit}单元{room}室",
                f"{block}{word}{unit}单元{room}",
                f"{block}{word}{unit}单元{room}号",
                f"{block}{word}{room}室",
                f"{block}{word}{unit}-{room}",
                f"{block}-{unit}-{room}",
                f"{block}{word}{unit}单元",
                f"{tower}{room}",
                f"{tower}{unit}单元{floor}楼{door}号",
                f"{block}号楼{unit}单元{room}室",
                f"{block}号楼{room}",
                f"{block}号楼{unit}单元{floor}层{door}号",
                f"{block}栋{floor}层",
                f"{block}号院{unit}单元{room}",
                f"{block}号院",
                f"{block}栋{rng.choice(('底层', '负一楼', '一楼门面', '商铺'))}",
                f"{block}栋附{door}号",
                f"{block}栋{unit}单元{floor}楼{rng.choice('左右中')}",
                f"{unit}期{block}{word}{unit}单元{floor}层{door}号",
            )
        )

    def _village_end(self, rng: random.Random) -> str:
        village = self.village(rng)
        group = rng.choice((self._number(rng, 20), rng.choice(_NUMERALS)))
        return village + rng.choice(
            (
                f"{group}组",
                f"{group}社",
                f"{group}组{rng.randrange(1, 200)}号",
                f"第{group}村民小组",
                f"{rng.randrange(1, 200)}号",
                f"{group}队",
            )
        )
