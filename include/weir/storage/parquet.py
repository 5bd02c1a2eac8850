"""Tables as Parquet bytes that depend on nothing but the schema and the rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from weir.errors import ContractError, IntegrityError
from weir.model import Column
from weir.storage.read_ahead import ReadAhead

BATCH_ROWS = 65_536

TYPES: Mapping[str, pa.DataType] = {
    str(kind): kind
    for kind in (
        pa.string(),
        pa.int64(),
        pa.decimal128(18, 4),
        pa.date32(),
        pa.timestamp("us", tz="UTC"),
        pa.bool_(),
        pa.float64(),
    )
}
"""The types that survive a round trip unchanged, by the text that `Column.type` holds."""

_REPEATS_FOR_DICTIONARY = 8
_MAX_GROUP_BYTES = 1 << 30


def schema_of(columns: Sequence[Column]) -> pa.Schema:
    """The Arrow schema of `columns`; `ContractError` (code `type_unsupported`) for other types."""
    return _checked_schema(
        pa.schema([pa.field(c.name, TYPES.get(c.type, pa.null())) for c in columns])
    )


def columns_of(schema: pa.Schema) -> tuple[Column, ...]:
    """The inverse of `schema_of`."""
    return tuple(Column(name=field.name, type=str(field.type)) for field in schema)


def write_parquet(
    batches: Iterable[pa.RecordBatch],
    schema: pa.Schema,
    sink: IO[bytes],
    *,
    metadata: Mapping[str, str] | None = None,
) -> int:
    """Write `batches` to `sink` as one Parquet file and return its rows.

    Equal rows give equal bytes, however they were cut into batches: row groups hold exactly
    `BATCH_ROWS` rows but the last, and neither the batches' metadata nor the time of writing is
    kept. `metadata` goes into the file's key-value metadata. Memory is bounded by two incoming
    batches, one of which is made while the other is written, and one row group.

    Raises:
        ContractError: `type_unsupported` for a schema outside `TYPES`.
        IntegrityError: `batch_shape_differs` for a batch of another shape than `schema`;
            `row_group_too_large` for 65,536 rows above 1 GiB.

    """
    schema = _checked_schema(schema)
    writer: Any = None
    rows = 0
    with closing(ReadAhead(batches)) as ahead:
        try:
            for group in _groups(ahead, schema):
                writer = writer or _writer(sink, schema, group)
                writer.write_table(group, row_group_size=BATCH_ROWS)
                rows += group.num_rows
            writer = writer or _writer(sink, schema, schema.empty_table())
            if metadata:
                writer.add_key_value_metadata(dict(metadata))
        finally:
            if writer is not None:
                writer.close()
    return rows


class TableReader:
    """A Parquet file read batch by batch.

    A file that is no Parquet, or is damaged, raises `IntegrityError` (code `table_unreadable`).
    """

    def __init__(self, source: Any) -> None:
        """`source` is a path or a seekable binary file; the caller closes it."""
        with _readable():
            self._source = source
            self._file = pq.ParquetFile(source, pre_buffer=False)
            self.schema: pa.Schema = self._file.schema_arrow.remove_metadata()
        self.rows: int = self._file.metadata.num_rows

    @property
    def columns(self) -> tuple[Column, ...]:
        return columns_of(self.schema)

    @property
    def metadata(self) -> dict[str, str]:
        """What stands in the file beside its rows, as `write_parquet` takes it."""
        held = self._file.metadata.metadata or {}
        return {key.decode(errors="replace"): held[key].decode(errors="replace") for key in held}

    def batches(
        self,
        columns: Sequence[str] | None = None,
        batch_rows: int = BATCH_ROWS,
        *,
        by_dictionary: bool = False,
    ) -> Iterator[pa.RecordBatch]:
        """All rows in file order, in batches of at most `batch_rows`, never across row groups.

        `columns` chooses and orders; others are not read. A name the table does not have raises
        `IntegrityError` (code `column_missing`). `by_dictionary` gives text that the file keeps by
        dictionary as it is kept, each value once for all its cells.
        """
        names = list(self.schema.names if columns is None else columns)
        missing = [name for name in names if self.schema.get_field_index(name) < 0]
        if missing:
            raise IntegrityError(
                "column_missing",
                "the table lacks columns that are asked of it",
                where={"columns": ", ".join(missing)},
            )
        file = self._file
        if by_dictionary:
            with _readable():
                file = pq.ParquetFile(
                    self._source, pre_buffer=False, read_dictionary=_kept_by_dictionary(file)
                )
        return ReadAhead(_batches(file, names, batch_rows))


def _batches(file: Any, names: list[str], batch_rows: int) -> Iterator[pa.RecordBatch]:
    for group in range(file.num_row_groups):
        with _readable():
            yield from (
                batch.select(names)
                for batch in file.iter_batches(
                    batch_size=batch_rows, row_groups=[group], columns=names
                )
            )


def _kept_by_dictionary(file: Any) -> list[str]:
    """The columns of text that are so, by the first row group."""
    if not file.num_row_groups:
        return []
    group = file.metadata.row_group(0)
    chunks = [group.column(place) for place in range(group.num_columns)]
    return [
        chunk.path_in_schema
        for chunk in chunks
        if chunk.physical_type == "BYTE_ARRAY" and "RLE_DICTIONARY" in chunk.encodings
    ]


def _checked_schema(schema: pa.Schema) -> pa.Schema:
    """`schema` as names and types alone."""
    unsupported = [f.name for f in schema if TYPES.get(str(f.type)) != f.type]
    if unsupported:
        raise ContractError(
            "type_unsupported",
            "columns have a type that tables do not hold",
            where={"columns": ", ".join(unsupported)},
            remedy="use one of " + ", ".join(TYPES),
        )
    return pa.schema([pa.field(f.name, f.type) for f in schema])


def _groups(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.Table]:
    """The rows of `batches` in contiguous tables of `BATCH_ROWS`, the last one shorter."""
    pending: list[pa.RecordBatch] = []
    held = 0
    for batch in batches:
        if batch.schema.names != schema.names or batch.schema.types != schema.types:
            raise IntegrityError(
                "batch_shape_differs",
                "a batch has other columns or types than its table",
                where={"columns": len(batch.schema), "expected": len(schema)},
            )
        rest = pa.RecordBatch.from_arrays(batch.columns, schema=schema)
        while rest.num_rows >= BATCH_ROWS - held:
            yield _joined([*pending, rest.slice(0, BATCH_ROWS - held)], schema)
            rest = rest.slice(BATCH_ROWS - held)
            pending, held = [], 0
        if rest.num_rows:
            pending.append(rest)
            held += rest.num_rows
            _check_size(pending)
    if held:
        yield _joined(pending, schema)


def _joined(pieces: list[pa.RecordBatch], schema: pa.Schema) -> pa.Table:
    # Pages end where the encoder's mini-batches end, and those end with each chunk: only a table
    # of one chunk per column is cut into pages independently of how its rows arrived.
    _check_size(pieces)
    return pa.Table.from_batches(pieces, schema).combine_chunks()


def _check_size(pieces: list[pa.RecordBatch]) -> None:
    size_bytes = sum(piece.nbytes for piece in pieces)
    if size_bytes > _MAX_GROUP_BYTES:
        raise IntegrityError(
            "row_group_too_large",
            "rows are too large to be held together",
            where={"size_bytes": size_bytes, "limit_bytes": _MAX_GROUP_BYTES},
            remedy="leave the column with the huge cells out of the contract",
        )


def _writer(sink: IO[bytes], schema: pa.Schema, first: pa.Table) -> Any:
    return pq.ParquetWriter(
        sink,
        schema,
        version="2.6",
        compression="zstd",
        # Level 3 was seen to take up to twice the time and to save three bytes in a hundred.
        compression_level=1,
        use_dictionary=_repetitive(first),
        store_schema=False,
    )


def _repetitive(first: pa.Table) -> list[str] | bool:
    """Columns whose values repeat eightfold on average in the first row group: the only ones that
    a dictionary makes smaller."""
    names = [
        name
        for name in first.schema.names
        if pc.count_distinct(first[name], mode="all").as_py() * _REPEATS_FOR_DICTIONARY
        <= first.num_rows
    ]
    return names or False


@contextmanager
def _readable() -> Iterator[None]:
    # Arrow's own message can quote what it failed to read, so it goes no further.
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise IntegrityError("table_unreadable", "the file is not a whole Parquet table") from None
