"""Numbers of enterprises and other organisations."""

from __future__ import annotations

from weir.model import Grade
from weir.privacy.check_digits import ORGANISATION_CODE
from weir.privacy.entities.entity import Entity
from weir.privacy.shapes import Form, Runs, labelled
from weir.privacy.validity import CREDIT_CODE, REGISTRATION, TAXPAYER

_USCC = Form("[1-9ANY][1-59][0-9]{6}[0-9A-HJ-NP-RTUWXY]{10}", spaced=True)
_REGISTRATION = Form("[1-6][0-9]{14}")
_TAXPAYER = (
    Form("[1-6][0-9]{5}[0-9A-Z]{8}[0-9X]"),
    Form("[1-6][0-9]{16}[0-9X][0-9]{2}"),
)

ORGANISATIONS: tuple[Entity, ...] = (
    Entity(
        name="CN_USCC",
        title="统一社会信用代码",
        shape=Runs((_USCC, *labelled((_USCC,), "USCC", "XYDM", "SHXYDM", "TYSHXYDM", "NO"))),
        check=CREDIT_CODE,
        cues=(
            *(
                "统一社会信用代码",
                "信用代码",
                "uscc",
                "uscid",
                "tyshxydm",
                "shxydm",
                "tyxydm",
                "xydm",
            ),
            *("xinyongdaima", "credit code", "social credit code", "unified code"),
        ),
        rank=30,
        score=0.9,
        standard="GB 32100-2015",
        grade=Grade.GENERAL_2,
        number_chance=6.5e-3,
        examples=("91350100M000100Y43", "91350100m000100y43", "91350100-M000100Y4-3"),
        counter_examples=(
            "91350100M000100Y44",
            "91350100M000100I43",
            "91350100M000100Y433",
            "91990100M000100Y43",
        ),
    ),
    Entity(
        name="CN_BUSINESS_REG",
        title="工商注册号",
        shape=Runs((_REGISTRATION, *labelled((_REGISTRATION,), "ZCH", "GSZCH"))),
        check=REGISTRATION,
        cues=(
            *("注册号", "营业执照", "工商注册号", "执照号", "zch", "gszch", "yyzzh", "zhucehao"),
            *("registration no", "registration number", "business license", "business licence"),
        ),
        denials=(
            "税号",
            "纳税人识别号",
            "税务登记",
            "nsrsbh",
            "swdjh",
            "taxpayer",
            "tax no",
            "imei",
            "串号",
        ),
        rank=32,
        score=0.8,
        standard="GS 15-2006",
        grade=Grade.GENERAL_2,
        number_chance=1.05e-3,
        examples=("140000100028286", "110108000000016"),
        counter_examples=("140000100028287", "990000100028286", "14000010002828"),
    ),
    Entity(
        name="CN_TAXPAYER",
        title="纳税人识别号",
        shape=Runs((*_TAXPAYER, *labelled(_TAXPAYER, "NSRSBH", "TAX", "TAXNO"))),
        check=TAXPAYER,
        cues=(
            *("纳税人识别号", "纳税识别号", "税号", "税务登记号", "税务登记证", "nsrsbh", "swdjh"),
            *("swdjzh", "shuihao", "taxpayer", "tax no", "tax id", "tax number"),
        ),
        rank=34,
        score=0.8,
        standard="税总发〔2013〕41号; GB 11714-1997",
        grade=Grade.GENERAL_2,
        number_chance=1e-3,
        examples=("510903D2143569X", "11010519491231002X01", "44052418800101001402"),
        counter_examples=("510903D21435690", "990903D2143569X", "11010519491231002101"),
    ),
    Entity(
        name="CN_ORG_CODE",
        title="组织机构代码",
        shape=Runs((Form(r"[0-9A-Z]{8}\-[0-9X]", weak=True), Form("[0-9A-Z]{8}[0-9X]", weak=True))),
        check=ORGANISATION_CODE,
        cues=(
            *("组织机构代码", "机构代码", "代码证", "zzjgdm", "zuzhijigoudaima", "org code"),
            *("organization code", "organisation code", "institution code"),
        ),
        rank=36,
        score=0.9,
        standard="GB 11714-1997",
        grade=Grade.GENERAL_2,
        examples=("组织机构代码D2143569-X", "机构代码：D2143569X"),
        counter_examples=("D2143569-X", "组织机构代码D2143569-1", "批次20240301-1"),
    ),
)
