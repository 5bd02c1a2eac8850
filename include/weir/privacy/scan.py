"""The scan of a snapshot against its catalogue, and of a product against its plan.

Every cell of every column is looked at: text as it is, other types by their text. This is what
Presidio's AnalyzerEngine finds in all cells: our recognisers run by their bulk path, any other
recogniser of a registry in the engine itself (`weir.privacy.detector`).

Names of persons, addresses and organisations are no identifiers with a check digit: they are
weighed by column (`weir.privacy.names.tally`), and tell what a field is as `weir scan` has it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import structlog

from weir.contracts.dataset import Classification
from weir.contracts.masks import Keep
from weir.contracts.plan import Plan, PlannedField, PlannedInput
from weir.crypto.keystore import KeyStore
from weir.model import Digest, Grade, Reason, ScanReport, Snapshot
from weir.privacy.classification.catalogue import field_disagreements, names_expected
from weir.privacy.classification.context import in_their_table
from weir.privacy.classification.decision import Evidence, decide, prevailing
from weir.privacy.classification.profile import ColumnProfile, noted, profiles
from weir.privacy.detector import Detector, table_detector
from weir.privacy.entities import BY_NAME
from weir.privacy.table_scan import ScannedColumn, TableScan
from weir.storage.objects import ObjectStore
from weir.storage.sealed_table import open_sealed

_CATALOGUE = "第五条"
_RISK = "第十九条"
_PERSONS = frozenset({"PERSON_NAME", "ADDRESS"})
_COMPUTED = ("count", "count_distinct", "sum", "mean")

_log = structlog.get_logger(__name__)


def scan_snapshot(
    planned: PlannedInput,
    snapshot: Snapshot,
    *,
    store: ObjectStore,
    keys: KeyStore,
    scratch: Path | None,
    detector: Detector | None = None,
) -> ScanReport:
    """Findings of every cell of `snapshot`, compared with the catalogue (第五条).

    The verdict's reasons: `field_unclassified` for a field without classification or grade,
    `field_exceeds_catalogue` for a field that holds more than the identifiers it is listed with,
    tells more of somebody (an illness, a belief) than it is graded for, or is one of persons' names
    or addresses and classified as something else (free text may be full of them),
    `column_not_scanned` for one that could not be looked at. The grade is the highest of the
    fields (GB/T 43697-2024); an ungraded one counts as the highest of general data. The errors of
    `open_sealed` pass through. Notes `catalogue_disagrees` tell the provider where the catalogue
    says less of a field than its header, the identifiers it is listed with and the names do.
    """
    with open_sealed(
        snapshot.sealed, snapshot.key_id, store=store, keys=keys, scratch=scratch
    ) as table:
        looked = profiles(table.schema)
        scan = TableScan(table.schema, detector or table_detector(), seed=snapshot.content).add(
            noted(table.batches(), looked)
        )
    fields = {field.source: field for field in planned.fields}
    grades = [fields[c.name].grade if c.name in fields else None for c in scan.columns]
    named = [_names(column) for column in scan.columns]
    report = scan.report(
        table=snapshot.dataset,
        grade=max((grade or Grade.GENERAL_4 for grade in grades), default=Grade.GENERAL_1),
        reasons=_against_catalogue(scan, named, fields, snapshot.dataset),
    )
    disagreements = tuple(_disagreements(scan, named, looked, fields, snapshot.dataset))
    report = replace(report, notes=(*report.notes, *disagreements))
    _log.info(
        "snapshot_scanned",
        dataset=snapshot.dataset,
        scenario=snapshot.scenario,
        rows=report.rows,
        cells=report.cells,
        grade=int(report.grade),
        reasons=len(report.verdict.reasons),
        disagreements=len(disagreements),
    )
    return report


def scan_product(
    plan: Plan,
    batches: Iterable[pa.RecordBatch],
    *,
    seed: Digest,
    rows_hint: int = 0,
    detector: Detector | None = None,
    threads: int | None = None,
) -> ScanReport:
    """Findings of every cell of a product: the rescan after masking and the gate's egress scan.

    A column that is kept as it is may hold what its field is listed with, and be one of the names
    or addresses that its field is classified for; any other may hold no identifier and be no such
    column (reason `identifier_in_product`, 第十九条), nor may a column's name hold one. What only
    tells something of somebody is no identifier and is not reported. Fewer rows than `rows_hint`
    are reason `rows_not_scanned`. The grade is the plan's. `seed` is the digest of the product's
    bytes. It is scanned in so many `threads`: by default as many as help.
    """
    allowed = _allowed(plan)
    iterator = iter(batches)
    first = next(iterator, None)
    measures = plan.aggregate.measures if plan.aggregate else {}
    scan = TableScan(
        first.schema if first is not None else pa.schema([]),
        detector or table_detector(),
        computed={name for name, measure in measures.items() if measure.function in _COMPUTED},
        seed=seed,
    )
    if first is not None:
        scan.add([first], threads=threads).add(iterator, threads=threads)
    report = _of_identifiers(
        scan.report(
            table=plan.scenario.scenario,
            grade=plan.grade,
            reasons=_against_plan(scan, allowed, rows_hint),
        )
    )
    _log.info(
        "product_scanned",
        scenario=plan.scenario.scenario,
        rows=report.rows,
        cells=report.cells,
        reasons=len(report.verdict.reasons),
    )
    return report


def _names(column: ScannedColumn) -> dict[str, int]:
    """The kinds of names that most of the column's values hold, with about how many do."""
    names = column.tally.names
    if names is None:
        return {}
    cells = names.cells()
    return {kind: cells[kind] for kind in prevailing(cells, names.values)}


