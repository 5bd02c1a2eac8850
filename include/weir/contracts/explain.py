"""A plan as a reviewer of the bureau reads it: Chinese first, English beside."""

from __future__ import annotations

from collections.abc import Iterator

from weir.clock import SHANGHAI
from weir.contracts.dataset import FieldType, OpenType
from weir.contracts.plan import Plan, PlannedField, PlannedInput
from weir.contracts.text_table import text_table
from weir.contracts.wording import CLASSIFICATIONS, METHODS, OPEN_TYPES, SUBJECTS, mask_text

_TYPES = {
    FieldType.STRING: "文本",
    FieldType.INTEGER: "整数",
    FieldType.DECIMAL: "小数",
    FieldType.DATE: "日期",
    FieldType.TIMESTAMP: "时间戳",
    FieldType.BOOLEAN: "是否",
}
_APPROVALS = {"standing": "长期有效 standing", "each_release": "逐次双人审核 each release"}


def explain(plan: Plan) -> str:
    """What is pulled, checked, masked, joined and disclosed, where it goes and until when."""
    sections = (
        _grounds(plan),
        _pulled(plan),
        _checked(plan),
        _joined(plan),
        _disclosed(plan),
        _product(plan),
        _destination(plan),
    )
    title = f"应用场景 Scenario: {plan.scenario.scenario} {plan.scenario.title}\n"
    return "\n".join([title, *("".join(section) for section in sections)])


def _grounds(plan: Plan) -> Iterator[str]:
    scenario, operation, use, pack = (
        plan.scenario,
        plan.operation_agreement,
        plan.use_agreement,
        plan.policy,
    )
    yield "一、依据 Grounds\n"
    yield text_table(
        ("事项 item", "内容 value", "依据 article"),
        (
            ("目的 purpose", scenario.purpose, "第十三条"),
            ("数据运营单位 operator", scenario.operator, "第十条"),
            ("数据使用方 data user", scenario.data_user, "第十四条"),
            ("合同摘要 contract digest (SM3)", plan.contract_digest, "第十三条"),
            (
                "授权运营协议 operation agreement",
                f"{operation.agreement}, {operation.starts_on} – {operation.ends_on}",
                "第十一条、第十五条",
            ),
            (
                "数据利用协议 use agreement",
                f"{use.agreement}, {use.starts_on} – {use.ends_on}",
                "第十四条",
            ),
            (
                "政策参数包 policy pack",
                f"{pack.pack}, {pack.effective_from} – {pack.effective_until or '…'} (不含 excl.)",
                "第二十四条",
            ),
            ("发布审批 approval", _APPROVALS[scenario.approval], "第二十三条第(三)项"),
        ),
        indent="  ",
    )


def _pulled(plan: Plan) -> Iterator[str]:
    yield "二、提取与脱敏 Pulled and masked (第十三条、第十四条)\n"
    for one in plan.inputs:
        dataset = one.dataset
        yield (
            f"  {dataset.dataset} {dataset.title}: {OPEN_TYPES[dataset.open_type]} "
            f"{dataset.open_type}, 提供方 provider {dataset.provider}\n"
        )
        if dataset.open_type is OpenType.PROHIBITED:
            yield "  ! 不予开放，任何人不得批准 prohibited: nobody can approve it (第十三条)\n"
        yield from (f"  {line}\n" for line in _row_limits(one))
        yield text_table(
            ("字段 field", "名称", "类型", "分类", "级", "方法 mask", "", "输出 output"),
            [_field_row(field) for field in one.fields],
            indent="    ",
        )


def _row_limits(one: PlannedInput) -> Iterator[str]:
    for name, values in one.rows.items():
        yield f"仅限 only rows with {name} ∈ {{{', '.join(values)}}}"
    if one.consent and one.dataset.subject:
        yield (
            f"仅限已授权的{SUBJECTS[one.dataset.subject.kind]} only with consent: "
            f"{one.consent.register_table}, {one.consent.recipient}, {one.consent.purpose} "
            "(第二十三条第(六)项)"
        )
        if one.consent.born_on:
            yield (
                f"不满{one.consent.minor_age_years}周岁须监护人授权 guardian's consent under "
                f"{one.consent.minor_age_years} (个人信息保护法 第三十一条)"
            )


def _field_row(field: PlannedField) -> tuple[str, ...]:
    return (
        field.source,
        field.title,
        _TYPES[field.type],
        CLASSIFICATIONS[field.classification] if field.classification else "未分类!",
        f"{int(field.grade) if field.grade else '!'}{'*' if field.sensitive else ''}",
        METHODS[field.mask.method],
        mask_text(field.mask),
        field.output or "—",
    )


def _checked(plan: Plan) -> Iterator[str]:
    yield "三、质量检查 Checked (第六条)\n"
    yield text_table(
        ("规则集 suite", "条数 rules", "摘要 digest"),
        [
            (name, str(len(suite.get("expectations", ()))), plan.suite_digests[name])
            for name, suite in sorted(plan.suites.items())
        ],
        indent="  ",
    )


def _joined(plan: Plan) -> Iterator[str]:
    yield "四、关联与汇总 Joined and aggregated (网络数据安全管理条例 第十六条)\n"
    for join in plan.joins:
        left = f"{join.left_dataset}.{join.left_column}"
        yield f"  {left} = {join.right_dataset}.{join.right_column}\n"
    if not plan.joins:
        yield "  不关联 no joins\n"
    if plan.aggregate:
        measures = ", ".join(
            f"{name} = {measure.function}({measure.of})"
            for name, measure in sorted(plan.aggregate.measures.items())
        )
        yield f"  按 by {', '.join(plan.aggregate.by)}: {measures}\n"


def _disclosed(plan: Plan) -> Iterator[str]:
    yield "五、披露控制 Disclosure (第十四条)\n"
    rule = plan.disclosure
    if rule is None:
        yield "  不涉及信息主体 no subjects, no rule\n"
        return
    yield (
        f"  每组至少 {rule.k} 个 {rule.unit} at least {rule.k} per group of "
        f"{', '.join(rule.quasi_identifiers)}\n"
        f"  小组抑制，超过 {rule.max_suppressed_share:.0%} 则拒绝 small groups are suppressed, "
        "above that share the release is refused\n"
    )


def _product(plan: Plan) -> Iterator[str]:
    yield f"六、产品 Product: {int(plan.grade)} 级 grade {int(plan.grade)} (GB/T 43697-2024)\n"
    yield text_table(
        ("列 column", "名称", "类型 type", "级", "来源 origin", "处理 transformation"),
        [
            (
                field.name,
                field.title,
                field.type,
                str(int(field.grade)),
                " = ".join(field.origin),
                field.transformation,
            )
            for field in plan.output
        ],
        indent="  ",
    )


def _destination(plan: Plan) -> Iterator[str]:
    retention = plan.scenario.retention
    until = plan.valid_until.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    yield "七、去向与期限 Where it goes and until when\n"
    yield text_table(
        ("事项 item", "内容 value", "依据 article"),
        (
            ("存储桶 bucket", plan.release_bucket, "第十四条"),
            ("运行 schedule", plan.scenario.schedule or "手动 by hand", ""),
            ("快照保存 snapshots kept", f"{retention.snapshot_days} 天 days", ""),
            (
                "产品保存 releases kept",
                f"{retention.release_days} 天 days",
                plan.policy.parameters.max_release_days.article,
            ),
            ("协议届满 agreements end", f"{until} (北京时间)", "第十五条"),
            ("来源注明 attribution", plan.scenario.attribution, "第十四条"),
        ),
        indent="  ",
    )
