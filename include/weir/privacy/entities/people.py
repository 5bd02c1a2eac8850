"""Identity documents of persons who live in the country."""

from __future__ import annotations

from weir.model import Grade
from weir.privacy.check_digits import RESIDENT_ID
from weir.privacy.entities.entity import Entity
from weir.privacy.entities.words import ANY_LETTERS, IDENTITY
from weir.privacy.island_checks import HONG_KONG, TAIWAN
from weir.privacy.shapes import Form, Runs, labelled
from weir.privacy.validity import (
    DISABILITY,
    FOREIGN_RESIDENT,
    RESIDENT,
    RESIDENT_15,
)

_RESIDENT = Form("[1-6][0-9]{16}[0-9X]", spaced=True)
_RESIDENT_15 = Form("[1-6][0-9]{14}")
_HMT = Form("8[1-3]0000[0-9]{11}[0-9X]", spaced=True)
_DISABILITY = "[1-6][0-9]{16}[0-9X][1-7][1-4]"
_SERVICES = "军海空武士文官"

PEOPLE: tuple[Entity, ...] = (
    Entity(
        name="CN_RESIDENT_ID",
        title="居民身份证号",
        shape=Runs((_RESIDENT, *labelled((_RESIDENT,), *ANY_LETTERS))),
        check=RESIDENT,
        cues=IDENTITY,
        rank=10,
        score=0.9,
        standard="GB 11643-1999; GB/T 2260-2007",
        grade=Grade.GENERAL_4,
        sensitive=True,
        number_chance=1e-6,
        examples=(
            "11010519491231002X",
            "440524188001010014",
            "11010519491231002x",
            "1101 0519 4912 31002X",
            "110105-19491231-002X",
            "ID11010519491231002X",
            "SKU11010519491231002X",
        ),
        counter_examples=(
            "110105194912310021",
            "11010519490230002X",
            "211010519491231002X",
            "990105194912310028",
            "110103201503150024",
            "SKU110105194912310021",
        ),
    ),
    Entity(
        name="CN_RESIDENT_ID_15",
        title="居民身份证号(15位)",
        shape=Runs(
            (
                _RESIDENT_15,
                *labelled((_RESIDENT_15,), "ID", "IDNO", "IDCARD", "SFZ", "SFZH", "SFZHM"),
            )
        ),
        check=RESIDENT_15,
        cues=IDENTITY,
        denials=(
            *(
                "注册号",
                "营业执照",
                "执照号",
                "税号",
                "纳税人识别号",
                "税务登记",
                "串号",
                "串码",
                "imei",
            ),
            *("zch", "gszch", "nsrsbh", "swdjh", "taxpayer", "tax no", "registration no"),
        ),
        rank=12,
        score=0.7,
        standard="GB 11643-1989; GB/T 2260-2007",
        grade=Grade.GENERAL_4,
        sensitive=True,
        number_chance=3.6e-4,
        examples=("110105491231002", "510903850315123"),
        counter_examples=(
            "110105491331002",
            "110105490230002",
            "990105491231002",
            "11010549123100",
            "营业执照号110105491231002",
        ),
    ),
    Entity(
        name="CN_HMT_RESIDENCE",
        title="港澳台居民居住证号",
        shape=Runs((_HMT, *labelled((_HMT,), *ANY_LETTERS))),
        check=RESIDENT_ID,
        cues=("居住证", "jzz", "jzzh", "jzzhm", "juzhuzheng", "residence permit", *IDENTITY),
        rank=14,
        score=0.9,
        standard="GB 11643-1999; 国办发〔2018〕81号",
        grade=Grade.GENERAL_4,
        sensitive=True,
        number_chance=1e-9,
        examples=("810000199408230021", "830000199001010012"),
        counter_examples=("810000199408230022", "840000199408230021", "81000019940823002"),
    ),
    Entity(
        name="CN_DISABILITY_CERT",
        title="残疾人证号",
        shape=Runs(
            (
                Form(_DISABILITY, spaced=True),
                Form(f"{_DISABILITY}B[1-9]"),
                *labelled(
                    (Form(_DISABILITY), Form(f"{_DISABILITY}B[1-9]")),
                    *ANY_LETTERS,
                ),
            )
        ),
        check=DISABILITY,
        cues=(
            *("残疾证", "残疾人证", "残疾军人证", "持证残疾人", "cjz", "cjzh", "cjzhm", "cjrzh"),
            *("canjizheng", "canjizhenghao", "disability certificate", "disability cert"),
            *("disability card", "disability id"),
        ),
        rank=15,
        score=0.9,
        standard="残疾人证管理办法（残联发〔2017〕34号）; GB/T 26341-2010",
        grade=Grade.GENERAL_4,
        sensitive=True,
        number_chance=1e-7,
        examples=("11010519491231002X43", "440524188001010014 12", "残疾证44052418800101001421B1"),
        counter_examples=("11010519491231002X84", "11010519491231002X15", "11010519491231002143"),
    ),
    Entity(
        name="CN_FOREIGN_RESIDENT",
        title="外国人永久居留身份证号",
        shape=Runs(
            (
                Form("9[0-9]{16}[0-9X]", spaced=True),
                Form("[A-Z]{3}[0-9]{12}"),
            )
        ),
        check=FOREIGN_RESIDENT,
        cues=("永久居留", "永居证", "yjjlz", "yjjlzh", "permanent resident", "permanent residence"),
        rank=16,
        score=0.8,
        standard="外国人永久居留身份证编码（2023年版）; GB 11643-1999",
        grade=Grade.GENERAL_4,
        sensitive=True,
        number_chance=2e-6,
        examples=("911840198503151238", "USA110085031512", "CAN510085031518"),
        counter_examples=("911840198503151239", "911840198502301238", "USA990085031512"),
    ),
    Entity(
        name="CN_HKID",
        title="香港身份证号",
        shape=Runs(
            (
                Form("[A-Z][0-9]{6}[(（][0-9A][)）]"),
                Form("[A-Z]{2}[0-9]{6}[(（][0-9A][)）]"),
                Form("[A-Z][0-9]{6}[0-9A]", weak=True),
                Form("[A-Z]{2}[0-9]{6}[0-9A]", weak=True),
                *labelled((Form("[A-Z][0-9]{6}[0-9A]"),), "HKID"),
            )
        ),
        check=HONG_KONG,
        cues=("香港", "hkid", "hk id", "hong kong", "xgsfz", "xgsfzh", *IDENTITY),
        rank=18,
        score=0.9,
        standard="香港法例第177A章",
        grade=Grade.GENERAL_4,
        sensitive=True,
        examples=("A123456(3)", "AB987654（3）", "香港身份证：A1234563"),
        counter_examples=("A123456(4)", "A12345(3)", "货号A1234563", "香港身份证：A1234564"),
    ),
    Entity(
        name="CN_MACAU_ID",
        title="澳门身份证号",
        shape=Runs(
            (
                Form("[157][0-9]{6}[(（][0-9][)）]", weak=True),
                Form("[157][0-9]{6}/[0-9]", weak=True),
                Form("[157][0-9]{7}", weak=True),
            )
        ),
        cues=("澳门身份证", "澳门居民身份证", "澳门", "bir", "macau", "macao", "amsfz", "amsfzh"),
        rank=20,
        score=0.7,
        standard="澳门第8/2002号法律",
        grade=Grade.GENERAL_4,
        sensitive=True,
        examples=("澳门身份证：5123456(7)", "澳门居民身份证号码 12345678", "澳门身份证7123456/1"),
        counter_examples=("5123456(7)", "金额12345678", "澳门身份证：2123456(7)"),
    ),
    Entity(
        name="CN_TAIWAN_ID",
        title="台湾身份证号",
        shape=Runs((Form("[A-Z][12][0-9]{8}", weak=True),)),
        check=TAIWAN,
        cues=(
            *("台湾身份证", "台湾", "统一编号", "身分证", "身份证字号", "tw id", "taiwan"),
            *("twsfz", "twsfzh", *IDENTITY),
        ),
        rank=22,
        score=0.9,
        standard="台湾地区统一编号编码规则",
        grade=Grade.GENERAL_4,
        sensitive=True,
        examples=("台湾身份证号A123456789", "统一编号：A123456789"),
        counter_examples=("A123456789", "台湾身份证号A123456788", "台湾身份证号A323456789"),
    ),
    Entity(
        name="CN_TAIWAN_ARC",
        title="台湾居留证号",
        shape=Runs((Form("[A-Z][89][0-9]{8}", weak=True), Form("[A-Z][A-D][0-9]{8}", weak=True))),
        check=TAIWAN,
        cues=("居留证", "台湾", "统一证号", "arc", "jlz", "jlzh", "resident certificate"),
        rank=24,
        score=0.9,
        standard="台湾地区外来人口统一证号编码规则",
        grade=Grade.GENERAL_4,
        sensitive=True,
        examples=("居留证号码A800000014", "台湾居留证：AC01234567"),
        counter_examples=("A800000014", "居留证号码A800000015", "居留证号码A700000014"),
    ),
    Entity(
        name="CN_MILITARY_ID",
        title="军人证件号",
        shape=Runs(
            (
                Form(f"[{_SERVICES}]字第[0-9]{{6,8}}号"),
                Form("[0-9]{6,8}", weak=True),
            )
        ),
        cues=(
            *("军官证", "士兵证", "士官证", "军士证", "军人证", "文职干部证", "文职人员证"),
            *("军人身份", "退役军人证", "退伍证", "退伍军人证", "jgz", "jgzh", "jrz", "jrzh"),
            *("junguanzheng", "military id", "military card", "officer card", "soldier card"),
        ),
        rank=26,
        score=0.7,
        standard="军人证件通用样式",
        grade=Grade.GENERAL_4,
        sensitive=True,
        examples=("军字第1234567号", "士字第12345678号", "军官证号：20123456"),
        counter_examples=("川字第1234567号", "军字第12345号", "编号20123456"),
    ),
    Entity(
        name="CN_POLICE_ID",
        title="人民警察证件号",
        shape=Runs((Form("警字第[0-9]{6,8}号"), Form("[0-9]{6,8}", weak=True))),
        cues=(
            *("警号", "警官证", "警察证", "警员编号", "民警编号", "警员号", "jinghao"),
            *("police id", "police no", "police number", "badge no", "badge number"),
        ),
        rank=28,
        score=0.7,
        standard="公安机关人民警察证使用管理规定（公安部令第97号）",
        grade=Grade.GENERAL_3,
        sensitive=True,
        examples=("警字第0123456号", "民警（警号012345）", "警官证号01234567"),
        counter_examples=("012345", "警号01234", "案号012345"),
    ),
)
