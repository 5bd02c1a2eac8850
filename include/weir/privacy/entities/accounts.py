"""Numbers of accounts: banks, social security, utilities."""

from __future__ import annotations

from weir.model import Grade
from weir.privacy.check_digits import LUHN
from weir.privacy.entities.entity import Entity
from weir.privacy.segments import CARD_ISSUER
from weir.privacy.shapes import Form, Runs, labelled
from weir.privacy.validity import both

_CARD = (
    Form("[2-689][0-9]{15}", spaced=True),
    *(Form(f"[689][0-9]{{{n}}}", spaced=True) for n in (16, 17, 18)),
    Form("3[47][0-9]{13}", spaced=True),
    *(Form(f"{begins}[0-9]{{13}}", spaced=True) for begins in ("436742", "456351")),
    Form("405512[0-9]{11}", spaced=True),
)
"""By ISO/IEC 7812; longer ones are of UnionPay and of domestic issuers, a few of which have a
number of Visa's."""

_CARD_LABELS = ("NO", "CARD", "CARDNO", "BANKCARD", "ACCOUNT", "ACCT", "YHKH", "YHZH", "KH", "ZH")

ACCOUNTS: tuple[Entity, ...] = (
    Entity(
        name="CN_BANK_CARD",
        title="银行卡号",
        shape=Runs((*_CARD, *labelled(_CARD, *_CARD_LABELS))),
        check=both(LUHN, CARD_ISSUER),
        cues=(
            *(
                "银行卡",
                "信用卡",
                "储蓄卡",
                "借记卡",
                "卡号",
                "账号",
                "帐号",
                "账户",
                "存折",
                "yhk",
            ),
            *("yhkh", "yhkhm", "yhzh", "yhkzh", "yinhangka", "yinhangkahao", "yinhangzhanghao"),
            *("bank card", "bank account", "card no", "card number", "account no"),
            *("account number", "acct no", "credit card", "debit card"),
        ),
        rank=40,
        score=0.9,
        standard="ISO/IEC 7812-1; JR/T 0008-2000",
        grade=Grade.GENERAL_4,
        sensitive=True,
        number_chance=0.029,
        examples=(
            "6222021001116245702",
            "4111111111111111",
            "9558801001114990713",
            "6222 0210 0111 6245 702",
            "4367421001116245703",
            "No6222021001116245702",
        ),
        counter_examples=(
            "6222021001116245703",
            "2024030112345675",
            "622202100111624",
            "6722021001116245702",
            "4267421001116245700",
            "SKU6222021001116245702",
        ),
    ),
    Entity(
        name="CN_SOCIAL_SECURITY",
        title="社会保障卡号",
        shape=Runs(
            (
                Form("[A-Z][0-9]{8}", weak=True),
                Form("[A-Z]{2}[0-9]{7}", weak=True),
                Form("[0-9]{8,12}", weak=True),
            )
        ),
        cues=(
            *("社保卡", "社会保障卡", "社保号", "社保编号", "社会保障号", "社保账号", "社会保险号"),
            *(
                "社保个人编号",
                "社会保险编号",
                "社保电脑号",
                "社保卡号",
                "shbzh",
                "shbzhm",
                "shbzkh",
            ),
            *("sbk", "sbkh", "sbkhm", "shebaokahao", "social security", "social insurance"),
            *("social card", "ssn"),
        ),
        rank=110,
        score=0.6,
        standard="社会保障卡管理办法（人社部发〔2011〕47号）",
        grade=Grade.GENERAL_4,
        sensitive=True,
        examples=("社保卡号A12345678", "社会保障卡号：123456789"),
        counter_examples=("批号A12345678", "社保卡号A1234", "123456789"),
    ),
    Entity(
        name="CN_UTILITY_ACCOUNT",
        title="水电气户号",
        shape=Runs((Form("[0-9]{7,13}", weak=True), Form("[A-Z][0-9]{7,12}", weak=True))),
        cues=(
            *("户号", "用户编号", "客户编号", "缴费编号", "缴费号", "电表号", "水表号", "气表号"),
            *("燃气编号", "用水编号", "用电编号", "燃气表号", "电能表号", "电表编号", "水表编号"),
            *("用户号", "客户号", "水卡号", "气卡号", "电卡号", "huhao", "ydhh", "yshh", "rqhh"),
            *("yonghubianhao", "yhbh", "khbh", "jfhh", "jfbh", "ranqihao", "meter account"),
            *("meter no", "meter number", "consumer no", "consumer number", "customer no"),
            *("customer number", "utility account", "household no", "cons no", "meter asset no"),
        ),
        rank=140,
        score=0.5,
        standard="供水、供电、供气企业的编号",
        grade=Grade.GENERAL_3,
        examples=("用电户号0123456789", "燃气户号：12345678", "水表号A12345678"),
        counter_examples=("0123456789", "户号12345", "户籍号0123456789"),
    ),
)
