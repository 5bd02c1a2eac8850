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
    "CN_DRIVER_LICENCE": "机动车驾驶证号",
    "CN_RESIDENT_ID": "居民身份证号",
    "CN_RESIDENT_ID_15": "居民身份证号(15位)",
    "CN_HMT_RESIDENCE": "港澳台居民居住证号",
    "CN_DISABILITY_CERT": "残疾人证号",
    "CN_FOREIGN_RESIDENT": "外国人永久居留身份证号",
    "CN_HKID": "香港身份证号",
    "CN_MACAU_ID": "澳门身份证号",
    "CN_TAIWAN_ID": "台湾身份证号",
    "CN_TAIWAN_ARC": "台湾居留证号",
    "CN_MILITARY_ID": "军人证件号",
    "CN_POLICE_ID": "人民警察证件号",
    "CN_USCC": "统一社会信用代码",
    "CN_BUSINESS_REG": "工商注册号",
    "CN_TAXPAYER": "纳税人识别号",
    "CN_ORG_CODE": "组织机构代码",
    "CN_BANK_CARD": "银行卡号",
    "CN_MOBILE": "手机号码",
    "CN_LANDLINE": "固定电话",
    "CN_SERVICE_NUMBER": "400/800电话",
    "CN_PLATE": "机动车号牌",
    "CN_VIN": "车辆识别代号",
    "CN_HM_RETURN_PERMIT": "港澳居民来往内地通行证号",
    "CN_TW_RETURN_PERMIT": "台湾居民来往大陆通行证号",
    "CN_PERMIT_TO_HM": "往来港澳通行证号",
    "CN_PERMIT_TO_TW": "大陆居民往来台湾通行证号",
    "CN_PASSPORT": "护照号码",
    "EMAIL": "电子邮箱",
    "PERSONAL_URL": "含个人标识的网址",
    "IPV4": "网络地址(IPv4)",
    "IPV6": "网络地址(IPv6)",
    "MAC_ADDRESS": "网卡地址(MAC)",
    "IMEI": "移动设备识别码(IMEI)",
    "IMSI": "移动用户识别码(IMSI)",
    "GPS_COORDINATES": "个人位置坐标",
    "CN_PROPERTY_CERT": "不动产权证号",
    "CN_SOCIAL_SECURITY": "社会保障卡号",
    "CN_DRIVER_FILE": "驾驶证档案编号",
    "CN_MEDICAL_INSURANCE": "医疗保险号",
    "CN_MEDICAL_RECORD": "病案与就诊号",
    "BIRTH_DATE": "出生日期",
    "CN_QQ": "QQ号码",
    "CN_WECHAT": "微信号",
    "CN_UTILITY_ACCOUNT": "水电气户号",
    "HEALTH_TERM": "健康状况用语",
    "ETHNICITY": "民族",
    "RELIGION": "宗教信仰",
    "BIOMETRIC_TERM": "生物识别信息用语",
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
