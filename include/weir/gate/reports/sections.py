"""The parts of a report's page: each a heading with a table or with figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from weir.gate.reports import wording
from weir.gate.reports.models import (
    CaseCount,
    CredentialLine,
    DatasetFigures,
    DatasetUse,
    EvaluationLine,
    EvidenceCount,
    Figures,
    ListedProduct,
    OperatorRating,
    RatingFigures,
    RefusalCount,
    ScenarioOperation,
    ScenarioSubject,
    SuspensionLine,
)

Words = tuple[str, str]
"""Chinese, English."""
Cell = str | int | datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A table, or `figures`: rows of a label and a number. `tells` is False for what stands in a
    report also when nothing happened."""

    title: Words
    columns: tuple[Words, ...]
    rows: tuple[tuple[Cell, ...], ...]
    figures: bool = False
    tells: bool = True


_SCENARIO = ("应用场景", "scenario")
_DATA_USER = ("数据使用方", "data user")
_DATASET = ("数据集", "dataset")
_SUPPLIED = ("提供行数", "rows supplied")
_WITHOUT_CONSENT = ("未获授权行数", "without consent")
_QUARANTINED = ("隔离行数", "quarantined")
_RELEASES = ("发布次数", "releases")
_RELEASED = ("发布行数", "rows released")
STATE = ("状态", "state")


def totals(one: Figures) -> Section:
    return number_section(
        ("总计", "Totals"),
        (
            ("运行次数 runs", one.runs),
            ("完成 completed", one.completed),
            ("被拒 refused", one.refused),
            ("失败 failed", one.failed),
            ("进行中 under way", one.under_way),
            ("提供行数 rows supplied", one.rows_supplied),
            ("未获授权行数 without consent", one.rows_without_consent),
            ("隔离行数 quarantined", one.rows_quarantined),
            ("发布次数 releases", one.releases),
            ("发布行数 rows released", one.rows_released),
            ("闸门拒绝发布 refused by the gate", one.releases_refused),
            ("其后下架 delisted since", one.releases_delisted),
        ),
    )


def scenarios(lines: Sequence[ScenarioOperation]) -> Section:
    counted = (
        ("运行次数", "runs"),
        ("完成", "completed"),
        ("被拒", "refused"),
        ("失败", "failed"),
        ("进行中", "under way"),
        _SUPPLIED,
        _WITHOUT_CONSENT,
        _QUARANTINED,
        _RELEASES,
        _RELEASED,
    )
    return Section(
        title=("应用场景", "Scenarios"),
        columns=(_SCENARIO, _DATA_USER, *counted),
        rows=tuple(
            (
                _named(one),
                one.data_user,
                one.figures.runs,
                one.figures.completed,
                one.figures.refused,
                one.figures.failed,
                one.figures.under_way,
                one.figures.rows_supplied,
                one.figures.rows_without_consent,
                one.figures.rows_quarantined,
                one.figures.releases,
                one.figures.rows_released,
            )
            for one in lines
        ),
    )


def refusals(groups: Mapping[str, Sequence[RefusalCount]]) -> Section:
    """By scenario; under the empty name those of all, which need no column for it."""
    return Section(
        title=("拒绝", "Refusals"),
        columns=(
            *_scenario_column(groups),
            ("原因", "reason"),
            ("条款", "article"),
            ("运行次数", "runs"),
        ),
        rows=tuple(
            (*_scenario_cell(name), one.code, one.article, one.runs)
            for name, counted in groups.items()
            for one in counted
        ),
    )


def datasets(groups: Mapping[str, Sequence[DatasetFigures]]) -> Section:
    """As `refusals`."""
    return Section(
        title=("数据集与数据提供方", "Datasets and providers"),
        columns=(
            *_scenario_column(groups),
            _DATASET,
            ("数据提供方", "provider"),
            _SUPPLIED,
            _WITHOUT_CONSENT,
            _QUARANTINED,
            ("质量检查次数", "quality checks"),
            ("未通过次数", "not passed"),
        ),
        rows=tuple(
            (
                *_scenario_cell(name),
                _titled(one.title, one.dataset),
                one.provider,
                one.rows_supplied,
                one.rows_without_consent,
                one.rows_quarantined,
                one.checks,
                one.checks_refused,
            )
            for name, counted in groups.items()
            for one in counted
        ),
        tells=False,
    )


def uses(lines: Sequence[DatasetUse]) -> Section:
    return Section(
        title=("数据使用情况", "Use of the data"),
        columns=(
            _DATASET,
            _SCENARIO,
            ("用途", "purpose"),
            _DATA_USER,
            ("运行次数", "runs"),
            _SUPPLIED,
            _WITHOUT_CONSENT,
            _QUARANTINED,
            ("产品发布次数", "releases of the product"),
            ("产品行数", "rows of the product"),
            ("拒绝原因", "refusals"),
        ),
        rows=tuple(
            (
                one.dataset,
                _named(one),
                one.purpose,
                one.data_user,
                one.runs,
                one.rows_supplied,
                one.rows_without_consent,
                one.rows_quarantined,
                one.releases,
                one.rows_released,
                "、".join(f"{why.code} {why.article} ×{why.runs}" for why in one.refusals),
            )
            for one in lines
        ),
    )


