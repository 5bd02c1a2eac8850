"""Made-up numbers of documents, parts of buildings, and places that nobody lives at.

They look like addresses and names of persons and are neither: 川府发〔2023〕198号, 3号楼2单元,
马家沟.
"""

from __future__ import annotations

import random

_PROVINCES = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新"
_CITIES = ("遂", "成", "绵", "蓬", "穗", "深", "杭", "宁", "武", "青", "厦", "国", "财", "中")
_OFFICES = (
    *(
        "府",
        "政",
        "府办",
        "政办",
        "委",
        "委办",
        "税",
        "建",
        "人社",
        "教",
        "卫健",
        "环",
        "发改",
        "财",
    ),
    *(
        "财建",
        "市监",
        "民",
        "应急",
        "水",
        "交",
        "自然资",
        "农",
        "林",
        "住建",
        "公",
        "司",
        "审",
        "文旅",
    ),
)
_KINDS = (
    *(
        "发",
        "规",
        "函",
        "办发",
        "办函",
        "字",
        "罚",
        "处罚",
        "办",
        "",
        "复",
        "令",
        "通",
        "审字",
        "许",
    ),
    *("许字", "批", "告字", "决字", "监罚字", "许准字", "公证字", "建审", "验字", "备字"),
)
_CERTIFICATES = (
    "国药准字{letter}{long}",
    "{province}建安{letter}字〔{year}〕{long}号",
    "（{year}）房预售证第{number:03d}号",
    "（{year}）{province}{court}执{number}号",
    "({year}){province}{court}民初{number}号",
    "地字第{long}号",
    "建字第{long}号",
    "{province}药广审（文）第{year}-{number}号",
    "{province}水许可〔{year}〕{number}号",
    "证书编号：{letter}{long}",
    "许可证号第{number:04d}号",
    "第{number}号令",
    "市政府令第{number}号",
    "{year}年第{number}号公告",
    "{year}年第{number}号",
    "{province}ICP备{long}号",
)
_BUILDINGS = (
    "{block}号楼{unit}单元",
    "{block}号楼",
    "{block}号楼{room}",
    "{block}栋{unit}单元",
    "{block}栋{unit}单元{room}",
    "{block}栋{room}室",
    "{block}幢",
    "{tower}座{floor}层",
    "{tower}座{room}",
    "{unit}单元",
    "{floor}楼",
    "{block}号楼{floor}层会议室",
    "{block}教{room}",
    "{floor}楼{number}号窗口",
)
_WATERS = ("水库", "河", "溪", "电站", "水电站", "水文站", "泵站", "渠", "湖", "堰", "大桥", "隧道")
_HAMLETS = (
    "沟",
    "湾",
    "坝",
    "坪",
    "沱",
    "嘴",
    "岩",
    "坡",
    "坳",
    "塘",
    "堰",
    "梁",
    "冲",
    "洞",
    "渡",
)


def document_number(rng: random.Random) -> str:
    """Of a decree, a licence, a court's case."""
    year, number = rng.randrange(1998, 2027), rng.randrange(1, 400)
    if rng.random() < 0.3:
        return rng.choice(_CERTIFICATES).format(
            year=year,
            number=number,
            long=rng.randrange(10**5, 10**9),
            letter=rng.choice("ABCHZSJ"),
            province=rng.choice(_PROVINCES),
            court=rng.randrange(1, 30),
        )
    opening, closing = rng.choice(("〔〕", "〔〕", "〔〕", "（）", "[]", "()", "【】"))
    whose = rng.choice(_PROVINCES) if rng.random() < 0.6 else rng.choice(_CITIES)
    ordinal = rng.choice(("", "", "", "第"))
    office, kind = rng.choice(_OFFICES), rng.choice(_KINDS)
    return f"{whose}{office}{kind}{opening}{year}{closing}{ordinal}{number}号"


def building(rng: random.Random) -> str:
    """Part of a building that no estate or street is named with."""
    floor = rng.randrange(1, 30)
    return rng.choice(_BUILDINGS).format(
        block=rng.randrange(1, 40),
        unit=rng.randrange(1, 6),
        floor=floor,
        room=f"{floor}{rng.randrange(1, 12):02d}",
        tower=rng.choice("ABCDE"),
        number=rng.randrange(1, 40),
    )


def natural_place(rng: random.Random, surname: str, coined: str) -> str:
    """A water, a dam, a hamlet called after a family."""
    if rng.random() < 0.5:
        return f"{surname}家{rng.choice(_HAMLETS)}"
    return coined + rng.choice((*_WATERS, *_HAMLETS))
