"""One SQL statement at a time over Parquet files of one folder, within fixed memory.

DuckDB sees that folder and nothing else: no network, no extension, no Python value. What does not
fit into memory spills into the folder. Each statement has an engine of its own and holds at most
one join or one sort: several at once were seen to pin more than the limit and fail.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa

from weir.errors import IntegrityError, StoreUnavailableError
from weir.storage.parquet import BATCH_ROWS

MEMORY_LIMIT = "192MB"
THREADS = 2


def run_sql(statement: str, folder: Path) -> Iterator[pa.RecordBatch]:
    """The rows of `statement`, in batches of at most 65,536; timestamps are in UTC.

    Raises `StoreUnavailableError` (`scratch_exhausted`) when memory and disk do not suffice, and
    `IntegrityError` (`query_failed`) for anything else. DuckDB's own messages quote values, so
    they go no further.
    """
    try:
        with _open(folder) as connection:
            yield from connection.execute(statement).to_arrow_reader(BATCH_ROWS)
    except (duckdb.OutOfMemoryException, duckdb.IOException, OSError):
        raise StoreUnavailableError(
            "scratch_exhausted",
            "joining and sorting a product ran out of memory or scratch space",
            where={"memory_limit": MEMORY_LIMIT},
            remedy="give WEIR_SCRATCH_DIR more room",
        ) from None
    except (duckdb.Error, pa.ArrowException) as error:
        raise IntegrityError(
            "query_failed",
            "a product could not be computed from its masked inputs",
            where={"kind": type(error).__name__},
            remedy="a sum may exceed its type, or an input holds text that is no UTF-8",
        ) from None


def file_sql(folder: Path, name: str) -> str:
    """The SQL text that reads a file of the folder."""
    return f"read_parquet('{_quoted(folder / name)}')"


def _open(folder: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": MEMORY_LIMIT,
            "threads": THREADS,
            "temp_directory": str(folder / "spill"),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "preserve_insertion_order": False,
            "python_enable_replacements": False,
        },
    )
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"SET allowed_directories = ['{_quoted(folder)}']")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
