"""Numbers of accounts: banks, social security, utilities."""

from __future__ import annotations

from weir.model import Grade
from weir.privacy.check_digits import LUHN
from weir.privacy.entities.entity import Entity
from weir.privacy.segments import CARD_ISSUER
from weir.privacy.shapes import Form, Runs
from weir.privacy.validity import both

ACCOUNTS: tuple[Entity, ...] = (
    Entity(
        name="CN_BANK_CARD",
        title="银行卡号",
        shape=Runs(
            (
                Form("[2-689][0-9]{15}", spaced=True),
                *(Form(f"[689][0-9]{{{n}}}", spaced=True) for n in (16, 17, 18)),
                Form("3[47][0-9]{13}", spaced=True),
            )
        ),
        check=both(LUHN, CARD_ISSUER),
        cues=("银行卡", "卡号", "账号", "帐号", "银行账户", "bank card", "card no", "yhkh"),
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
        ),
        counter_examples=(
            "6222021001116245703",
            "2024030112345675",
            "622202100111624",
            "6722021001116245702",
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
        cues=("社保卡", "社会保障卡", "社保号", "社保编号", "社会保障号", "社保账号", "shbzh"),
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
            *("燃气编号", "用水编号", "用电编号", "meter account"),
        ),
        rank=140,
        score=0.5,
        standard="供水、供电、供气企业的编号",
        grade=Grade.GENERAL_3,
        examples=("用电户号0123456789", "燃气户号：12345678", "水表号A12345678"),
        counter_examples=("0123456789", "户号12345", "户籍号0123456789"),
    ),
)