def products(lines: Sequence[ListedProduct]) -> Section:
    return Section(
        title=("应用场景与数据产品", "Scenarios and products"),
        columns=(
            _SCENARIO,
            ("用途", "purpose"),
            ("数据运营单位", "operator"),
            _DATA_USER,
            ("数据来源", "attribution"),
            _RELEASES,
            _RELEASED,
            ("其后下架", "delisted since"),
            ("首次发布", "first published"),
            ("最近发布", "last published"),
        ),
        rows=tuple(
            (
                _named(one),
                one.purpose,
                one.operator,
                one.data_user,
                one.attribution,
                one.releases,
                one.rows_released,
                one.releases_delisted,
                one.first_published_at,
                one.last_published_at,
            )
            for one in lines
        ),
    )


def credentials(lines: Sequence[CredentialLine]) -> Section:
    return Section(
        title=("数据使用方凭证", "Credentials of data users"),
        columns=(
            ("数据利用协议", "use agreement"),
            ("环境", "environment"),
            _DATA_USER,
            _SCENARIO,
            STATE,
            ("发放时间", "issued"),
            ("有效期至", "valid until"),
        ),
        rows=tuple(
            (
                one.use_agreement,
                one.environment,
                one.data_user,
                "、".join(one.scenarios),
                wording.told(wording.CREDENTIALS, one.state),
                one.issued_at,
                one.valid_until,
            )
            for one in lines
        ),
        tells=False,
    )


def suspensions(lines: Sequence[SuspensionLine]) -> Section:
    return Section(
        title=("暂停提供", "Suspensions"),
        columns=(("范围", "scope"), ("暂停时间", "suspended"), ("恢复时间", "resumed")),
        rows=tuple(
            (scope(one.scope_kind, one.scope), one.issued_at, one.lifted_at or "仍在暂停 in force")
            for one in lines
        ),
    )


def evaluations(lines: Sequence[EvaluationLine]) -> Section:
    return Section(
        title=("年度评估", "Evaluation by the bureau"),
        columns=(("评估编号", "evaluation"), ("数据运营单位", "operator"), STATE),
        rows=tuple(
            (one.evaluation, one.operator, wording.state("evaluation", one.state)) for one in lines
        ),
    )


def ratings(counted: Sequence[RatingFigures], given: Sequence[OperatorRating]) -> Section:
    means = {one.by: _mean(one) for one in counted}
    return Section(
        title=("各方评价", "Ratings"),
        columns=(
            ("评价方类别", "kind of party"),
            ("评价方", "party"),
            ("评分(1–5)", "score"),
            ("同类平均", "mean of its kind"),
            ("评估编号", "evaluation"),
        ),
        rows=tuple(
            (
                wording.told(wording.RATERS, one.by),
                one.org,
                one.score,
                means[one.by],
                one.evaluation,
            )
            for one in given
        ),
    )


def procedures(lines: Sequence[CaseCount]) -> Section:
    return Section(
        title=("其他办件", "Other cases"),
        columns=(("事项", "kind"), STATE, ("件数", "cases")),
        rows=tuple(
            (wording.kind(one.kind), wording.state(one.kind, one.state), one.cases) for one in lines
        ),
    )


def evidence(lines: Sequence[EvidenceCount]) -> Section:
    return Section(
        title=("证据", "Evidence"),
        columns=(
            ("类别", "kind"),
            ("产生", "recorded"),
            ("已送达", "delivered"),
            ("被拒收", "rejected"),
        ),
        rows=tuple(
            (wording.told(wording.EVIDENCE, one.kind), one.records, one.delivered, one.rejected)
            for one in lines
        ),
        tells=False,
    )


def number_section(title: Words, rows: tuple[tuple[str, int], ...]) -> Section:
    return Section(title=title, columns=(), rows=rows, figures=True, tells=False)


def _scenario_column(groups: Mapping[str, object]) -> tuple[Words, ...]:
    return (_SCENARIO,) if any(groups) else ()


def _scenario_cell(name: str) -> tuple[str, ...]:
    return (name,) if name else ()


def _named(one: ScenarioSubject) -> str:
    if not one.contract_at_hand:
        return f"{one.scenario}（合同已不在 contract not at hand）"
    return _titled(one.title, one.scenario)


def _titled(title: str, name: str) -> str:
    return f"{title}（{name}）" if title else name


def scope(kind: str, scope: str) -> str:
    told = wording.told(wording.SCOPES, kind)
    if kind == "all":
        return told
    return f"{told} {scope}" if scope else f"{told}（合同中无此名称 in no contract）"


def _mean(one: RatingFigures) -> str:
    return f"{one.score_sum / one.ratings:.2f}" if one.ratings else ""
