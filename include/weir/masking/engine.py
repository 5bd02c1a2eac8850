"""One SQL statement at a time over Parquet files of one folder, within fixed memory.

DuckDB sees that folder and nothing else: no network, no extension, no Python value. What does not
fit into memory spills into the folder. Each statement has an engine of its own and holds at most
one sort, and beside it no join but to a small side: more at once was seen to pin more than the
limit and fail. Long rows (many columns, long texts) cannot be spilled from little memory either;
for them the statement begins again with the larger allowance.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import structlog

from weir.allocator import give_back
from weir.errors import IntegrityError, StoreUnavailableError
from weir.storage.parquet import BATCH_ROWS

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What a statement may take. More threads need more memory each."""

    memory_mb: int
    threads: int


ALLOWANCES = tuple(Allowance(memory_mb=size, threads=1) for size in (96, 256, 1024))
"""Tried one after the other. A second thread was not seen to sort faster what has to be spilled."""

_EXHAUSTED = (duckdb.OutOfMemoryException, duckdb.IOException, OSError)


def run_sql(statement: str, folder: Path) -> Iterator[pa.RecordBatch]:
    """The rows of `statement`, in batches of at most 65,536; timestamps are in UTC.

    Raises `StoreUnavailableError` (`scratch_exhausted`) when memory and disk do not suffice, and
    `IntegrityError` (`query_failed`) for anything else. DuckDB's own messages quote values, so
    they go no further.
    """
    for allowance in ALLOWANCES:
        begun = False
        # What earlier steps freed, and their allocator kept, would be held beside the engine's own.
        pa.default_memory_pool().release_unused()
        give_back()
        try:
            with _open(folder, allowance) as connection:
                for batch in connection.execute(statement).to_arrow_reader(BATCH_ROWS):
                    begun = True
                    yield batch
        except _EXHAUSTED:
            if begun:
                break
            _log.info("engine_exhausted", memory_mb=allowance.memory_mb)
        except (duckdb.Error, pa.ArrowException) as error:
            raise IntegrityError(
                "query_failed",
                "a product could not be computed from its masked inputs",
                where={"kind": type(error).__name__},
                remedy="a sum may exceed its type; compare the contract with the data",
            ) from None
        else:
            return
    raise StoreUnavailableError(
        "scratch_exhausted",
        "joining and sorting a product ran out of memory or scratch space",
        where={"memory_mb": ALLOWANCES[-1].memory_mb},
        remedy="give WEIR_SCRATCH_DIR more room, or leave long texts out of the contract",
    )


def file_sql(folder: Path, name: str) -> str:
    """The SQL text that reads a file of the folder."""
    return f"read_parquet('{_quoted(folder / name)}')"


def _open(folder: Path, allowance: Allowance) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": f"{allowance.memory_mb}MB",
            "threads": allowance.threads,
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
