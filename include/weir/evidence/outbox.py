"""The transactional outbox: evidence is kept in the transaction of what it tells of."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, insert
from sqlalchemy.dialects.postgresql import insert as insert_or_skip

from weir.crypto.sm3 import sm3_hex
from weir.evidence.audit import AuditRecord, to_bytes
from weir.evidence.tables import outbox


def append(
    connection: Connection, audit: AuditRecord, lineage: Sequence[Mapping[str, Any]] = ()
) -> None:
    """Keep `audit` and its lineage events in the caller's own transaction.

    A lineage event that is there already, byte for byte, is kept once; an audit id that is there
    already is the caller's mistake and fails its transaction.
    """
    # Inline inserts ask for no key back: the role that inserts may not read.
    connection.execute(
        insert(outbox).inline().values(kind="audit", dedup_id=str(audit.id), body=to_bytes(audit))
    )
    for event in lineage:
        body = lineage_bytes(event)
        connection.execute(
            insert_or_skip(outbox)
            .inline()
            .values(kind="lineage", dedup_id=sm3_hex(body), body=body)
            .on_conflict_do_nothing()
        )


def lineage_bytes(event: object) -> bytes:
    """The normal form in which a lineage event is kept, sent and digested: compact JSON with
    sorted keys. Unlike canonical JSON it admits numbers with a fraction, as OpenLineage does.

    Raises `ValueError` for NaN and infinities, which JSON has not.
    """
    return json.dumps(
        event, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()
