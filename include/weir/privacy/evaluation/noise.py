"""How people write a value: full-width, in groups, with words around it, with what nobody sees."""

from __future__ import annotations

from collections.abc import Mapping

from weir.privacy.evaluation.draw import Draw

_WIDE = {ord("0") + digit: 0xFF10 + digit for digit in range(10)}
_SHARE = 0.2
_UNSEEN = ("\u200b", "\u200d", "\ufeff")
_PREFIXES: Mapping[str, tuple[str, ...]] = {
    "CN_MOBILE": ("电话", "+86", "手机："),
    "CN_RESIDENT_ID": ("身份证", "证号:"),
    "CN_BANK_CARD": ("卡号", "工行"),
    "CN_LANDLINE": ("电话",),
    "CN_USCC": ("代码",),
    "CN_PLATE": ("车",),
    "CN_PASSPORT": ("护照",),
    "EMAIL": ("邮箱", "mailto:"),
    "IPV4": ("IP", "来源"),
    "PERSON_NAME": ("经办人",),
    "ADDRESS": ("住", "地址："),
    "ORGANISATION": ("单位：",),
}
_ANYTHING = ("（", "*", "注")
_GROUPS: Mapping[str, tuple[int, ...]] = {"CN_MOBILE": (3, 4, 4), "CN_BANK_CARD": (4,) * 5}
_NUMBERS = frozenset({"CN_MOBILE", "CN_RESIDENT_ID", "CN_BANK_CARD", "CN_USCC"})
_LETTERED = frozenset({"CN_RESIDENT_ID", "CN_USCC", "CN_PASSPORT", "CN_PLATE"})


def noisy(kind: str, value: str, draw: Draw, *, glue: bool = True) -> str:
    """`value` as somebody may have typed it; four in five as it is. `glue`: words around it too."""
    if not draw.happens(_SHARE):
        return value
    ways = [_spaced]
    ways += [_wide, _unseen] if kind in _NUMBERS else []
    ways += [_in_groups] * 2 if kind in _GROUPS else []
    ways += [_small] if kind in _LETTERED else []
    ways += [_before, _after, _quoted] if glue else []
    return draw.one(ways)(kind, value, draw)


def _spaced(kind: str, value: str, draw: Draw) -> str:
    del kind, draw
    return f" {value} "


def _wide(kind: str, value: str, draw: Draw) -> str:
    del kind, draw
    return value.translate(_WIDE)


def _unseen(kind: str, value: str, draw: Draw) -> str:
    del kind
    place = draw.between(1, len(value) - 1)
    return value[:place] + draw.one(_UNSEEN) + value[place:]


def _in_groups(kind: str, value: str, draw: Draw) -> str:
    return draw.one((" ", "-")).join(_grouped(value, _GROUPS[kind]))


def _small(kind: str, value: str, draw: Draw) -> str:
    del kind, draw
    return value.lower()


def _before(kind: str, value: str, draw: Draw) -> str:
    return draw.one(_PREFIXES.get(kind, _ANYTHING)) + value


def _after(kind: str, value: str, draw: Draw) -> str:
    del kind
    return value + draw.one(("（本人）", "(旧)", "。", "，已核"))


def _quoted(kind: str, value: str, draw: Draw) -> str:
    del kind, draw
    return f"'{value}"


def _grouped(value: str, sizes: tuple[int, ...]) -> list[str]:
    groups, start = [], 0
    for size in sizes:
        groups.append(value[start : start + size])
        start += size
    return [group for group in groups if group]
