"""The sheets of an XLSX workbook as tables of text.

Every sheet is read, hidden ones too, and every cell of it; the header is looked for, since titles
stand above it as often as not. A formula is read by the result stored with it. What a workbook
holds beside the cells of its sheets is not read, and is said not to be.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import fastexcel
import pyarrow as pa

from weir.errors import RefusedError
from weir.model import Reason
from weir.privacy.detector import Detector, table_detector
from weir.privacy.header_row import may_be_shown
from weir.privacy.table_scan import printable

_MOST_BYTES = 4 << 30
_READ_BYTES = 1 << 20
_OVERLAP_BYTES = 1 << 10
_HEADER_ROWS = 10
_HEADER_FILL = 0.5
_LONGEST_HEADER = 40
_NUMBER = re.compile(r"[-+0-9.,%/: ]+")
_NO_RESULT = re.compile(
    rb"(?:</(?:\w+:)?f>|<(?:\w+:)?f\b[^<>]{0,400}/>)\s{0,9}"
    rb"(?:<(?:\w+:)?v\s?/>|<(?:\w+:)?v>\s{0,9}</(?:\w+:)?v>)?\s{0,9}</(?:\w+:)?c>"
)
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_BESIDE = (
    (re.compile(r"xl/(?:comments|threadedComments)[^/]*(?:/|\.xml)"), "批注 comments"),
    (re.compile(r"xl/media/"), "图片 pictures"),
    (re.compile(r"xl/drawings/drawing"), "图形和文本框 drawings and text boxes"),
    (re.compile(r"xl/embeddings/"), "嵌入文件 embedded files"),
    (re.compile(r"xl/pivotCache/"), "透视表缓存 caches of pivot tables"),
    (re.compile(r"xl/externalLinks/"), "外部链接 external links"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One sheet: its own name and the one that may be printed, every row but the header as text,
    and what its reader has to add."""

    name: str
    shown: str
    rows: pa.RecordBatch
    notes: tuple[Reason, ...]


def read_sheets(path: Path, detector: Detector | None = None) -> Iterator[Sheet]:
    """The sheets of a workbook that hold any cell, in order, one in memory at a time.

    A sheet in whose name `detector` finds something is told by its number.

    Raises `RefusedError`: `file_missing`, `file_malformed`, `file_too_large` where the workbook
    unpacks to more than 4 GiB.
    """
    if not path.is_file():
        raise _refused("file_missing", "there is no such file", path, "check the path")
    with _readable(path):
        beside = tuple(_beside(path))
        book = fastexcel.read_excel(path)
    for number, name in enumerate(book.sheet_names):
        with _readable(path):
            loaded = book.load_sheet(number, header_row=None, dtypes="string")
            cells = pa.record_batch(loaded)
        if cells.num_rows == 0:
            continue
        allowed = may_be_shown(name, detector or table_detector())
        shown = printable(name) if allowed else f"sheet {number + 1}"
        notes = [*beside]
        if loaded.visible != "visible":
            notes.append(Reason(code="sheet_hidden", what=f"the sheet {shown} is hidden"))
        header = _header_row(cells)
        if header:
            notes.append(
                Reason(
                    code="header_found_below",
                    what=f"the header of {shown} is taken to be row {header + 1}; "
                    "the rows above it were scanned as values",
                )
            )
        yield Sheet(name=name, shown=shown, rows=_without_row(cells, header), notes=tuple(notes))


def _header_row(cells: pa.RecordBatch) -> int:
    """The first of the rows that has a short text in most columns and no number; else the first."""
    rows = min(cells.num_rows, _HEADER_ROWS)
    columns = [column.slice(0, rows).to_pylist() for column in cells.columns]
    widest = 0
    best = 0
    for row in range(rows):
        texts = [column[row].strip() for column in columns if column[row]]
        named = [text for text in texts if 0 < len(text) <= _LONGEST_HEADER]
        if any(_NUMBER.fullmatch(text) for text in named):
            continue
        if len(named) >= _HEADER_FILL * len(columns) and len(named) > 2 * widest:
            widest, best = len(named), row
    return best


def _without_row(cells: pa.RecordBatch, header: int) -> pa.RecordBatch:
    names = [(column[header].as_py() or "").strip() for column in cells.columns]
    table = pa.Table.from_batches([cells])
    rest = pa.concat_tables([table.slice(0, header), table.slice(header + 1)])
    (batch,) = rest.combine_chunks().to_batches() or [cells.slice(0, 0)]
    return pa.RecordBatch.from_arrays(batch.columns, names=names)


def _beside(path: Path) -> Iterator[Reason]:
    """What the workbook holds that is not read. Refuses one that unpacks without measure."""
    with zipfile.ZipFile(path) as book:
        members = book.infolist()
        if sum(member.file_size for member in members) > _MOST_BYTES:
            raise _refused(
                "file_too_large",
                "the workbook unpacks to more than 4 GiB",
                path,
                "export it as CSV",
            )
        names = [member.filename for member in members]
        found = [title for form, title in _BESIDE if any(map(form.match, names))]
        without_result = 0
        for name in filter(_SHEET.match, names):
            with book.open(name) as part:
                without_result += _count(part)
    if found:
        yield Reason(
            code="workbook_parts_not_scanned",
            what="not scanned in the workbook: " + ", ".join(found),
            remedy="look at them, or remove them",
        )
    if without_result:
        yield Reason(
            code="formulas_without_result",
            what=f"{without_result} formulas of the workbook have no stored result: what they "
            "would show was not scanned",
            remedy="open the workbook, calculate and save it",
        )


def _count(part: IO[bytes]) -> int:
    count, kept = 0, b""
    while block := part.read(_READ_BYTES):
        text = kept + block
        end = 0
        for match in _NO_RESULT.finditer(text):
            count, end = count + 1, match.end()
        kept = text[max(end, len(text) - _OVERLAP_BYTES) :]
    return count


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    # The reader's message can quote a cell, so nothing of it goes further.
    try:
        yield
    except (zipfile.BadZipFile, fastexcel.FastExcelError, pa.ArrowException, ValueError):
        raise _refused(
            "file_malformed", "the file is no whole XLSX workbook", path, "save it again"
        ) from None


def _refused(code: str, what: str, path: Path, remedy: str) -> RefusedError:
    return RefusedError(code, what, where={"file": printable(path.name)}, remedy=remedy)
