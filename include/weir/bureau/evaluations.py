"""What an evaluation needs and changes beside its own case (第二十、二十一条).

An operator is evaluated once a year, and only one that the city has authorised. One that exits
holds nothing any more: every agreement of its own ends with that move, under the bureau's
signature, so that the gate refuses its scenarios and ends every reading of them.
"""

from __future__ import annotations

from datetime import date
from functools import partial

from sqlalchemy import Connection, select, text

from weir.bureau import terminations
from weir.bureau.acts import BureauActs
from weir.bureau.tables import terminations as notices
from weir.clock import civil_date
from weir.errors import AuthorisationError
from weir.governance.cases import Case, CaseBook, Effect, read_cases
from weir.model import Principal
from weir.policy.machines.agreement import AGREEMENT, IN_FORCE
from weir.policy.machines.evaluation import EVALUATION

_ENDED = {
    "grounds": "数据运营单位未通过年度评估，已退出公共数据运营工作",
    "article": "第二十一条",
    "notice": "协议自数据运营单位退出之时起终止，停止提供一切数据。",
}


def effects(acts: BureauActs, book: CaseBook) -> dict[tuple[str, str], Effect]:
    """What opening an evaluation asks further, and what an exit ends."""
    return {
        (EVALUATION.kind, "open"): partial(_check_may_open, book),
        (EVALUATION.kind, "exit"): partial(_end_supply, acts, book),
    }


def _check_may_open(book: CaseBook, connection: Connection, case: Case, by: Principal) -> None:
    del by
    operator, year = case.facts["operator"], case.facts["year"]
    if not any(
        one.state != "drafted" and one.facts["kind"] == "operation"
        for one in _of(book, connection, AGREEMENT.kind, operator)
    ):
        raise AuthorisationError(
            "operator_unknown",
            "no operation agreement with an operator of this name ever came into force",
            article="第二十条",
            remedy="take the operator's name from its agreement: weir agreement list",
        )
    # Two people must not open one year twice.
    connection.execute(
        text("select pg_advisory_xact_lock(hashtextextended(:name, 0))"),
        {"name": f"weir.evaluation:{operator}:{year}"},
    )
    for one in _of(book, connection, EVALUATION.kind, operator):
        if one.case_id != case.case_id and one.facts["year"] == year:
            raise AuthorisationError(
                "evaluation_exists",
                f"this operator's evaluation of {year} is {one.case_id}, and {one.state}",
                article="第二十条",
                remedy="go on with that evaluation; an operator is evaluated once a year",
            )


def _end_supply(
    acts: BureauActs, book: CaseBook, connection: Connection, case: Case, by: Principal
) -> None:
    held = _of(book, connection, AGREEMENT.kind, case.facts["operator"])
    _check_none_runs_on(connection, case, held)
    sign = terminations.effects(acts)[AGREEMENT.kind, "terminate"]
    today = civil_date(case.changed_at)
    for one in sorted(held, key=lambda one: one.case_id):
        if one.state in IN_FORCE and date.fromisoformat(one.facts["ends_on"]) >= today:
            book.move_within(connection, AGREEMENT, one.case_id, "terminate", _ENDED, by, sign)


def _check_none_runs_on(connection: Connection, case: Case, held: tuple[Case, ...]) -> None:
    """An agreement has one notice: where it takes effect later, supply would go on until then."""
    later = connection.scalars(
        select(notices.c.agreement).where(
            notices.c.agreement.in_([one.case_id for one in held]),
            notices.c.effective_at > case.changed_at,
        )
    ).first()
    if later is not None:
        raise AuthorisationError(
            "termination_to_come",
            f"the agreement {later} runs on until its notice takes effect",
            article="第二十一条",
            remedy="exit from that instant on; the bureau stops supply before: weir suspend",
        )


def _of(book: CaseBook, connection: Connection, kind: str, operator: str) -> tuple[Case, ...]:
    return read_cases(connection, book.tables, kind, operator=operator, limit=None)
