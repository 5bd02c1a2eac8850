"""Evidence over HTTP: batches of one record a line, each line with a receipt of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import TypeAdapter
from sqlalchemy import Connection, Engine

from weir.bureau.migrate import DATABASE
from weir.bureau.reception import audit_digests, receive_audit, receive_lineage
from weir.bureau.totals import Totals, totals
from weir.evidence.database import transaction
from weir.evidence.delivery import Receipt
from weir.evidence.outbox import lineage_bytes
from weir.governance.entrance import Entrance
from weir.policy.roles import Act
from weir.service.answers import HttpRefusal
from weir.service.bodies import limited_body
from weir.service.strict_json import read_json

LIMIT_BYTES = 16 * 1024 * 1024
BATCH_RECORDS = 1000
_RECORD_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Evidence = Annotated[bytes, Depends(limited_body(LIMIT_BYTES))]
Receive = Callable[[Connection, Sequence[bytes]], list[Receipt]]


def routes(engine: Engine, access: Entrance) -> APIRouter:
    """The operator delivers; what is held can be asked for by both sides."""
    router = APIRouter()
    router.include_router(_reception(engine, access))
    router.include_router(_inspection(engine, access))
    return router


def _reception(engine: Engine, access: Entrance) -> APIRouter:
    router = APIRouter(dependencies=[Depends(access.requires(Act.EVIDENCE_DELIVER))])

    def keep(receive: Receive, bodies: Sequence[bytes]) -> list[Receipt]:
        if len(bodies) > BATCH_RECORDS:
            raise HttpRefusal(
                413,
                "batch_too_large",
                f"a batch holds at most {BATCH_RECORDS} records",
                remedy="send the rest in another batch",
            )
        with transaction(engine, DATABASE) as connection:
            return receive(connection, bodies)

    @router.post("/api/v1/audit")
    def audit(body: Evidence) -> Response:
        return _receipts(keep(receive_audit, body.split(b"\n")))

    @router.post("/api/v1/lineage")
    def lineage(request: Request, body: Evidence) -> Response:
        """NDJSON, or as OpenLineage clients send them: one JSON event, or an array of them."""
        content_type = request.headers.get("Content-Type", "").partition(";")[0].strip()
        if content_type == "application/x-ndjson":
            return _receipts(keep(receive_lineage, body.split(b"\n")))
        value = read_json(body)
        if isinstance(value, list):
            return _receipts(keep(receive_lineage, [lineage_bytes(e) for e in value]))
        (receipt,) = keep(receive_lineage, [body])
        if receipt.code:
            raise HttpRefusal(
                422,
                receipt.code,
                "this is no OpenLineage run event",
                remedy="send an event of OpenLineage's RunEvent schema",
            )
        return _receipts([receipt])

    @router.post("/api/v1/audit/digests")
    def digests(body: Evidence) -> dict[str, str]:
        asked = read_json(body)
        if not isinstance(asked, list) or len(asked) > BATCH_RECORDS:
            raise HttpRefusal(
                422,
                "request_malformed",
                "the body is no array of ids, or too long a one",
                remedy=f"send an array of up to {BATCH_RECORDS} ids of records",
            )
        with transaction(engine, DATABASE) as connection:
            return audit_digests(connection, [UUID(one) for one in asked if _names_record(one)])

    return router


def _inspection(engine: Engine, access: Entrance) -> APIRouter:
    router = APIRouter(dependencies=[Depends(access.requires(Act.EVIDENCE_READ))])

    @router.get("/v1/audit/records/{record}/digest")
    def digest(record: UUID) -> dict[str, str]:
        with transaction(engine, DATABASE) as connection:
            found = audit_digests(connection, [record])
        if not found:
            raise HttpRefusal(
                404,
                "record_missing",
                "the bureau holds no such record",
                remedy="check its id; what is not delivered yet is not held",
            )
        return {"id": str(record), "sm3": found[str(record)]}

    @router.get("/v1/totals")
    def count() -> Totals:
        with transaction(engine, DATABASE) as connection:
            return totals(connection)

    return router


def _receipts(receipts: Sequence[Receipt]) -> Response:
    return JSONResponse(
        {"receipts": TypeAdapter(list[Receipt]).dump_python(list(receipts), mode="json")}
    )


def _names_record(value: object) -> bool:
    return isinstance(value, str) and _RECORD_ID.fullmatch(value) is not None
