"""What a comparison calls the places and values of a contract: Chinese first, English beside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from weir.contracts.wording import CLASSIFICATIONS, ENTITIES, FUNCTIONS, OPEN_TYPES, SUBJECTS

Place = tuple[str, ...]

_NAMED_AFTER = {
    "inputs",
    "datasets",
    "fields",
    "rows",
    "measures",
    "suites",
    "expectations",
    "joins",
}
"""What comes next is a name that somebody gave, and is not translated."""

_PARTS: Mapping[str, str] = {
    "scenario": "场景 scenario",
    "datasets": "数据集 dataset",
    "operation_agreement": "授权运营协议 operation agreement",
    "use_agreement": "数据利用协议 use agreement",
    "policy": "政策参数包 policy pack",
    "suites": "质量规则集 suite",
    "inputs": "输入 input",
    "fields": "字段 field",
    "rows": "行范围 rows",
    "joins": "关联 join",
    "after": "先行场景 after",
    "aggregate": "汇总 aggregate",
    "by": "分组 by",
    "measures": "指标 measure",
    "function": "函数 function",
    "of": "对象 of",
    "authorisation": "主体授权 authorisation",
    "subjects": "授权主体 subjects",
    "register": "授权登记表 consent register",
    "disclosure": "披露控制 disclosure",
    "quasi_identifiers": "准标识符 quasi-identifiers",
    "unit": "统计单元 unit",
    "k": "每组最少单元数 least units per group (k)",
    "max_suppressed_share": "最大抑制比例 largest suppressed share",
    "retention": "保存期限 retention",
    "snapshot_days": "快照保存天数 days a snapshot is kept (snapshot_days)",
    "release_days": "产品保存天数 days a release is kept (release_days)",
    "supply": "提供方式 supply",
    "mode": "使用方式 mode of use",
    "format": "文件格式 format",
    "purpose": "目的 purpose",
    "data_user": "数据使用方 data user",
    "operator": "数据运营单位 operator",
    "approval": "发布审批 approval",
    "schedule": "运行 schedule",
    "attribution": "来源注明 attribution",
    "agreement": "协议编号 agreement",
    "starts_on": "第一天 first day",
    "ends_on": "最后一天 last day",
    "rights_and_duties": "权利和义务 rights and duties",
    "content": "内容 content",
    "scope": "范围 scope",
    "revenue": "收益分配 revenue",
    "security": "数据安全 security",
    "exit": "退出机制 exit",
    "conditions": "范围条件 conditions",
    "responsibilities": "责任 responsibilities",
    "delivery": "约定的交付方式 agreed delivery",
    "parameters": "参数 parameter",
    "value": "数值 value",
    "article": "依据 article",
    "note": "说明 note",
    "source": "来源 source",
    "effective_from": "生效日 in force from",
    "effective_until": "失效日 no longer in force from",
    "pack": "编号 pack",
    "agreement_term_years": "协议年限 term of agreements, years",
    "renewal_notice_months": "届满前申请月数 months of renewal notice",
    "rectification_days": "整改天数 days of rectification",
    "failed_after_rectifications": "视为未通过的整改次数 rectifications that count as failed",
    "audit_retention_days": "审计留存天数 days audit records are kept",
    "min_k": "k 的下限 least k",
    "minor_age_years": "未成年人年龄 age of minors",
    "two_reviewers_from_grade": "须双人审核的级别 grade from which two review",
    "max_release_days": "产品最长保存天数 most days a release is kept",
    "expectations": "规则 rule",
    "meta": "附注 meta",
    "quarantine_tolerance": "坏数据容忍度 share of bad rows tolerated",
    "title": "名称 title",
    "provider": "数据提供方 provider",
    "open_type": "开放类型 open type",
    "classification": "分类 classification",
    "grade": "级别 grade",
    "sensitive": "敏感 sensitive",
    "nullable": "可为空 may be empty",
    "entities": "所含标识 identifiers it holds",
    "type": "数据类型 type",
    "key": "主键 key",
    "subject": "信息主体 subject",
    "born_on": "出生日期字段 date of birth",
    "kind": "种类 kind",
    "field": "字段 field",
    "table": "表 table",
    "schema": "模式 schema",
    "suite": "质量规则集 suite",
}

_VALUES: Mapping[str, Mapping[str, str]] = {
    "open_type": {one: f"{zh} {one}" for one, zh in OPEN_TYPES.items()},
    "classification": {one: f"{zh} {one}" for one, zh in CLASSIFICATIONS.items()},
    "entities": {one: f"{zh} {one}" for one, zh in ENTITIES.items()},
    "function": {one: f"{zh} {one}" for one, zh in FUNCTIONS.items()},
    "subjects": {one: f"{zh} {one}" for one, zh in SUBJECTS.items()},
    "approval": {
        "standing": "长期有效 standing",
        "each_release": "逐次双人审核 each release by two people",
    },
    "mode": {
        "bucket": "存储桶交付 bucket",
        "interface": "数据服务接口 interface",
        "joint_computation": "联合建模计算 joint computation",
    },
    "delivery": {"bucket": "存储桶交付 bucket"},
}
_SCALARS = {"true": "是 yes", "false": "否 no", "null": "无 none"}


def place_words(place: Place) -> str:
    """`场景 scenario / 输入 input / firms / …`; names that people gave stay as they are."""
    return " / ".join(_parts(place))


def value_words(place: Place, text: str) -> str:
    """A value of the contract in words, by what it is a value of."""
    known = _VALUES.get(place[-1], {})
    return known.get(text, _SCALARS.get(text, text))


def _parts(place: Place) -> Iterator[str]:
    named = False
    for part in place:
        yield part if named else _PARTS.get(part, part)
        named = not named and part in _NAMED_AFTER
