"""Chinese names of what contracts speak of, for the pages and texts that people read."""

from __future__ import annotations

from collections.abc import Mapping

from weir.contracts.dataset import Classification, OpenType
from weir.contracts.masks import Bin, Mask, Partial, Region, TruncateDate

OPEN_TYPES: Mapping[OpenType, str] = {
    OpenType.UNCONDITIONAL: "无条件开放",
    OpenType.CONDITIONAL: "有条件开放",
    OpenType.PROHIBITED: "不予开放",
}

CLASSIFICATIONS: Mapping[Classification, str] = {
    Classification.PERSON_IDENTITY: "个人身份",
    Classification.PERSON_CONTACT: "个人联系方式",
    Classification.PERSON_PROPERTY: "个人财产",
    Classification.PERSON_HEALTH: "个人健康",
    Classification.PERSON_ATTRIBUTE: "个人属性",
    Classification.ENTERPRISE_IDENTITY: "企业身份",
    Classification.ENTERPRISE_OPERATION: "企业经营",
    Classification.PUBLIC_SERVICE: "公共服务",
    Classification.REGION: "地区",
    Classification.TIME: "时间",
    Classification.FREE_TEXT: "自由文本",
}

SUBJECTS: Mapping[str, str] = {"person": "个人", "enterprise": "企业"}

METHODS: Mapping[str, str] = {
    "keep": "原样保留",
    "drop": "不输出",
    "redact": "文本脱敏",
    "partial": "部分遮盖",
    "surname": "仅留姓氏",
    "token": "可逆令牌(SM4)",
    "pseudonym": "不可逆假名(HMAC-SM3)",
    "truncate_date": "日期截断",
    "bin": "区间化",
    "region": "行政区划截断",
}

FUNCTIONS: Mapping[str, str] = {
    "count": "计数",
    "count_distinct": "去重计数",
    "sum": "合计",
    "mean": "均值",
    "min": "最小值",
    "max": "最大值",
}

ENTITIES: Mapping[str, str] = {
    "CN_RESIDENT_ID": "居民身份证号",
    "CN_USCC": "统一社会信用代码",
    "CN_MOBILE": "手机号码",
    "CN_LANDLINE": "固定电话",
    "CN_BANK_CARD": "银行卡号",
    "CN_PLATE": "机动车号牌",
    "CN_PASSPORT": "护照号码",
    "EMAIL": "电子邮箱",
    "IPV4": "网络地址(IPv4)",
}
"""Identifier types that a dataset contract may say a field holds."""


def mask_text(mask: Mask) -> str:
    """A mask with its parameters, as the dictionary and the lineage name it: `partial(3,4)`."""
    match mask:
        case Partial():
            return f"partial({mask.head},{mask.tail})"
        case TruncateDate() | Region():
            return f"{mask.method}({mask.to})"
        case Bin():
            return "bin(" + ",".join(decimal_text(edge) for edge in mask.edges) + ")"
        case _:
            return mask.method


def decimal_text(number: float) -> str:
    """The shortest decimal text of `number`, without a point where it is whole."""
    return repr(number).removesuffix(".0")
