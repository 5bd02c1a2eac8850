"""The tools that are compared: Weir's detector, and what a team would use in its place.

Each answers by cell. Those that speak of whole columns are taken to mean every filled cell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from weir.privacy.column_tally import ColumnTally
from weir.privacy.detector import Detector
from weir.privacy.evaluation.scoring import Answer
from weir.privacy.evaluation.tables import Cell, LabelledTable, Truth
from weir.privacy.table_scan import TableScan

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine

NOTHING: Truth = frozenset()

OF_PRESIDIO: Mapping[str, tuple[str, ...]] = {
    "CREDIT_CARD": ("CN_BANK_CARD",),
    "EMAIL_ADDRESS": ("EMAIL",),
    "IP_ADDRESS": ("IPV4",),
    "PHONE_NUMBER": ("CN_MOBILE", "CN_LANDLINE"),
    "PERSON": ("PERSON_NAME",),
    "LOCATION": ("ADDRESS",),
    "ORGANIZATION": ("ORGANISATION",),
}
"""Presidio's own types. A type of several of ours is right where the cell holds any of them."""

COLUMN_NAMES: Mapping[str, str] = {
    "CN_RESIDENT_ID": r"身份证|证件号|id_?(?:card|no)|sfz",
    "CN_USCC": r"信用代码|uscc|credit_code|xydm",
    "CN_BANK_CARD": r"银行|卡号|bank|card_no|yhk",
    "CN_MOBILE": r"手机|移动电话|mobile|cell|sjh",
    "CN_LANDLINE": r"固定电话|座机|tel|landline",
    "CN_PLATE": r"车牌|号牌|plate|cph",
    "CN_PASSPORT": r"护照|passport",
    "EMAIL": r"邮箱|邮件|e?-?mail",
    "IPV4": r"\bip\b|ip_?addr|IP地址",
    "PERSON_NAME": r"姓名|联系人|name|xm$",
    "ADDRESS": r"地址|住址|address|addr",
    "ORGANISATION": r"企业名称|单位名称|公司|company|org",
}
"""What a rule set by column name usually holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A tool by name, the types it speaks of, and its answers on every cell of a table."""

    name: str
    entities: tuple[str, ...]
    answer: Callable[[LabelledTable], Iterator[Answer]]


def weir_tool(detector: Detector) -> Tool:
    """What a scan reports: the detector's hits, but for types that a column shows by chance."""

    def answer(table: LabelledTable) -> Iterator[Answer]:
        lefts = [(None,) * len(table.columns[0]), *table.columns]
        for header, column, left, truths in zip(
            table.headers, table.columns, lefts, table.truth, strict=False
        ):
            by_chance = set(_scanned(header, column, left, detector).by_chance())
            cells: dict[Truth, tuple[list[Cell], list[Cell]]] = {}
            for cell, beside, truth in zip(column, left, truths, strict=True):
                alike, besides = cells.setdefault(truth, ([], []))
                alike.append(cell)
                besides.append(beside)
            for truth, (alike, besides) in cells.items():
                found = _scanned(header, alike, besides, detector).cells
                told = {name: count for name, count in found.items() if name not in by_chance}
                yield Answer(truth=truth, cells=len(alike), told=told)

    return Tool(name="weir", entities=detector.entities_covered, answer=answer)


def _scanned(
    header: str, cells: Sequence[Cell], left: Sequence[Cell], detector: Detector
) -> ColumnTally:
    """The tally of a column with the one to its left."""
    arrays = [pa.array(left, pa.string()), pa.array(cells, pa.string())]
    batch = pa.RecordBatch.from_arrays(arrays, names=["", header])
    return TableScan(batch.schema, detector).add([batch]).columns[1].tally


def plain_presidio() -> AnalyzerEngine:
    """Presidio as it is shipped, for English, without the model that it would download."""
    import tldextract
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import NoOpNlpEngine

    # Its recogniser of addresses asks the network for a list of domains; this is the bundled one.
    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=())
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    registry.remove_recognizer("SpacyRecognizer")
    nlp_engine: Any = NoOpNlpEngine(models=[{"lang_code": "en", "model_name": ""}])
    return AnalyzerEngine(registry=registry, nlp_engine=nlp_engine)


def presidio_tool(analyzer: AnalyzerEngine) -> Tool:
    """Every filled cell through an `AnalyzerEngine`."""

    def answer(table: LabelledTable) -> Iterator[Answer]:
        for column, truths in zip(table.columns, table.truth, strict=True):
            for cell, truth in zip(column, truths, strict=True):
                told = {one.entity_type for one in analyzer.analyze(cell, "en")} if cell else set()
                yield _of_cell(truth, _ours(told, truth))

    name = f"presidio-analyzer {version('presidio-analyzer')}"
    return Tool(name=name, entities=_covered(analyzer), answer=answer)


def structured_tool(analyzer: AnalyzerEngine) -> Tool | None:
    """presidio-structured over the same engine; None where it is not installed."""
    try:
        installed = version("presidio-structured")
    except PackageNotFoundError:
        return None

    def answer(table: LabelledTable) -> Iterator[Answer]:
        import pandas as pd
        from presidio_structured import PandasAnalysisBuilder

        filled = [[cell or "" for cell in column] for column in table.columns]
        frame = pd.DataFrame({f"{place}": column for place, column in enumerate(filled)})
        told = PandasAnalysisBuilder(analyzer).generate_analysis(frame, language="en")
        kinds = {int(name): {kind} for name, kind in told.entity_mapping.items()}
        for place, (column, truths) in enumerate(zip(table.columns, table.truth, strict=True)):
            for cell, truth in zip(column, truths, strict=True):
                yield _of_cell(truth, _ours(kinds.get(place, set()) if cell else set(), truth))

    name = f"presidio-structured {installed}"
    return Tool(name=name, entities=_covered(analyzer), answer=answer)


def column_name_tool() -> Tool:
    """Regular expressions over headers."""
    forms = {name: re.compile(form, re.IGNORECASE) for name, form in COLUMN_NAMES.items()}

    def answer(table: LabelledTable) -> Iterator[Answer]:
        for header, column, truths in zip(table.headers, table.columns, table.truth, strict=True):
            said = frozenset(name for name, form in forms.items() if form.search(header))
            for cell, truth in zip(column, truths, strict=True):
                yield _of_cell(truth, said if cell else NOTHING)

    return Tool(name="column names", entities=tuple(COLUMN_NAMES), answer=answer)


def _of_cell(truth: Truth, told: Truth) -> Answer:
    return Answer(truth=truth, cells=1, told=dict.fromkeys(told, 1))


def _ours(told: set[str], truth: Truth) -> Truth:
    """Presidio's types as ours: of several the one that is right, else the first."""
    ours: set[str] = set()
    for name in told & OF_PRESIDIO.keys():
        kinds = OF_PRESIDIO[name]
        ours.update(truth.intersection(kinds) or kinds[:1])
    return frozenset(ours)


def _covered(analyzer: AnalyzerEngine) -> tuple[str, ...]:
    spoken = OF_PRESIDIO.keys() & analyzer.get_supported_entities("en")
    return tuple(name for kind in sorted(spoken) for name in OF_PRESIDIO[kind])
