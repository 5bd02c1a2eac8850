"""The sheets of an XLSX workbook as tables of text.

Every sheet is read, hidden ones too, and every cell of it; the header is looked for, since titles
stand above it as often as not. A formula is read by the result stored with it. What a workbook
holds beside the cells of its sheets is not read, and is said not to be.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import IO, TypeVar
from xml.parsers.expat import ExpatError

import pyarrow as pa

from weir.errors import RefusedError
from weir.model import Reason
from weir.privacy.detector import Detector, table_detector
from weir.privacy.header_row import may_be_shown
from weir.privacy.sheet_cells import Formats, SheetCells, WiderSheetError
from weir.privacy.sheet_header import SheetHeader
from weir.privacy.table_scan import printable, shown_name
from weir.privacy.workbook_xml import date_styles, elements, read_shared

T = TypeVar("T")

_MOST_BYTES = 4 << 30
_MOST_SHARED_BYTES = 1 << 30
_LEAST_BOMB_BYTES = 1 << 26
_MOST_RATIO = 200
_READ = re.compile(
    r"\[Content_Types\]\.xml|(?:.*/)?_rels/.*\.rels|docProps/(?:app\.xml|thumbnail\..*)|"
    r"xl/(?:calcChain\.xml|theme/.*|printerSettings/.*)|.*/",
    re.IGNORECASE,
)
_BESIDE = (
    (re.compile(r"xl/(?:comments|threadedComments|persons)[^/]*(?:/|\.xml)"), "批注 comments"),
    (re.compile(r"xl/media/"), "图片 pictures"),
    (re.compile(r"xl/(?:drawings|charts|chartsheets)/"), "图形和文本框 drawings and text boxes"),
    (re.compile(r"xl/embeddings/"), "嵌入文件 embedded files"),
    (re.compile(r"xl/pivot(?:Cache|Tables)/"), "透视表缓存 caches of pivot tables"),
    (re.compile(r"xl/externalLinks/"), "外部链接 external links"),
    (re.compile(r"docProps/"), "文档属性 document properties"),
    (re.compile(r".*vbaProject.*"), "宏 macros"),
    (re.compile(r".*"), "其他部件 other parts"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One sheet: its own name and the one that may be printed, every row but the header as text,
    and what its reader has to add, which is known after the last batch."""

    name: str
    shown: str
    schema: pa.Schema
    batches: Iterable[pa.RecordBatch]
    notes: Iterable[Reason]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listed:
    name: str
    member: str
    hidden: bool


def read_sheets(
    path: Path, use: Callable[[Sheet], T], *, wanted: str = "", detector: Detector | None = None
) -> Iterator[T]:
    """What `use` makes of the sheets of a workbook in order, or of the one called `wanted`.

    `use` is called again from the beginning where a later row is wider than the first ones. A sheet
    in whose name `detector` finds something is told by its number; one without a cell has no
    columns. Memory does not grow with rows, but with the texts that cells share.

    Raises `RefusedError`: `file_missing`, `file_malformed`, `workbook_too_large` (with the figures)
    before anything of that size is in memory.
    """
    if not path.is_file():
        raise _refused("file_missing", "there is no such file", path, "check the path")
    with _readable(path):
        archive = zipfile.ZipFile(path)
    with archive:
        with _readable(path):
            book = _Book(path, archive)
        for number, listed in enumerate(book.sheets, start=1):
            if wanted and listed.name != wanted:
                continue
            allowed = may_be_shown(listed.name, detector or table_detector())
            shown = printable(listed.name) if allowed else f"sheet {number}"
            yield _used(book, listed, shown, use)


def _used(book: _Book, listed: _Listed, shown: str, use: Callable[[Sheet], T]) -> T:
    columns: Sequence[int] = ()
    while True:
        where = {"file": shown_name(book.path), "sheet": shown}
        cells = SheetCells(book.formats, where, columns)
        with _readable(book.path):
            part = book.open(listed.member)
        with part:
            batches = _read(book.path, cells.batches(part))
            try:
                return use(_sheet(book, listed, shown, cells, batches))
            except WiderSheetError as wider:
                columns = wider.columns


