"""The parts of a report's page that tell of data security incidents."""

from __future__ import annotations

from collections.abc import Sequence

from weir.gate.reports import wording
from weir.gate.reports.models import (
    IncidentFigures,
    IncidentLine,
    IncidentReport,
    IncidentStep,
    IncidentTexts,
)
from weir.gate.reports.sections import STATE, Section, number_section, scope


def listed(lines: Sequence[IncidentLine]) -> Section:
    return Section(
        title=("数据安全事件", "Incidents"),
        columns=(
            ("事件", "incident"),
            ("发现方式", "sign"),
            ("范围", "scope"),
            STATE,
            ("发现时间", "discovered"),
            ("报告时限", "report due"),
            ("报告时间", "reported"),
            ("涉及行数", "rows affected"),
            ("涉及主体数", "subjects affected"),
        ),
        rows=tuple(
            (
                one.incident,
                wording.told(wording.SIGNS, one.sign),
                scope(one.scope_kind, one.scope),
                wording.state("incident", one.state),
                one.discovered_at,
                one.due_at,
                one.reported_at,
                one.affected_rows,
                one.affected_subjects,
            )
            for one in lines
        ),
    )


def counted(figures: IncidentFigures) -> Section:
    return number_section(
        ("数据安全事件统计", "Incidents counted"),
        (
            ("立案 opened", figures.opened),
            ("结案 closed", figures.closed),
            ("误报 dismissed", figures.dismissed),
            ("按时报告 reported in time", figures.in_time),
            ("逾期报告 reported late", figures.late),
            ("逾期未报 overdue", figures.overdue),
        ),
    )


def about(report: IncidentReport) -> Section:
    line = report.incident
    reported = "逾期未报 overdue" if report.overdue else "尚未报告 not yet"
    if line.state == "dismissed":
        reported = "误报，无须报告 false alarm"
    return Section(
        title=("事件", "Incident"),
        columns=(("项目", "item"), ("内容", "content")),
        rows=(
            ("事件 incident", line.incident),
            ("状态 state", wording.state("incident", line.state)),
            ("发现方式 sign", wording.told(wording.SIGNS, line.sign)),
            ("范围 scope", scope(line.scope_kind, line.scope)),
            ("发现时间 discovered", line.discovered_at),
            ("报告时限 report due", line.due_at),
            ("报告时间 reported", line.reported_at or reported),
            ("涉及行数 rows affected", f"{line.affected_rows:,}"),
            ("涉及主体数 subjects affected", f"{line.affected_subjects:,}"),
        ),
    )


def stated(texts: IncidentTexts) -> Section:
    return Section(
        title=("情况说明", "What was stated"),
        columns=(("项目", "item"), ("内容", "content")),
        rows=tuple(
            (title, text)
            for name, title in wording.TEXTS.items()
            if (text := str(getattr(texts, name)))
        ),
    )


def taken(steps: Sequence[IncidentStep]) -> Section:
    return Section(
        title=("处置经过", "Steps"),
        columns=(("步骤", "step"), ("经办角色", "by"), ("时间", "at")),
        rows=tuple(
            (wording.incident_move(one.move), wording.told(wording.ROLES, one.by), one.at)
            for one in steps
        ),
    )
