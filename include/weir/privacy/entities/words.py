"""Cues that several types share."""

from __future__ import annotations

DOCUMENT = (
    *("证件号", "证件编号", "证件号码", "证照号码", "zjhm", "zjh", "zjbh", "zhengjianhao"),
    *("zhengjianhaoma", "document no", "document number", "id no", "id number", "id num"),
    *("cert no", "cert num", "certificate no", "credential no"),
)
IDENTITY = (
    *("身份证", "身分证", "身份证明", "身份号码", "公民身份号码", "id card", "identity card"),
    *("identity no", "identity number", "national id", "citizen id", "resident id", "person id"),
    *("sfz", "sfzh", "sfzhm", "sfzjh", "sfzjhm", "gmsfhm", "gmsfzhm", "shenfenzheng"),
    *("shenfenzhenghao", "shenfenzhenghaoma", "shenfenhaoma", *DOCUMENT),
)
ANY_LETTERS = ("[A-Z]", *(f"[A-Z]{{{count}}}" for count in range(2, 13)))
"""Whatever is written right before a number that proves itself by region, date and check digit."""
