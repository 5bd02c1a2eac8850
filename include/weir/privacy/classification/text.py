"""A survey as people read it at a terminal: counts, kinds and grades, never a value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from weir.contracts.text_table import text_table
from weir.contracts.wording import CLASSIFICATIONS
from weir.privacy.classification.decision import GRADES, Confidence, FieldDecision
from weir.privacy.classification.lexicon import Identifying, Subject
from weir.privacy.classification.survey import TableSurvey

SUBJECTS: Mapping[Subject, str] = {
    Subject.PERSON: "个人",
    Subject.ENTERPRISE: "企业",
    Subject.NONE: "-",
}
IDENTIFYING: Mapping[Identifying, str] = {
    Identifying.DIRECT: "直接标识",
    Identifying.QUASI: "准标识",
    Identifying.NONE: "-",
}
CONFIDENCE: Mapping[Confidence, str] = {
    Confidence.SURE: "确定",
    Confidence.LIKELY: "待核",
    Confidence.UNKNOWN: "未知",
}
GROUNDS: Mapping[str, str] = {
    "by_values": "取值",
    "by_header": "表头",
    "by_shape": "形态",
    "by_fit": "整列相符",
    "by_table": "所在表",
    "names_outweighed": "模型未采信",
    "hits_by_chance": "偶合",
    "graded": "定级",
    "grade_unknown": "无依据",
    "highest_wins": "就高定级",
    "personal_information": "个人信息",
    "large_scale_personal": "个人信息规模",
    "identifying_together": "组合识别风险",
    "read_as_encoding": "编码",
    "read_with_delimiter": "分隔符",
    "sheet_hidden": "隐藏工作表",
    "header_found_below": "表头位置",
    "header_of_two_rows": "两行表头",
    "header_may_be_data": "表头疑为数据",
    "workbook_parts_not_scanned": "未扫描部分",
    "formulas_by_result": "公式",
    "formulas_without_result": "公式无结果",
    "no_rows": "无数据行",
}
"""Chinese titles of what a survey says, by code."""

_HEADER = (
    "列 column",
    "类别 kind",
    "主体 subject",
    "标识 identifying",
    "敏感",
    "级 grade",
    "把握",
    "单元格 cells",
    "标识符 identifiers",
)


def survey_text(found: TableSurvey) -> str:
    """The table of fields, the grounds of each, and what follows for the whole."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: TableSurvey) -> Iterator[str]:
    report = found.report
    yield f"{report.table}: {report.rows} 行 rows, {report.cells} 单元格 cells, {report.detector}"
    yield (
        f"主体 subject: {SUBJECTS[found.subject]}  级别 grade: {GRADES[found.grade]}"
        "  建议，由提供方确定 proposed, the provider decides"
    )
    rows = [
        _row(field, findings.cells_scanned, findings.entities)
        for field, findings in zip(found.fields, report.fields, strict=True)
    ]
    yield text_table(_HEADER, rows).rstrip("\n")
    for field in found.fields:
        grounds = (f"{GROUNDS[reason.code]} {reason.what}" for reason in field.reasons)
        yield f"依据 {field.column}: " + "; ".join(grounds)
    for reason in found.reasons:
        article = f" [{reason.article}]" if reason.article else ""
        yield f"{GROUNDS[reason.code]} {reason.what}{article} [{reason.code}]"
    for finding in found.findings:
        yield f"与目录不一致 for the provider: {finding.what} [{finding.code}]"
    for note in report.notes:
        yield f"提示 note: {note.what} [{note.code}]"
    for name in report.not_scanned:
        yield f"未扫描 not scanned: {name}"


def _row(field: FieldDecision, cells: int, entities: Mapping[str, int]) -> tuple[str, ...]:
    counts = ", ".join(f"{name}×{count}" for name, count in sorted(entities.items()))
    return (
        field.column,
        CLASSIFICATIONS[field.classification] if field.classification else "?",
        SUBJECTS[field.subject],
        IDENTIFYING[field.identifying],
        "是" if field.sensitive else "-",
        str(int(field.grade)),
        CONFIDENCE[field.confidence],
        str(cells),
        counts or "-",
    )
