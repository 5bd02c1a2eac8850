"""Notices over HTTP: whoever asks has the gate issue those that are due."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from fastapi import APIRouter, Depends

from weir.clock import civil_date
from weir.evidence.actions import Action
from weir.evidence.audit import AuditRecord, Legal, Target
from weir.gate.notice_store import NoticeStore
from weir.gate.ports import GatePorts
from weir.gate.records import GATE, About, Recorder
from weir.governance.entrance import Entrance
from weir.model import to_json
from weir.policy.notices import Duty, Notice, notices_due
from weir.policy.roles import Act

Duties = Callable[[], Iterable[Duty]]
"""What somebody has still to do at this moment: feedback, reports, rectification."""


def due_now(ports: GatePorts, duties: Iterable[Duty] = ()) -> tuple[Notice, ...]:
    """The notices that the gate's own contract files and the open `duties` call for today."""
    now, files = ports.clock.now(), ports.contracts
    return notices_due(
        files.agreements(),
        files.packs_named(),
        pack=files.pack(now),
        duties=duties,
        on=civil_date(now),
    )


def routes(ports: GatePorts, access: Entrance, duties: Duties = tuple) -> APIRouter:
    """`duties` is asked anew each time."""
    router = APIRouter(prefix="/v1")
    store = NoticeStore(ports.engine)
    recorder = Recorder(ports.clock, ports.signing_key.public.key_id)

    def record(notice: Notice) -> AuditRecord:
        about = About(
            target=Target(kind="notice", name=notice.subject), legal=Legal(article=notice.article)
        )
        told = {
            "notice": notice.kind.value,
            "addressee": notice.addressee,
            "due_on": notice.due_on.isoformat(),
            "ends_on": notice.ends_on.isoformat(),
        }
        return recorder.state(Action.NOTICE_ISSUED, about, told, by=GATE)

    @router.post(
        "/notices", status_code=201, dependencies=[Depends(access.requires(Act.NOTICE_ISSUE))]
    )
    def issue_notices() -> list[Any]:
        return [to_json(one) for one in store.issue(due_now(ports, duties()), record)]

    @router.get("/notices", dependencies=[Depends(access.requires(Act.NOTICE_READ))])
    def standing_notices() -> list[Any]:
        return [to_json(one) for one in store.not_over(civil_date(ports.clock.now()))]

    return router
