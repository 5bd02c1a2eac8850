"""The table in a CSV or Parquet file, read batch by batch."""

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
from weir.model import Reason
from weir.privacy.file_encoding import (
    GB18030,
    UTF_8,
    Separated,
    begins_as,
    first_broken,
    looks_like_gb18030,
    opened_and_not_closed,
    separated,
)
from weir.privacy.table_scan import shown_name

T = TypeVar("T")
Use = Callable[[pa.Schema, Iterable[pa.RecordBatch], Iterable[Reason]], T]

_FIRST_BLOCK_BYTES = 1 << 22
_LARGEST_BLOCK_BYTES = 1 << 30
_COLUMN_BYTES, _MOST_WIDE_BYTES = 1 << 13, 1 << 26
_BATCH_ROWS = 65_536
_BLOCK_TOO_SMALL = "straddling object"
_RAGGED = re.compile(r"Row #([0-9]+): Expected ([0-9]+) columns, got ([0-9]+)")
_TEXT_FILES = {".csv", ".tsv", ".txt"}
_DELIMITER_NAMES = {";": "semicolons", "\t": "tabs", "|": "bars"}


def read_file(path: Path, use: Use[T]) -> T:
    """What `use` makes of the columns and rows of a CSV or Parquet file, and of what there is to
    note about its reading.

    A CSV file has a header. It is UTF-8 or UTF-16, with or without a byte order mark, or else
    GB18030 (with GBK and GB2312), its fields are separated by commas, semicolons, tabs or bars, and
    every column of it is read as text. `use` is called again from the beginning where a row is
    longer than expected.

    Raises `RefusedError`: `file_missing`, `file_type_unknown`, `file_not_utf8` (with line and byte
    offset), `file_malformed` (with the row where it is known, or the line of a quote that nothing
    closes).
    """
    if not path.is_file():
        what = "what has this name is no regular file" if path.exists() else "there is no such file"
        raise _refused("file_missing", what, path, "check the path")
    kind = path.suffix.lower()
    if kind in _TEXT_FILES:
        return _read_csv(path, use)
    if kind == ".parquet":
        return _read_parquet(path, use)
    raise _refused(
        "file_type_unknown",
        "neither a CSV nor a Parquet file nor a workbook by its name",
        path,
        "name it .csv, .tsv, .txt, .parquet or .xlsx, or convert it",
    )


def _read_csv(path: Path, use: Use[T]) -> T:
    encoding = begins_as(path)
    block_bytes = _FIRST_BLOCK_BYTES
    while True:
        try:
            fields = separated(path, encoding)
            reader = _open_csv(path, block_bytes, encoding, fields)
            batches = _closed(reader, path, encoding, fields.by)
            return use(reader.schema, batches, _notes(encoding, fields.by))
        except (pa.ArrowInvalid, UnicodeDecodeError) as error:
            # Arrow's message can quote the row, so nothing of it goes further.
            message = str(error)
            if encoding == UTF_8 and looks_like_gb18030(path):
                encoding = GB18030
            elif _BLOCK_TOO_SMALL in message and block_bytes < _LARGEST_BLOCK_BYTES:
                block_bytes *= 4
            else:
                raise _csv_error(path, message, encoding) from None


def _open_csv(
    path: Path, block_bytes: int, encoding: str, fields: Separated
) -> csv.CSVStreamingReader:
    """A reader in which every column is text and every cell a value, empty ones too."""
    read = csv.ReadOptions(
        block_size=block_bytes, use_threads=False, encoding=encoding, skip_rows=fields.lines_above
    )
    parse = csv.ParseOptions(newlines_in_values=True, delimiter=fields.by)
    with csv.open_csv(path, read_options=read, parse_options=parse) as first:
        names = first.schema.names
    # Each column of a batch costs as much as hundreds of cells do: a wide table has longer batches.
    read.block_size = max(block_bytes, min(len(names) * _COLUMN_BYTES, _MOST_WIDE_BYTES))
    convert = csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), null_values=[], strings_can_be_null=False
    )
    return csv.open_csv(path, read_options=read, parse_options=parse, convert_options=convert)


def _closed(
    batches: Iterable[pa.RecordBatch], path: Path, encoding: str, delimiter: str
) -> Iterator[pa.RecordBatch]:
    """The same; raises where the last cell is all that stands behind a quote without its end."""
    last = ""
    for batch in batches:
        if batch.num_rows:
            last = batch.column(batch.num_columns - 1)[-1].as_py()
        yield batch
        del batch
    line = opened_and_not_closed(path, encoding, delimiter, last)
    if line is not None:
        raise _refused(
            "file_malformed",
            "a quote is opened and never closed: all that follows would be one cell",
            path,
            "close it, or export the file again: it may be cut off",
            line=line,
        )


def _notes(encoding: str, delimiter: str) -> Iterator[Reason]:
    if encoding != UTF_8:
        name = encoding.upper()
        yield Reason(code="read_as_encoding", what=f"the file is no UTF-8 and was read as {name}")
    if delimiter in _DELIMITER_NAMES:
        yield Reason(
            code="read_with_delimiter",
            what=f"the fields of the file are separated by {_DELIMITER_NAMES[delimiter]}",
        )


def _csv_error(path: Path, message: str, encoding: str) -> RefusedError:
    if place := first_broken(path, encoding):
        remedy = "convert it, for instance: iconv -f GB18030 -t UTF-8"
        if encoding != UTF_8:
            remedy = (
                f"export it again, or leave out what is broken: iconv -c -f {encoding} -t UTF-8"
            )
        return _refused(
            "file_not_utf8",
            "the file is not UTF-8"
            if encoding == UTF_8
            else f"the file looks like {encoding.upper()} and holds bytes that are none",
            path,
            remedy,
            line=place.line,
            byte=place.byte,
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
        if not len(file.schema_arrow):
            raise _refused("file_malformed", "the table has no columns", path, "write it again")
        return use(file.schema_arrow, _batches(file, path), ())


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
    return RefusedError(code, what, where={"file": shown_name(path), **where}, remedy=remedy)
