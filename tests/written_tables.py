"""What each transaction of the product changes, and whether evidence of it commits with it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from sqlalchemy import Connection, Engine, event

EVIDENCE = frozenset({"outbox", "audit_records"})
"""Where the gate and the workers, and where the bureau, keep audit records."""

BESIDE = frozenset({"lineage_events", "alembic_version"})
"""What the bureau receives is evidence itself; a migration changes forms and no facts."""

_WRITTEN = "weir.tests.written"


@dataclass
class Writes:
    """`unrecorded` are the tables that a transaction of Weir's own code changed and committed
    without an audit record; `seen` are all that were changed."""

    unrecorded: list[frozenset[str]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)


@contextmanager
def watched() -> Iterator[Writes]:
    """Watches every engine of this process. What a test writes by itself is not looked at."""
    found = Writes()

    def ran(connection: Connection, cursor: Any, _: str, __: Any, context: Any, *___: bool) -> None:
        if not (context.isinsert or context.isupdate or context.isdelete) or not cursor.rowcount:
            return
        table = context.compiled.compile_state.dml_table
        connection.info.setdefault(_WRITTEN, set()).add(table.name)

    def committed(connection: Connection) -> None:
        written = frozenset(connection.info.pop(_WRITTEN, ()))
        if not _by_the_product():
            return
        found.seen |= written
        if written - EVIDENCE - BESIDE and not written & EVIDENCE:
            found.unrecorded.append(written)

    def undone(connection: Connection) -> None:
        connection.info.pop(_WRITTEN, None)

    heard: dict[str, Callable[..., Any]] = {
        "after_cursor_execute": ran,
        "commit": committed,
        "rollback": undone,
    }
    for name, listener in heard.items():
        event.listen(Engine, name, listener)
    try:
        yield found
    finally:
        for name, listener in heard.items():
            event.remove(Engine, name, listener)


def _by_the_product() -> bool:
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if frame.f_globals.get("__name__") == "weir.evidence.database":
            return True
        frame = frame.f_back
    return False
