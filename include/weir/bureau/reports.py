"""Reports, handed on from the operator's reports bucket to the desk."""

from __future__ import annotations

import re

from fastapi import APIRouter, Depends, Response
from sqlalchemy import Engine, select

from weir.bureau.desk_reports import digest_told
from weir.bureau.migrate import DATABASE
from weir.bureau.tables import audit_records
from weir.crypto.sm3 import sm3_hex
from weir.errors import AuthorisationError, IntegrityError
from weir.evidence.database import transaction
from weir.governance.entrance import Entrance
from weir.policy.roles import Act
from weir.service.answers import HttpRefusal
from weir.storage.objects import OPERATION_REPORTS, REPORTS, ObjectStore

_PART = r"[A-Za-z0-9][A-Za-z0-9_.+=-]*"
_KEY = re.compile(rf"({_PART})(/{_PART})+\.(html|json)", re.ASCII)
_TYPES = {"html": "text/html; charset=utf-8", "json": "application/json"}
_ISOLATED = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'; sandbox"
)


def routes(engine: Engine, store: ObjectStore, access: Entrance) -> APIRouter:
    """A report is the operator's text, so it comes in a sandbox: no script, no request, no form.

    Of the operator's own reports only those bytes are handed on of which a record tells.
    """
    router = APIRouter(dependencies=[Depends(access.opens_desk(Act.BUREAU_DESK_READ))])

    @router.get("/reports/{key:path}")
    def report(key: str) -> Response:
        named = _KEY.fullmatch(key)
        own = named is not None and named[1] == OPERATION_REPORTS
        told = _told(engine, key) if own else None
        if named is None or not (told if own else _knows(engine, named[1])):
            raise HttpRefusal(
                404, "report_unknown", "no such report", remedy="take it from the desk's list"
            )
        try:
            content = store.get_bytes(REPORTS, key)
        except AuthorisationError as error:
            raise HttpRefusal(
                503,
                error.code,
                "the bureau may not read the reports",
                remedy="give the bureau's credential of the store leave to read them",
            ) from error
        except IntegrityError as error:
            raise HttpRefusal(
                404,
                error.code,
                "the report is not in the store",
                remedy="ask the operator to make it again",
            ) from error
        if own and sm3_hex(content) != told:
            raise HttpRefusal(
                409,
                "report_changed",
                "the report in the store is not the one that was told of",
                remedy="ask the operator for the report whose SM3 the record gives",
            )
        headers = {"Content-Security-Policy": _ISOLATED}
        return Response(content, media_type=_TYPES[named[3]], headers=headers)

    return router


def _told(engine: Engine, key: str) -> str | None:
    with transaction(engine, DATABASE) as connection:
        return digest_told(connection, key)


def _knows(engine: Engine, scenario: str) -> bool:
    """Reports lie under their scenario's name; only of those it has records of are handed on."""
    with transaction(engine, DATABASE) as connection:
        wanted = select(audit_records.c.id).where(audit_records.c.scenario == scenario).limit(1)
        return connection.execute(wanted).first() is not None