def _against_catalogue(
    scan: TableScan,
    named: Sequence[Mapping[str, int]],
    fields: Mapping[str, PlannedField],
    dataset: str,
) -> Iterator[Reason]:
    for column, names in zip(scan.columns, named, strict=True):
        field = fields.get(column.name)
        missing = [
            what
            for what, value in (
                ("classification", field and field.classification),
                ("grade", field and field.grade),
            )
            if value is None
        ]
        if missing:
            yield Reason(
                code="field_unclassified",
                what=f"{dataset}.{column.shown} has no {' and no '.join(missing)}",
                article=_CATALOGUE,
                remedy="the provider classifies and grades the field in its catalogue",
            )
        listed = field.entities if field else ()
        for kind in _unexpected(column, listed):
            if field and not _identifies(kind) and (field.grade or 0) >= BY_NAME[kind].grade:
                continue
            yield Reason(
                code="field_exceeds_catalogue",
                what=f"{dataset}.{column.shown} holds {kind} in {column.tally.cells[kind]} of "
                f"{scan.rows} cells; listed: {', '.join(listed) or 'none'}",
                article=_CATALOGUE,
                remedy="the provider lists what the field holds and grades it, or removes it",
            )
        for kind in _refused_names(names, field):
            yield Reason(
                code="field_exceeds_catalogue",
                what=f"{dataset}.{column.shown} holds {kind} in about {names[kind]} of "
                f"{scan.rows} cells; classified as {field and field.classification}",
                article=_CATALOGUE,
                remedy="the provider classifies the field as what it tells of a person, or "
                "removes it",
            )
        yield from _unscanned(column, f"{dataset}.{column.shown}", _CATALOGUE)


def _refused_names(names: Mapping[str, int], field: PlannedField | None) -> list[str]:
    """Those beyond what the catalogue classifies the field as. Free text may be full of them."""
    if field is None or field.classification in (None, Classification.FREE_TEXT):
        return []
    return sorted(_PERSONS & names.keys() - names_expected(field.classification))


def _disagreements(
    scan: TableScan,
    named: Sequence[Mapping[str, int]],
    looked: Sequence[ColumnProfile],
    fields: Mapping[str, PlannedField],
    dataset: str,
) -> Iterator[Reason]:
    """What the catalogue should say besides; identifiers it does not list are refused already."""
    columns = zip(scan.columns, named, looked, strict=True)
    listed, decided = [], []
    for place, (column, names, profile) in enumerate(columns, start=1):
        field = fields.get(column.name)
        if field is None:
            continue
        refused = _refused_names(names, field)
        found = {kind: n for kind, n in column.tally.cells.items() if kind in field.entities}
        found |= {kind: n for kind, n in names.items() if kind not in refused}
        evidence = Evidence(
            name=column.name,
            shown=column.shown,
            position=place,
            found=found,
            profile=profile,
            title=field.title,
        )
        listed.append(field)
        decided.append(decide(evidence))
    for field, decision in zip(listed, in_their_table(decided), strict=True):
        yield from field_disagreements(f"{dataset}.{decision.column}", decision, field)


def _against_plan(
    scan: TableScan, allowed: Mapping[str, frozenset[str]], rows_hint: int
) -> Iterator[Reason]:
    for column in scan.columns:
        for kind in filter(_identifies, _unexpected(column, allowed.get(column.name, frozenset()))):
            yield _leak(f"{column.shown} holds {kind} in {column.tally.cells[kind]} cells")
        names = _names(column)
        for kind in sorted(_PERSONS & names.keys() - allowed.get(column.name, frozenset())):
            yield _leak(f"{column.shown} holds {kind} in about {names[kind]} cells")
        for kind in filter(_identifies, column.in_name):
            yield _leak(f"the name of a column holds {kind}")
        yield from _unscanned(column, column.shown, _RISK)
    if scan.rows < rows_hint:
        yield Reason(
            code="rows_not_scanned",
            what=f"{scan.rows} of {rows_hint} rows came to be scanned",
            article=_RISK,
            remedy="build the product again",
        )


def _unexpected(column: ScannedColumn, expected: Collection[str]) -> Iterator[str]:
    by_chance = set(column.tally.by_chance(expected))
    for kind in sorted(column.tally.cells):
        if kind not in by_chance and kind not in expected:
            yield kind


def _identifies(kind: str) -> bool:
    """Types that the table does not have, of other recognisers, do."""
    return kind not in BY_NAME or BY_NAME[kind].identifies


def _of_identifiers(report: ScanReport) -> ScanReport:
    fields = (
        replace(field, entities={k: n for k, n in field.entities.items() if _identifies(k)})
        for field in report.fields
    )
    return replace(report, fields=tuple(fields))


def _unscanned(column: ScannedColumn, name: str, article: str) -> Iterator[Reason]:
    if column.tally.rows_not_scanned:
        yield Reason(
            code="column_not_scanned",
            what=f"{name} is of a type that cannot be scanned",
            article=article,
            remedy="give the field one of the types of dataset contracts",
        )


def _leak(what: str) -> Reason:
    return Reason(
        code="identifier_in_product",
        what=what,
        article=_RISK,
        remedy="mask the field by a method that leaves no identifier",
    )


def _allowed(plan: Plan) -> dict[str, frozenset[str]]:
    """By product column: what it may hold. Where two fields give one column, both must allow it."""
    allowed: dict[str, frozenset[str]] = {}
    for planned in plan.inputs:
        for field in planned.fields:
            if field.output is None:
                continue
            kept = frozenset[str]()
            if isinstance(field.mask, Keep):
                kept = frozenset(field.entities) | names_expected(field.classification)
            allowed[field.output] = allowed.get(field.output, kept) & kept
    measures = plan.aggregate.measures if plan.aggregate else {}
    return {name: kinds for name, kinds in allowed.items() if name not in measures}