def _read(path: Path, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    while True:
        with _readable(path):
            batch = next(batches, None)
        if batch is None:
            return
        yield batch


def _sheet(
    book: _Book,
    listed: _Listed,
    shown: str,
    cells: SheetCells,
    batches: Iterator[pa.RecordBatch],
) -> Sheet:
    first = next(batches, None)
    header = range(1)
    schema = pa.schema([])
    rest: Iterable[pa.RecordBatch] = batches
    if first is not None:
        found = SheetHeader.of(first)
        header = found.rows
        schema = pa.schema([(name, pa.large_string()) for name in found.names])
        table = pa.Table.from_batches([first])
        rows = pa.concat_tables([table.slice(0, header.start), table.slice(header.stop)])
        ahead = rows.combine_chunks().to_batches()
        rest = (
            pa.RecordBatch.from_arrays(batch.columns, schema=schema)
            for batch in chain(ahead, batches)
        )
    return Sheet(
        name=listed.name,
        shown=shown,
        schema=schema,
        batches=rest,
        notes=_notes(book, listed, shown, cells, header),
    )


def _notes(
    book: _Book, listed: _Listed, shown: str, cells: SheetCells, header: range
) -> Iterator[Reason]:
    beside = dict.fromkeys([*book.beside, *sorted(cells.beside)])
    if beside:
        yield Reason(
            code="workbook_parts_not_scanned",
            what="not scanned in the workbook: " + ", ".join(beside),
            remedy="look at them, or remove them",
        )
    if cells.formulas:
        yield Reason(
            code="formulas_by_result",
            what=f"{cells.formulas} formulas of {shown} were read by their results; "
            "what they are made of was not scanned",
        )
    if cells.without_result:
        yield Reason(
            code="formulas_without_result",
            what=f"{cells.without_result} formulas of {shown} have no stored result: what they "
            "would show was not scanned",
            remedy="open the workbook, calculate and save it",
        )
    if listed.hidden:
        yield Reason(code="sheet_hidden", what=f"the sheet {shown} is hidden")
    if header.start:
        yield Reason(
            code="header_found_below",
            what=f"the header of {shown} is taken to be row {cells.first_rows[header.start]}; "
            "the rows above it were scanned as values",
        )
    if len(header) > 1:
        rows = [cells.first_rows[row] for row in header]
        yield Reason(
            code="header_of_two_rows",
            what=f"the header of {shown} is taken to be rows {rows[0]} and {rows[1]}",
        )


class _Book:
    """What a workbook's directory and its part of that name tell of its sheets."""

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self.path = path
        self._archive = archive
        self._members = {_folded(name): name for name in archive.namelist()}
        self._refuse_bombs()
        main = next(iter(self._linked("", "officeDocument").values()), "xl/workbook.xml")
        self.sheets, from_1904, names_defined = self._listed(main)
        with self._opened(main, "sharedStrings") as shared, self._opened(main, "styles") as styles:
            self.formats = Formats(
                shared=read_shared(shared), dates=date_styles(styles), from_1904=from_1904
            )
        self.beside = [*self._beside(main)]
        if names_defined:
            self.beside.append(f"{names_defined} 个名称定义 defined names")

    def open(self, member: str) -> IO[bytes]:
        name = self._members.get(_folded(member))
        if name is None:
            raise ValueError("a part is missing")
        return self._archive.open(name)

    def _refuse_bombs(self) -> None:
        """By the directory's sizes, which is all that is ever unpacked of a member."""
        members = self._archive.infolist()
        whole = sum(member.file_size for member in members)
        if whole > _MOST_BYTES:
            raise _too_large(self.path, f"the workbook unpacks to {whole} bytes", _MOST_BYTES)
        for member in members:
            most = max(member.compress_size * _MOST_RATIO, _LEAST_BOMB_BYTES)
            if member.file_size > most:
                raise _too_large(
                    self.path,
                    f"a part of {member.compress_size} bytes unpacks to {member.file_size}",
                    most,
                )

    def _listed(self, main: str) -> tuple[list[_Listed], bool, int]:
        sheets, from_1904, names = [], False, 0
        links = self._linked(main, "worksheet")
        with self.open(main) as part:
            for kind, attributes in elements(part):
                if kind == "workbookPr":
                    from_1904 = attributes.get("date1904") in {"1", "true"}
                elif kind == "definedName":
                    names += not attributes.get("name", "").startswith("_xlnm.")
                elif kind == "sheet" and attributes.get("id") in links:
                    sheets.append(
                        _Listed(
                            name=attributes.get("name", ""),
                            member=links[attributes["id"]],
                            hidden=attributes.get("state", "visible") != "visible",
                        )
                    )
        return sheets, from_1904, names

    def _linked(self, main: str, kind: str) -> dict[str, str]:
        """The parts of a kind that `main` names, by the keys it names them with."""
        folder, name = posixpath.split(main)
        member = self._members.get(_folded(posixpath.join(folder, "_rels", f"{name}.rels")))
        if member is None:
            return {}
        with self._archive.open(member) as part:
            return {
                one.get("Id", ""): posixpath.normpath(
                    posixpath.join("/", folder, one.get("Target", ""))
                ).lstrip("/")
                for element, one in elements(part)
                if element == "Relationship" and one.get("Type", "").endswith(f"/{kind}")
            }

    def _opened(self, main: str, kind: str) -> IO[bytes]:
        """The part of that kind, which is held in memory; an empty element where there is none."""
        member = next(iter(self._linked(main, kind).values()), None)
        if member is None:
            return BytesIO(b"<none/>")
        size = self._archive.getinfo(self._members[_folded(member)]).file_size
        if size > _MOST_SHARED_BYTES:
            raise _too_large(
                self.path, f"its part of {kind} unpacks to {size} bytes", _MOST_SHARED_BYTES
            )
        return self.open(member)

    def _beside(self, main: str) -> Iterator[str]:
        read = {_folded(main), *(_folded(sheet.member) for sheet in self.sheets)}
        for kind in ("sharedStrings", "styles"):
            read |= {_folded(member) for member in self._linked(main, kind).values()}
        left = [
            name
            for folded, name in self._members.items()
            if folded not in read and not _READ.fullmatch(name)
        ]
        titles = {next(title for form, title in _BESIDE if form.match(name)) for name in left}
        yield from (title for _, title in _BESIDE if title in titles)


def _folded(name: str) -> str:
    return name.replace("\\", "/").lower()


def _too_large(path: Path, what: str, most: int) -> RefusedError:
    return _refused(
        "workbook_too_large",
        f"{what}; {most} are read at most",
        path,
        "remove what the workbook does not need, or export its sheets as CSV",
    )


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    # The reader's message can quote a cell, so nothing of it goes further.
    try:
        yield
    except (
        *(zipfile.BadZipFile, zlib.error, EOFError, ExpatError, pa.ArrowException),
        *(KeyError, ValueError, NotImplementedError, RuntimeError),
    ):
        raise _refused(
            "file_malformed",
            "the file is no whole XLSX workbook",
            path,
            "save it again as XLSX, without a password",
        ) from None


def _refused(code: str, what: str, path: Path, remedy: str) -> RefusedError:
    return RefusedError(code, what, where={"file": shown_name(path)}, remedy=remedy)
