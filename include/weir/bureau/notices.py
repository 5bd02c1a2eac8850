"""Notices at the bureau: of rectifications it orders itself, and those that the gate issued.

A rectification is ordered and judged here, so here it is told of: in the transaction of the move
that orders it, and again in that of the move that does it. No calendar has to find it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy import Connection, select

from weir.bureau.acts import BureauActs
from weir.bureau.tables import audit_records
from weir.clock import civil_date
from weir.evidence.actions import Action
from weir.evidence.audit import AuditRecord, Legal, Target, from_bytes
from weir.governance.cases import Case, Effect
from weir.model import Principal
from weir.policy.machine import Machine
from weir.policy.machines.evaluation import EVALUATION
from weir.policy.machines.stop import STOP
from weir.policy.notices import DUTIES, Duty, notice_data, notice_of
from weir.policy.rectification import rectification_duty

_READ = 2000
_KEY = ("notice", "addressee", "ends_on")
_RECTIFIED: Mapping[str, Machine] = {one.kind: one for one in (STOP, EVALUATION)}


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeView:
    """A notice as its audit record tells it. `late` once its last day is over."""

    kind: str
    subject: str
    addressee: str
    due_on: str
    ends_on: str
    article: str
    record: UUID
    late: bool = False


def effects(acts: BureauActs) -> dict[tuple[str, str], Effect]:
    """What tells of a rectification, by kind and move."""
    tells = partial(tell, acts)
    return {
        (machine.kind, move.name): tells
        for machine in _RECTIFIED.values()
        for move in machine.moves
    }


def tell(acts: BureauActs, connection: Connection, case: Case, by: Principal) -> None:
    """Record that a rectification has to be done since the case's last move, or that it has not any
    more; nothing where the move changes neither."""
    machine = _RECTIFIED[case.kind]
    before = rectification_duty(machine, case.case_id, case.history[:-1])
    after = rectification_duty(machine, case.case_id, case.history)
    if before == after:
        return
    if before is not None:
        _record(acts, connection, Action.NOTICE_SETTLED, before, by)
    if after is not None:
        _record(acts, connection, Action.NOTICE_ISSUED, after, by)


def standing_notices(connection: Connection, now: datetime) -> tuple[NoticeView, ...]:
    """The notices of what is not done, and of what has not ended yet; the first to end first."""
    wanted = (
        select(audit_records.c.body)
        .where(
            audit_records.c.action.in_([Action.NOTICE_ISSUED.value, Action.NOTICE_SETTLED.value]),
            audit_records.c.outcome == "success",
        )
        .order_by(audit_records.c.seq.desc())
        .limit(_READ)
    )
    last: dict[tuple[str, ...], AuditRecord] = {}
    for body in connection.scalars(wanted):
        record = from_bytes(body)
        key = (record.target.name, *(_text(record, one) for one in _KEY))
        # Records may arrive in another order than they were made; of one instant, as they came.
        if key not in last or record.occurred_at > last[key].occurred_at:
            last[key] = record
    today = civil_date(now).isoformat()
    views = (
        _view(record, today)
        for record in last.values()
        if record.action == Action.NOTICE_ISSUED.value
    )
    standing = (one for one in views if one.kind in DUTIES or not one.late)
    return tuple(sorted(standing, key=lambda one: (one.ends_on, one.kind, one.subject)))


def _record(
    acts: BureauActs, connection: Connection, action: Action, duty: Duty, by: Principal
) -> None:
    acts.keep(
        connection,
        action,
        by=by,
        target=Target(kind="notice", name=duty.subject),
        legal=Legal(article=duty.article),
        data=notice_data(notice_of(duty)),
    )


def _view(record: AuditRecord, today: str) -> NoticeView:
    ends_on = _text(record, "ends_on")
    return NoticeView(
        kind=_text(record, "notice"),
        subject=record.target.name,
        addressee=_text(record, "addressee"),
        due_on=_text(record, "due_on"),
        ends_on=ends_on,
        article=record.legal.article,
        record=record.id,
        late=ends_on < today,
    )


def _text(record: AuditRecord, key: str) -> str:
    return str(record.data.get(key, ""))
