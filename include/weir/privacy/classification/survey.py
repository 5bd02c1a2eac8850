"""A table scanned and its fields classified and graded in one reading."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from weir.contracts.dataset import Dataset
from weir.contracts.grading import highest
from weir.model import Grade, Reason, ScanReport
from weir.privacy.classification.catalogue import disagreements
from weir.privacy.classification.context import in_their_table, subject_of
from weir.privacy.classification.decision import STANDARD, Evidence, FieldDecision, decide
from weir.privacy.classification.header import read_header
from weir.privacy.classification.lexicon import Identifying, Subject
from weir.privacy.classification.profile import ColumnProfile, noted, profiles
from weir.privacy.detector import Detector, table_detector
from weir.privacy.header_row import NOTE, RepeatedNames, is_data
from weir.privacy.table_scan import ScannedColumn, TableScan, printable

_PERSONAL_LAW = "个人信息保护法第四条"
_LARGE_SCALE = "网络数据安全管理条例第二十八条"
_LARGE_SCALE_ROWS = 10_000_000
_NO_ROWS = Reason(
    code="no_rows", what="the table has no rows: what it is graded by is its header alone"
)
_FEWEST_QUASI = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSurvey:
    """What a scan found in a table, what each field is taken to be, and what follows for all of it.

    `subject` is whom the rows are about. `grade` is the highest of the fields. `findings` are for
    the provider: where the catalogue says less than the data show.
    """

    report: ScanReport
    fields: tuple[FieldDecision, ...]
    subject: Subject
    grade: Grade
    reasons: tuple[Reason, ...]
    findings: tuple[Reason, ...] = ()


def survey(
    schema: pa.Schema,
    batches: Iterable[pa.RecordBatch],
    *,
    name: str,
    dataset: Dataset | None = None,
    notes: Iterable[Reason] = (),
    detector: Detector | None = None,
) -> TableSurvey:
    """Scan every cell of a table and decide on each of its fields.

    Where the names of the columns may be values, columns are told by their places only.
    `dataset` is what the catalogue has for the table, `notes` what its reader has to add once the
    last batch is read.
    """
    looked = profiles(schema)
    repeated = RepeatedNames()
    detector = detector or table_detector()
    scan = TableScan(schema, detector).add(noted(repeated.noted(batches), looked))
    told = [*notes]
    if not scan.rows:
        told.append(_NO_ROWS)
    headless = is_data(scan.columns, looked, repeated)
    if headless:
        scan.hide_names()
        told.append(NOTE)
    names = "PERSON_NAME" in detector.entities_covered
    fields = in_their_table(
        [
            decide(_evidence(place, column, profile, dataset, headless=headless, names=names))
            for place, (column, profile) in enumerate(
                zip(scan.columns, looked, strict=True), start=1
            )
        ]
    )
    grade = highest(field.grade for field in fields)
    report = scan.report(table=printable(name), grade=grade, reasons=())
    subject = subject_of(fields)
    return TableSurvey(
        report=report,
        fields=fields,
        subject=subject,
        grade=grade,
        reasons=(*told, *_about_all(fields, grade, subject, scan.rows)),
        findings=tuple(disagreements(scan.columns, fields, dataset)) if dataset else (),
    )


def _evidence(
    place: int,
    column: ScannedColumn,
    profile: ColumnProfile,
    dataset: Dataset | None,
    *,
    headless: bool,
    names: bool,
) -> Evidence:
    name = "" if headless else column.name
    read = read_header(name)
    said = read.concept.entities if read is not None else ()
    by_chance = set(column.tally.by_chance(advising=said))
    known = dataset.fields.get(column.name) if dataset else None
    return Evidence(
        name=name,
        shown=column.shown,
        position=place,
        found={kind: n for kind, n in column.tally.cells.items() if kind not in by_chance},
        profile=profile,
        title=known.title if known else "",
        in_name=column.in_name,
        names_sought=names,
        by_chance={kind: column.tally.cells[kind] for kind in by_chance},
    )


def _about_all(
    fields: Sequence[FieldDecision], grade: Grade, subject: Subject, rows: int
) -> Iterator[Reason]:
    yield Reason(
        code="highest_wins",
        what=f"the table is graded {int(grade)}, as the highest of its fields",
        article=STANDARD,
    )
    if subject is Subject.PERSON:
        yield Reason(
            code="personal_information",
            what="the rows name persons: all their fields are information related to them",
            article=_PERSONAL_LAW,
        )
        if rows >= _LARGE_SCALE_ROWS:
            yield Reason(
                code="large_scale_personal",
                what=f"{rows} rows: where more than ten million persons are concerned, the duties "
                "for important data apply",
                article=_LARGE_SCALE,
            )
    quasi = [field.column for field in fields if field.identifying is Identifying.QUASI]
    if subject is not Subject.PERSON and len(quasi) >= _FEWEST_QUASI:
        yield Reason(
            code="identifying_together",
            what=f"nobody is named, but {len(quasi)} fields together may single somebody out: "
            + ", ".join(quasi[:10]),
        )
