"""Vehicles and those who drive them."""

from __future__ import annotations

from collections.abc import Iterator

from weir.model import Grade
from weir.privacy.check_digits import PLATE_SERIAL, VIN
from weir.privacy.entities.entity import Entity
from weir.privacy.shapes import Form, Runs, labelled
from weir.privacy.validity import PREFECTURE, RESIDENT

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLATE_LETTER = "[A-HJ-NP-Z]"
_PLATE_SIGN = "[A-HJ-NP-Z0-9]"
_ENERGY = "[A-HJK]"
_DOT = "[·•-]"
_VIN_SIGN = "[A-HJ-NPR-Z0-9]"
_VIN = (
    Form(f"L{_VIN_SIGN}{{12}}[0-9]{{4}}"),
    Form(f"[1-9A-HJ-NPR-Z]{_VIN_SIGN}{{12}}[0-9]{{4}}", weak=True),
)


def _plates() -> Iterator[Form]:
    for dot in ("", _DOT):
        for serial in (
            f"{_PLATE_SIGN}{{5}}",
            f"{_ENERGY}{_PLATE_SIGN}[0-9]{{4}}",
            f"[0-9]{{5}}{_ENERGY}",
            f"{_PLATE_SIGN}{{4}}[挂学警港澳领试超]",
            f"{_PLATE_SIGN}{{4}}应急",
        ):
            yield Form(f"[{PROVINCES}]{_PLATE_LETTER}{dot}{serial}")
        yield Form(f"使[0-9]{{3}}{dot}[0-9]{{3}}")
        yield Form(f"WJ[{PROVINCES}]{dot}{_PLATE_SIGN}{{5}}")
        yield Form(f"[军空]{_PLATE_LETTER}{dot}[0-9]{{5}}")
        yield Form(f"[BCGHJKLNSVZ]{_PLATE_LETTER}{dot}[0-9]{{5}}", weak=True)
    yield Form(f"[{PROVINCES}]{_PLATE_LETTER} {_PLATE_SIGN}{{5}}", weak=True)


VEHICLES: tuple[Entity, ...] = (
    Entity(
        name="CN_PLATE",
        title="机动车号牌",
        shape=Runs(tuple(_plates())),
        check=PLATE_SERIAL,
        cues=(
            *("车牌", "号牌", "车号", "牌照", "cph", "cphm", "hphm", "clhp", "chepai", "chepaihao"),
            *("chepaihaoma", "haopaihaoma", "plate", "plate no", "plate number", "license plate"),
            *("licence plate", "car no", "vehicle no"),
        ),
        rank=56,
        score=0.8,
        standard="GA 36-2018; GA/T 16.7",
        grade=Grade.GENERAL_3,
        examples=(
            "川J12345",
            "川J·12345",
            "川JD12345",
            "川J12345F",
            "川J1234学",
            "粤Z1234港",
            "使014578",
            "使014·578",
            "WJ川12345",
            "空A12345",
            "川J1234应急",
            "军车号牌VA12345",
        ),
        counter_examples=(
            "川I12345",
            "川J123456",
            "川J1234",
            "峨J12345",
            "新SERVER",
            "使01457",
            "VA12345",
        ),
    ),
    Entity(
        name="CN_VIN",
        title="车辆识别代号",
        shape=Runs((*_VIN, *labelled(_VIN[1:], "VIN", "CJH"))),
        check=VIN,
        cues=(
            *("VIN", "VIN码", "车架号", "大架号", "车辆识别代号", "车辆识别码", "识别代码", "cjh"),
            *("cjhm", "clsbdh", "clsbdm", "clsbm", "chejiahao", "chassis no", "frame no"),
        ),
        rank=58,
        score=0.9,
        standard="GB 16735-2019",
        grade=Grade.GENERAL_3,
        examples=("LSVAM4187C2184847", "车架号：1M8GDM9AXKP042788", "VINLSVAM4187C2184847"),
        counter_examples=("LSVAM4188C2184847", "LSVAM4187C218484", "LSVAM4187I2184847"),
    ),
    Entity(
        name="CN_DRIVER_LICENCE",
        title="机动车驾驶证号",
        shape=Runs((Form("[1-6][0-9]{16}[0-9X]", weak=True),)),
        check=RESIDENT,
        cues=(
            *("驾驶证", "驾照", "驾驶证号", "jsz", "jszh", "jszhm", "jiashizheng", "jiazhao"),
            *("driver licence", "driving licence", "driver license", "driving license"),
            *("drivers license", "drivers licence"),
        ),
        rank=8,
        score=0.9,
        standard="GA 482-2012; GB 11643-1999",
        grade=Grade.GENERAL_4,
        sensitive=True,
        examples=("驾驶证号11010519491231002X", "驾照：440524188001010014"),
        counter_examples=("11010519491231002X", "驾驶证号110105194912310021"),
    ),
    Entity(
        name="CN_DRIVER_FILE",
        title="驾驶证档案编号",
        shape=Runs((Form("[1-6][0-9]{11}", weak=True),)),
        check=PREFECTURE,
        cues=("档案编号", "档案号", "驾驶证档案", "dabh", "jszdabh", "danganbianhao", "file no"),
        rank=112,
        score=0.7,
        standard="GA 482-2012",
        grade=Grade.GENERAL_3,
        examples=("档案编号：510900123456", "驾驶证档案号 110000012345"),
        counter_examples=("510900123456", "档案编号：990900123456", "档案编号：51090012345"),
    ),
)
