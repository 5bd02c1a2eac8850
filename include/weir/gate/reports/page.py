"""A report as a page for people: Chinese first, self-contained, every name shown as text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from weir.gate.reports import incident_sections, sections
from weir.gate.reports.models import (
    AnyReport,
    DisclosureList,
    EvaluationPack,
    IncidentReport,
    OperationReport,
    SectorReport,
)
from weir.gate.reports.sections import Section, Words
from weir.service.pages import templates


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """What a kind of report is called, and the article it rests on."""

    title: Words
    article: str
    note: Words


COVERS: Mapping[type[AnyReport], Cover] = MappingProxyType(
    {
        OperationReport: Cover(
            title=("公共数据运营情况报告", "Operation report"),
            article="第十四条",
            note=(
                "报送市级大数据主管部门。运行按开始时间、发布按发布时间归入本期。",
                "Runs count by when they began, releases by when they were published.",
            ),
        ),
        SectorReport: Cover(
            title=("行业主管部门数据使用情况报告", "Report to a sector department"),
            article="第十六条",
            note=(
                "只涉及该数据提供方自己的数据集。",
                "Of this provider's own datasets and no others.",
            ),
        ),
        DisclosureList: Cover(
            title=("应用场景与数据产品公开清单", "Public list of scenarios and products"),
            article="第十四条",
            note=(
                "本期发布的应用场景与数据产品，注明数据来源。",
                "What was released in the period, with its attribution.",
            ),
        ),
        EvaluationPack: Cover(
            title=("年度运营评估材料", "Evidence for the yearly evaluation"),
            article="第二十条",
            note=(
                "数据运营单位如实提供的评估材料。",
                "What the operator hands in, in full and as it was.",
            ),
        ),
        IncidentReport: Cover(
            title=("数据安全事件报告", "Data security incident report"),
            article="第十九条",
            note=(
                "经办人填写的文字已替换可识别的号码；填写时不得写入个人姓名。",
                "Identifiers in texts were replaced; names of persons must not be written.",
            ),
        ),
    }
)


def report_html(report: AnyReport) -> bytes:
    """The page of a report."""
    cover = COVERS[type(report)]
    page = templates(Path(__file__).parent / "pages").get_template("report.html")
    parts = list(_SECTIONS[type(report)](report))
    text = page.render(
        cover=cover,
        report=report,
        subject=getattr(report, "provider", ""),
        sections=parts,
        period=not isinstance(report, IncidentReport),
        nothing=not any(part.rows for part in parts if part.tells),
    )
    return text.encode()


def _operation(report: OperationReport) -> Iterable[Section]:
    yield sections.totals(report.totals)
    yield sections.scenarios(report.scenarios)
    yield sections.refusals({one.scenario: one.refusals for one in report.scenarios})
    yield sections.datasets({one.scenario: one.datasets for one in report.scenarios})
    yield sections.credentials(report.credentials)
    yield sections.suspensions(report.suspensions)
    yield incident_sections.listed(report.incidents)


def _sector(report: SectorReport) -> Iterable[Section]:
    yield sections.datasets({"": report.datasets})
    yield sections.uses(report.uses)
    yield sections.suspensions(report.suspensions)
    yield incident_sections.listed(report.incidents)


def _disclosure(report: DisclosureList) -> Iterable[Section]:
    yield sections.products(report.products)


def _evaluation(report: EvaluationPack) -> Iterable[Section]:
    yield sections.totals(report.totals)
    yield sections.refusals({"": report.refusals})
    yield sections.datasets({"": report.datasets})
    yield incident_sections.counted(report.incident_figures)
    yield incident_sections.listed(report.incidents)
    yield sections.suspensions(report.suspensions)
    yield sections.evaluations(report.evaluations)
    yield sections.ratings(report.rating_figures, report.ratings)
    yield sections.procedures(report.procedures)
    yield sections.evidence(report.evidence)


def _incident(report: IncidentReport) -> Iterable[Section]:
    yield incident_sections.about(report)
    yield incident_sections.stated(report.texts)
    yield incident_sections.taken(report.steps)


_SECTIONS: Mapping[type[AnyReport], Callable[[Any], Iterable[Section]]] = MappingProxyType(
    {
        OperationReport: _operation,
        SectorReport: _sector,
        DisclosureList: _disclosure,
        EvaluationPack: _evaluation,
        IncidentReport: _incident,
    }
)
