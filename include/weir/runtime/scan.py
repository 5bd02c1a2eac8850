"""What `weir scan` reads, and what it leaves behind."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pyarrow as pa
from pydantic import TypeAdapter, ValidationError

from weir.contracts.dataset import Dataset, PostgresTable
from weir.contracts.loader import ContractFiles, names_in
from weir.errors import RefusedError
from weir.privacy.classification.draft import contract_name, draft_contract
from weir.privacy.classification.survey import TableSurvey, survey
from weir.privacy.detector import Detector
from weir.privacy.header_row import may_be_shown
from weir.privacy.names.detector import names_detector
from weir.privacy.table_file import read_file
from weir.privacy.table_scan import printable, shown_name
from weir.runtime.adapters import needed, settings
from weir.runtime.folders import writing_into

_WORKBOOKS = {".xlsx", ".xlsm"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Surveyed:
    """A survey with the name that a contract of it could have and, of a database, its table."""

    found: TableSurvey
    name: str
    source: PostgresTable | None = None


def survey_target(target: str, table: str, dataset: str) -> Iterator[Surveyed]:
    """Survey a file, each sheet of a workbook, or a table of a database.

    `target` is a path or the URL of a PostgreSQL database; without it the exchange platform of
    this process is read. `table` names the table, or one sheet of a workbook. `dataset` is the
    contract to compare with; of a table it is the one that names it as its source.
    """
    # Whatever is no path goes where a password in it is shown by nobody.
    if not target or "://" in target:
        yield _survey_database(target, table, dataset)
        return
    path = Path(target)
    _refuse_unreadable(path)
    if table and path.suffix.lower() not in _WORKBOOKS:
        raise RefusedError(
            "table_not_chosen",
            "a file that is no workbook holds one table, and none can be named",
            where={"file": shown_name(path)},
            remedy="leave --table out",
        )
    listed = _dataset(dataset) if dataset else None
    # A file can be called by the number or name of whom it is about.
    stem = path.stem if may_be_shown(path.stem, _detector()) else "file"
    if path.suffix.lower() in _WORKBOOKS:
        yield from _survey_workbook(path, stem, table, listed)
    else:
        found = read_file(
            path,
            lambda schema, batches, notes: survey(
                schema,
                batches,
                name=stem + path.suffix,
                dataset=listed,
                notes=notes,
                detector=_detector(),
            ),
        )
        yield Surveyed(found=found, name=contract_name(stem))


def _refuse_unreadable(path: Path) -> None:
    try:
        if path.is_file():
            path.open("rb").close()
    except OSError as error:
        raise RefusedError(
            "file_unreadable",
            "the file cannot be opened",
            where={"file": shown_name(path), "errno": error.errno or 0},
            remedy="check its owner and mode, and the length of its name",
        ) from None


def refuse_to_overwrite(path: Path, target: str) -> None:
    """Raise `RefusedError` (code `report_in_place_of_table`) where `path` is the file that is to be
    scanned."""
    try:
        same = "://" not in target and path.samefile(target)
    except OSError:
        return
    if same:
        raise RefusedError(
            "report_in_place_of_table",
            "the report would be written over the file that is scanned",
            where={"file": shown_name(path)},
            remedy="name another file with --json",
        )


def write_json(surveyed: Sequence[Surveyed], path: Path) -> None:
    """Every survey as JSON: counts, kinds, grades and reasons."""
    plain = TypeAdapter(list[TableSurvey]).dump_python([one.found for one in surveyed], mode="json")
    _write(plain, path)


def write_drafts(surveyed: Sequence[Surveyed], folder: Path) -> list[Path]:
    """A draft dataset contract for each survey with a field, in `folder`: all of them or none. What
    is there is not overwritten: raises `RefusedError` (code `draft_exists`); a table that has no
    name which a contract may have takes the next number."""
    surveyed = [one for one in surveyed if one.found.fields]
    with writing_into(folder):
        folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    try:
        for one, (name, file_name) in zip(surveyed, _draft_names(surveyed, folder), strict=True):
            path = folder / file_name
            text = draft_contract(one.found, name, one.source)
            with path.open("x", encoding="utf-8") as file:
                written.append(path)
                file.write(text)
    except BaseException as error:
        for path in written:
            path.unlink()
        if isinstance(error, FileExistsError):
            raise RefusedError(
                "draft_exists",
                "there is a file in the place of a draft; none was written",
                where={"file": file_name},
                remedy="name another folder, or move the file away",
            ) from None
        raise
    return written


def _draft_names(surveyed: Sequence[Surveyed], folder: Path) -> Iterator[tuple[str, str]]:
    """The name that each draft's contract could have and its file's, every file once."""
    named = Counter(one.name for one in surveyed)
    numbers = (f"draft-{number}" for number in count(1))
    for place, one in enumerate(surveyed, start=1):
        name = one.name
        if name and named[name] > 1:
            # Names in Chinese leave nothing that a contract may be called by.
            name = contract_name(f"{name}-sheet-{place}")
            name = "" if named[name] else name
        free = (number for number in numbers if not (folder / f"{number}.yaml").exists())
        yield name, f"{name or next(free)}.yaml"


def _detector() -> Detector:
    """All that `weir scan` looks for, and that is measured."""
    return names_detector()


def measure(family: str, seed: int, rows: int, json_file: Path | None) -> str:
    """The benchmark run with what `weir scan` looks for, as text and, if asked, JSON."""
    from weir.privacy.evaluation.evaluate import Evaluation, evaluate, evaluation_text
    from weir.privacy.evaluation.tables import Family

    found = evaluate(_detector(), family=Family(family), seed=seed, rows=rows)
    if json_file is not None:
        _write(TypeAdapter(Evaluation).dump_python(found, mode="json"), json_file)
    return evaluation_text(found)


def _write(plain: object, path: Path) -> None:
    with writing_into(path.parent):
        path.write_text(json.dumps(plain, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _survey_workbook(
    path: Path, stem: str, wanted: str, listed: Dataset | None
) -> Iterator[Surveyed]:
    from weir.privacy.workbook import Sheet, read_sheets

    def surveyed(sheet: Sheet) -> Surveyed:
        found = survey(
            sheet.schema,
            sheet.batches,
            name=f"{stem}{path.suffix} / {sheet.shown}",
            dataset=listed,
            notes=sheet.notes,
            detector=_detector(),
        )
        return Surveyed(found=found, name=contract_name(f"{stem}-{sheet.shown}"))

    sheets = read_sheets(path, surveyed, wanted=wanted, detector=_detector())
    first = next(sheets, None)
    if first is None:
        raise RefusedError(
            "sheet_missing",
            "the workbook has no such sheet",
            where={"file": shown_name(path)},
            remedy="name one of its sheets, or none",
        )
    yield first
    yield from sheets


def _survey_database(dsn: str, table: str, dataset: str) -> Surveyed:
    from weir.exchange.postgres import PostgresSource

    if not dsn and settings().exchange_dsn is None:
        raise RefusedError(
            "target_missing",
            "there is nothing to scan: no file, no database, and no exchange platform is set",
            remedy="name a file, as in weir scan people.csv, or set WEIR_EXCHANGE_DSN",
        )
    secret = dsn or needed(settings().exchange_dsn, "WEIR_EXCHANGE_DSN").get_secret_value()
    source = _table(table)
    listed = _dataset(dataset) if dataset else _dataset_of(source)
    with PostgresSource(secret).reading() as reading:
        if not reading.columns(source):
            raise RefusedError(
                "table_unknown",
                "the database has no such table, or hides it from this credential",
                where={"table": printable(source.table)},
                remedy="name it with --table schema.table",
            )
        batches = reading.everything(source)
        first = next(batches)
        found = survey(
            first.schema,
            _chained(first, batches),
            name=source.table,
            dataset=listed,
            detector=_detector(),
        )
    return Surveyed(found=found, name=contract_name(source.table), source=source)


def _chained(first: pa.RecordBatch, rest: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    yield first
    yield from rest


def _table(name: str) -> PostgresTable:
    schema, _, table = name.rpartition(".")
    try:
        return PostgresTable(table=table, schema=schema or "public")
    except ValidationError:
        raise RefusedError(
            "table_name_malformed",
            "a table is named by letters, digits and underscores",
            remedy="name it with --table table, or --table schema.table",
        ) from None


def _files() -> ContractFiles:
    told = settings()
    return ContractFiles(told.contracts_dir, told.policy_dir, told.expectations_dir)


def _dataset(name: str) -> Dataset:
    return _files().dataset(name).require()


def _dataset_of(source: PostgresTable) -> Dataset | None:
    """The dataset that names `source`; a contract that is broken is passed over."""
    files = _files()
    named = (
        files.dataset(one).value for one in names_in(files.contracts_dir / "datasets", ".yaml")
    )
    return next((one for one in named if one is not None and one.source == source), None)
