"""The benchmark run: every tool over the same tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from weir.contracts.text_table import text_table
from weir.model import Digest
from weir.privacy.detector import Detector
from weir.privacy.entities import table_digest
from weir.privacy.evaluation.fields import FieldFigures, field_figures
from weir.privacy.evaluation.scoring import Score, Share, scores, together
from weir.privacy.evaluation.tables import (
    Family,
    LabelledTable,
    tables,
    tables_digest,
    wordings,
)
from weir.privacy.evaluation.tools import (
    Tool,
    column_name_tool,
    plain_presidio,
    presidio_tool,
    structured_tool,
    weir_tool,
)
from weir.privacy.evaluation.values import MAKERS

SEED = 20261
ROWS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolScores:
    """A tool's name, the types it speaks of, its scores, and by layout of tables those of all the
    types it speaks of together."""

    tool: str
    entities: tuple[str, ...]
    scores: tuple[Score, ...]
    layouts: dict[str, Score]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What was measured, on what, and of which entity table.

    `benchmark` is the SM3 of every table used; `not_measured` are types that detection covers and
    the benchmark has no values of, `not_run` tools that are not installed.
    """

    family: Family
    seed: int
    rows: int
    cells: int
    benchmark: Digest
    entity_table: Digest
    tools: tuple[ToolScores, ...]
    fields: FieldFigures
    not_measured: tuple[str, ...]
    not_run: tuple[str, ...] = ()


def evaluate(
    detector: Detector,
    *,
    family: Family = Family.TEST,
    seed: int = SEED,
    rows: int = ROWS,
    alone: bool = False,
) -> Evaluation:
    """Measure `detector`, and beside it the other tools unless `alone`."""
    made = list(tables(family, seed=seed, rows=rows))
    tools = [weir_tool(detector)]
    not_run = []
    if not alone:
        analyzer = plain_presidio()
        structured = structured_tool(analyzer)
        tools += [presidio_tool(analyzer), column_name_tool()]
        if structured is None:
            not_run.append("presidio-structured")
        else:
            tools.insert(2, structured)
    return Evaluation(
        family=family,
        seed=seed,
        rows=rows,
        cells=sum(len(column) for table in made for column in table.columns),
        benchmark=tables_digest(made),
        entity_table=table_digest(),
        tools=tuple(_scored(tool, made) for tool in tools),
        fields=field_figures(made, wordings()[family], detector),
        not_measured=tuple(name for name in detector.entities_covered if name not in MAKERS),
        not_run=tuple(not_run),
    )


def _scored(tool: Tool, made: Sequence[LabelledTable]) -> ToolScores:
    answers = [(table.layout, list(tool.answer(table))) for table in made]
    covered = [name for name in MAKERS if name in tool.entities]
    return ToolScores(
        tool=tool.name,
        entities=tool.entities,
        scores=scores(chain.from_iterable(of_table for _, of_table in answers), MAKERS),
        layouts={layout: together(scores(of_table, covered)) for layout, of_table in answers},
    )


def evaluation_text(found: Evaluation) -> str:
    """Every figure with its bounds, Chinese first."""
    lines = [
        f"基准 benchmark: {found.family}, seed {found.seed}, {found.cells} 单元格 cells",
        f"数据摘要 tables: sm3:{found.benchmark}",
        f"标识符表 entity table: sm3:{found.entity_table}",
        "按单元格计；括号内为 95% Wilson 区间 by cell; in brackets Wilson bounds at 95 %.",
        "数据由本项目合成 synthetic, made by this project.",
        "",
    ]
    for tool in found.tools:
        lines += [tool.tool, text_table(_HEADER, [*_rows(tool)]).rstrip("\n"), ""]
    fields = found.fields
    lines += [
        "字段分类 classes of fields",
        f"仅凭表头 by header alone: {_of(fields.by_header)}",
        f"表头和取值 with values: {_of(fields.with_values)}",
        f"相似列误作直接标识 look-alikes taken for identifiers: {_of(fields.lookalikes)}",
        "",
    ]
    if found.not_measured:
        lines.append("未评测 not measured: " + ", ".join(found.not_measured))
    lines += [f"未运行（未安装） not run, not installed: {name}" for name in found.not_run]
    return "\n".join(lines) + "\n"


_HEADER = (
    "标识符 entity",
    "单元格 cells",
    "误报 false",
    "查准率 precision",
    "查全率 recall",
    "F1",
)


def _rows(tool: ToolScores) -> Sequence[tuple[str, ...]]:
    covered = [one for one in tool.scores if one.entity in tool.entities]
    rows = [_row(one) for one in covered]
    rows += [
        (one.entity, str(one.held), "-", "-", "不支持 not covered", "-")
        for one in tool.scores
        if one not in covered
    ]
    rows += [_row(one, f"* 布局 layout {layout}") for layout, one in tool.layouts.items()]
    return [*rows, _row(together(covered)), _row(together(tool.scores), "* 全部 all")]


def _row(score: Score, name: str = "") -> tuple[str, ...]:
    low, high = score.f1_bounds
    return (
        name or ("* 支持的 covered" if score.entity == "*" else score.entity),
        str(score.held),
        str(score.false),
        _share(score.precision),
        _share(score.recall),
        f"{score.f1:.3f} [{low:.3f}, {high:.3f}]",
    )


def _of(share: Share) -> str:
    return f"{share.hits}/{share.of} = {_share(share)}"


def _share(share: Share) -> str:
    low, high = share.bounds
    return f"{share.value:.4f} [{low:.4f}, {high:.4f}]"
