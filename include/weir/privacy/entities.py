"""The one table of identifier types.

Presidio recognisers and the bulk kernel are both made from it: adding a row adds the type to
every scan, report and recogniser. Detection is case-insensitive for ASCII letters and works on
the text in compatibility form (`weir.privacy.normal_form`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from weir.crypto.canonical import canonical_json
from weir.crypto.sm3 import sm3_hex
from weir.model import Digest, Grade
from weir.privacy import check_digits
from weir.privacy.check_digits import Check
from weir.privacy.shapes import Form, Runs, Search

_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLATE_LETTER = "[A-HJ-NP-Z]"
_PLATE_SIGN = "[A-HJ-NP-Z0-9]"
_ENERGY = "[A-HJK]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """One type of identifier.

    Where two types match the very same span, the lower `rank` wins: a resident ID also passes
    Luhn. `score` is Presidio's confidence for a match without a check digit; a passed check digit
    scores 1. `sensitive` is GB/T 35273 annex B (个人敏感信息); `grade` is the default by
    GB/T 43697 where no catalogue grades the field. `number_chance` is the share of random numbers
    of a matching length that match, leading digits as uneven as amounts have them (Benford):
    what a column of numbers shows by chance.
    """

    name: str
    title: str
    shape: Runs | Search
    rank: int
    score: float
    standard: str
    grade: Grade
    examples: tuple[str, ...]
    counter_examples: tuple[str, ...]
    check: Check | None = None
    sensitive: bool = False
    number_chance: float = 0.0


ENTITIES: tuple[Entity, ...] = (
    Entity(
        name="CN_RESIDENT_ID",
        title="居民身份证号",
        shape=Runs((Form("[1-9][0-9]{16}[0-9X]"),)),
        check=check_digits.RESIDENT_ID,
        rank=10,
        score=0.9,
        standard="GB 11643-1999",
        grade=Grade.GENERAL_4,
        sensitive=True,
        number_chance=1.1e-4,
        examples=("11010519491231002X", "440524188001010014", "11010519491231002x"),
        counter_examples=("110105194912310021", "11010519490230002X", "211010519491231002X"),
    ),
    Entity(
        name="CN_USCC",
        title="统一社会信用代码",
        shape=Runs((Form("[1-9ANY][1-59][0-9]{6}[0-9A-HJ-NP-RTUWXY]{10}"),)),
        check=check_digits.USCC,
        rank=20,
        score=0.9,
        standard="GB 32100-2015",
        grade=Grade.GENERAL_2,
        number_chance=0.03,
        examples=("91350100M000100Y43", "91350100m000100y43"),
        counter_examples=("91350100M000100Y44", "91350100M000100I43", "91350100M000100Y433"),
    ),
    Entity(
        name="CN_BANK_CARD",
        title="银行卡号",
        shape=Runs(
            (
                Form("6[0-9]{15,18}"),
                Form("[45][0-9]{15}"),
                Form("35[0-9]{14}"),
                Form("3[47][0-9]{13}"),
                Form("2[2-7][0-9]{14}"),
                Form("9558[0-9]{12,15}"),
            )
        ),
        check=check_digits.LUHN,
        rank=30,
        score=0.9,
        standard="ISO/IEC 7812-1; JR/T 0008-2000",
        grade=Grade.GENERAL_4,
        sensitive=True,
        number_chance=0.1,
        examples=("6222021001116245702", "4111111111111111", "9558801001114990713"),
        counter_examples=("6222021001116245703", "2024030112345675", "622202100111624"),
    ),
    Entity(
        name="CN_MOBILE",
        title="手机号码",
        shape=Runs((Form("1[3-9][0-9]{9}"), Form("861[3-9][0-9]{9}"), Form("00861[3-9][0-9]{9}"))),
        rank=40,
        score=0.8,
        standard="电信网编号计划（2017年版）",
        grade=Grade.GENERAL_3,
        number_chance=0.19,
        examples=("13900009021", "+8613900009021", "+86 13900009021"),
        counter_examples=("12900009021", "139000090210", "1390000902", "139-0000-902"),
    ),
    Entity(
        name="CN_LANDLINE",
        title="固定电话",
        shape=Runs(
            (
                Form(r"0[3-9][0-9]{2}[\- )）][2-9][0-9]{6,7}"),
                Form(r"010[\- )）][2-9][0-9]{7}"),
                Form(r"02[0-9][\- )）][2-9][0-9]{7}"),
            )
        ),
        rank=50,
        score=0.7,
        standard="电信网编号计划（2017年版）",
        grade=Grade.GENERAL_2,
        examples=("0825-2345678", "010-62345678", "0825)2345678", "028）86543210", "0825 2345678"),
        counter_examples=("0825-1234567", "0125-2345678", "08252345678", "2024-2345678"),
    ),
    Entity(
        name="CN_PLATE",
        title="机动车号牌",
        shape=Runs(
            tuple(
                Form(f"[{_PROVINCES}]{_PLATE_LETTER}{dot}{serial}")
                for dot in ("", "[·•-]")
                for serial in (
                    f"{_PLATE_SIGN}{{5}}",
                    f"{_ENERGY}{_PLATE_SIGN}[0-9]{{4}}",
                    f"[0-9]{{5}}{_ENERGY}",
                    f"{_PLATE_SIGN}{{4}}[挂学警港澳领]",
                )
            )
        ),
        check=check_digits.PLATE_SERIAL,
        rank=60,
        score=0.8,
        standard="GA 36-2018",
        grade=Grade.GENERAL_3,
        examples=("川J12345", "川J·12345", "川JD12345", "川J12345F", "川J1234学", "粤Z1234港"),
        counter_examples=("川I12345", "川J123456", "川J1234", "峨J12345", "新SERVER"),
    ),
    Entity(
        name="CN_PASSPORT",
        title="护照号码",
        shape=Runs(
            (Form("E[0-9A-HJ-NP-Z][0-9]{7}"), Form("G[0-9]{8}"), Form("[DSP][0-9E][0-9]{7}"))
        ),
        rank=70,
        score=0.6,
        standard="ICAO Doc 9303",
        grade=Grade.GENERAL_4,
        sensitive=True,
        examples=("E12345678", "EA1234567", "G12345678", "DE1234567", "S12345678"),
        counter_examples=("E1234567", "EI1234567", "A12345678", "GA1234567"),
    ),
    Entity(
        name="EMAIL",
        title="电子邮箱",
        shape=Search(
            body=r"[0-9A-Z][0-9A-Z._%+\-]{0,63}@(?:[0-9A-Z\-]{1,63}\.){1,8}[A-Z]{2,24}",
            anchor="@",
            marks=frozenset("._%+-@"),
        ),
        rank=80,
        score=0.9,
        standard="RFC 5321; RFC 5322",
        grade=Grade.GENERAL_3,
        examples=("a+b@x-y.org", "zhang.san@example.com.cn", "Z_9@EXAMPLE.CN"),
        counter_examples=("zhang.san@example", "-@example.com", "a@b.c", "a@b.com1"),
    ),
    Entity(
        name="IPV4",
        title="网络地址(IPv4)",
        shape=Runs(
            (
                Form(r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}"),
                Form(r"IP[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}"),
            ),
            apart_from=".",
        ),
        check=check_digits.OCTETS,
        rank=90,
        score=0.7,
        standard="RFC 791; RFC 6943, 3.1.1",
        grade=Grade.GENERAL_3,
        examples=("10.1.2.3", "192.168.100.255", "IP10.1.2.3"),
        counter_examples=("256.1.1.1", "1.2.3.04", "1.2.3", "1.2.3.4.5"),
    ),
)
"""In order of rank."""

BY_NAME: Mapping[str, Entity] = MappingProxyType({entity.name: entity for entity in ENTITIES})


def table_digest(entities: tuple[Entity, ...] = ENTITIES) -> Digest:
    """SM3 over everything in `entities` that decides what is found."""
    return sm3_hex(
        canonical_json(
            [
                {
                    "name": entity.name,
                    "regex": entity.shape.regex,
                    "check": entity.check.name if entity.check else None,
                    "rank": entity.rank,
                }
                for entity in entities
            ]
        )
    )
