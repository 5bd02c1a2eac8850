"""The scan of a file that no contract describes: `weir scan <file>`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from weir.errors import RefusedError
from weir.model import Grade, ScanReport
from weir.privacy.detector import Detector, table_detector
from weir.privacy.entities import BY_NAME
from weir.privacy.file_encoding import first_broken_utf8, is_gb18030
from weir.privacy.table_scan import TableScan, printable

T = TypeVar("T")
Use = Callable[[pa.Schema, Iterable[pa.RecordBatch]], T]

_UTF_8, _GB18030 = "utf8", "gb18030"
_FIRST_BLOCK_BYTES = 1 << 22
_LARGEST_BLOCK_BYTES = 1 << 30
_BATCH_ROWS = 65_536
_BLOCK_TOO_SMALL = "straddling object"
_RAGGED = re.compile(r"Row #([0-9]+): Expected ([0-9]+) columns, got ([0-9]+)")


def scan_file(path: Path, *, detector: Detector | None = None) -> ScanReport:
    """Findings of every cell of a CSV file (with a header) or a Parquet file.

    Every column of a CSV file is read as text. The verdict always passes: there is no catalogue to
    compare with. The grade is the highest that the types found have by default, notes tell of
    identifiers in the header, and `not_scanned` names nested columns. The errors of `read_file`
    pass through.
    """
    scan = read_file(
        path,
        lambda schema, batches: TableScan(schema, detector or table_detector()).add(batches),
    )
    found = {kind for column in scan.columns for kind in column.tally.cells}
    found |= {kind for column in scan.columns for kind in column.in_name}
    grades = [BY_NAME[kind].grade if kind in BY_NAME else Grade.GENERAL_4 for kind in found]
    return scan.report(
        table=printable(path.name), grade=max(grades, default=Grade.GENERAL_1), reasons=()
    )


def read_file(path: Path, use: Use[T]) -> T:
    """What `use` makes of the columns and rows of a CSV or Parquet file.

    A CSV file is UTF-8, with or without a byte order mark, or else GB18030 (with GBK and GB2312).
    `use` is called again from the beginning where a row is longer than expected.

    Raises `RefusedError`: `file_missing`, `file_type_unknown`, `file_not_utf8` (with line and byte
    offset), `file_malformed` (with the row where it is known).
    """
    if not path.is_file():
        raise _refused("file_missing", "there is no such file", path, "check the path")
    match path.suffix.lower():
        case ".csv":
            return _read_csv(path, use)
        case ".parquet":
            return _read_parquet(path, use)
    raise _refused(
        "file_type_unknown",
        "neither a CSV nor a Parquet file by its name",
        path,
        "name it .csv or .parquet, or convert it",
    )


def _read_csv(path: Path, use: Use[T]) -> T:
    encoding = _UTF_8
    block_bytes = _FIRST_BLOCK_BYTES
    while True:
        try:
            reader = _open_csv(path, block_bytes, encoding)
            return use(reader.schema, reader)
        except (pa.ArrowInvalid, UnicodeDecodeError) as error:
            # Arrow's message can quote the row, so nothing of it goes further.
            message = str(error)
            if encoding == _UTF_8 and is_gb18030(path):
                encoding = _GB18030
            elif _BLOCK_TOO_SMALL in message and block_bytes < _LARGEST_BLOCK_BYTES:
                block_bytes *= 4
            else:
                raise _csv_error(path, message, encoding) from None


def _open_csv(path: Path, block_bytes: int, encoding: str) -> csv.CSVStreamingReader:
    """A reader in which every column is text and every cell a value, empty ones too."""
    read = csv.ReadOptions(block_size=block_bytes, use_threads=False, encoding=encoding)
    parse = csv.ParseOptions(newlines_in_values=True)
    with csv.open_csv(path, read_options=read, parse_options=parse) as first:
        names = first.schema.names
    convert = csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), null_values=[], strings_can_be_null=False
    )
    return csv.open_csv(path, read_options=read, parse_options=parse, convert_options=convert)


def _csv_error(path: Path, message: str, encoding: str) -> RefusedError:
    if encoding == _UTF_8 and (place := first_broken_utf8(path)):
        line, offset = place
        return _refused(
            "file_not_utf8",
            "the file is not UTF-8",
            path,
            "convert it, for instance: iconv -f GB18030 -t UTF-8",
            line=line,
            byte=offset,
        )
    if ragged := _RAGGED.search(message):
        row, expected, found = map(int, ragged.groups())
        return _refused(
            "file_malformed",
            "a row has another number of fields than the header",
            path,
            "quote fields that hold commas or line ends",
            row=row,
            expected=expected,
            found=found,
        )
    return _refused("file_malformed", "the file is no CSV with a header", path, "export it again")


def _read_parquet(path: Path, use: Use[T]) -> T:
    with _readable(path):
        file = pq.ParquetFile(path, pre_buffer=False)
    with file:
        return use(file.schema_arrow, _batches(file, path))


def _batches(file: pq.ParquetFile, path: Path) -> Iterator[pa.RecordBatch]:
    batches = file.iter_batches(batch_size=_BATCH_ROWS)
    while True:
        with _readable(path):
            batch = next(batches, None)
        if batch is None:
            return
        yield batch


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    # Arrow's message can quote what it failed to read, so nothing of it goes further.
    try:
        yield
    except (pa.ArrowException, UnicodeDecodeError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise _refused(
            "file_malformed", "the file is no whole Parquet table", path, "write it again"
        ) from None


def _refused(code: str, what: str, path: Path, remedy: str, **where: int) -> RefusedError:
    return RefusedError(code, what, where={"file": printable(path.name), **where}, remedy=remedy)
