"""Data users over HTTP: the operator's stops (第十九条) and their feedback (第十四条)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from sqlalchemy import Connection

from weir.contracts.agreement import UseAgreement
from weir.errors import AuthorisationError, IntegrityError
from weir.evidence.audit import new_id
from weir.evidence.database import transaction
from weir.gate.credentials import Credentials
from weir.gate.duties import feedback_owed
from weir.gate.migrate import DATABASE
from weir.gate.ports import GatePorts
from weir.gate.scopes import only_of_the_known, only_once
from weir.governance.cases import Case, CaseBook, Effect
from weir.governance.entrance import Entrance
from weir.governance.routes import LIMIT_BYTES, case_json
from weir.model import Principal, to_json
from weir.policy.feedback import feedback_case, quarters_begun
from weir.policy.machines.feedback import FEEDBACK
from weir.policy.machines.user_stop import USER_STOP
from weir.policy.roles import Act
from weir.service.bodies import json_body

Body = Annotated[Any, Depends(json_body(LIMIT_BYTES))]


def routes(
    ports: GatePorts,
    access: Entrance,
    credentials: Credentials,
    book: CaseBook,
    wake: Callable[[], None],
) -> APIRouter:
    """`wake` tells the worker that there is something to do."""
    router = APIRouter(prefix="/v1")
    checks = feedback_is_its_own(ports)
    known = only_of_the_known(ports)

    def once(connection: Connection, case: Case, by: Principal) -> None:
        known(connection, case, by)
        only_once(connection, case)

    stops_users = [Depends(access.requires(Act.USER_STOP))]

    @router.post("/stops", status_code=201, dependencies=stops_users)
    def stop(request: Request, body: Body) -> Any:
        by = access.known(request)
        made = book.move(USER_STOP, f"stop-{new_id(ports.clock)}", "stop", body, by, once)
        return {"case": case_json(made), **_obey(credentials, wake)}

    @router.post("/stops/{stop_id}/lift", dependencies=stops_users)
    def lift(request: Request, stop_id: str, body: Body) -> Any:
        by = access.known(request)
        made = book.move(USER_STOP, stop_id, "lift", body, by)
        return {"case": case_json(made), **_obey(credentials, wake)}

    @router.get("/stops", dependencies=[Depends(access.requires(Act.USER_STOP_READ))])
    def stops(state: str | None = None) -> list[Any]:
        if state is not None:
            USER_STOP.check_state(state)
        return [case_json(one) for one in book.listed(USER_STOP.kind, state)]

    @router.post(
        "/use-agreements/{agreement}/feedback",
        status_code=201,
        dependencies=[Depends(access.requires(Act.FEEDBACK_GIVE))],
    )
    def give(request: Request, agreement: str, body: Body) -> Any:
        by = access.known(request)
        use = _agreement(ports, agreement)
        told = body if isinstance(body, dict) else {}
        facts = {**told, "use_agreement": use.agreement}
        begun = quarters_begun(use, ports.clock.now())
        quarter = told.get("quarter")
        case_id = feedback_case(use.agreement, quarter if quarter in begun else "unknown")
        return case_json(book.move(FEEDBACK, case_id, "give", facts, by, checks))

    @router.get("/feedback", dependencies=[Depends(access.requires(Act.FEEDBACK_READ))])
    def feedback() -> list[Any]:
        with transaction(ports.engine, DATABASE) as connection:
            owed = feedback_owed(connection, ports.contracts, ports.clock.now())
        return [to_json(one) for one in owed]

    return router


def feedback_is_its_own(ports: GatePorts) -> Effect:
    """Undoes feedback that is not the caller's to give, or on a quarter that has not begun."""

    def check(connection: Connection, case: Case, by: Principal) -> None:
        del connection
        use = _agreement(ports, case.facts["use_agreement"])
        if by.org != use.data_user:
            raise AuthorisationError(
                "feedback_of_another",
                "the use agreement is another data user's",
                article="第十四条",
                remedy="a data user reports on its own use",
            )
        quarter = case.facts["quarter"]
        begun = quarters_begun(use, ports.clock.now())
        if quarter not in begun or case.case_id != feedback_case(use.agreement, quarter):
            raise AuthorisationError(
                "feedback_quarter_unknown",
                "no feedback is due on this quarter under this name",
                article="第十四条",
                remedy="report on one of: " + ", ".join(begun[-4:]),
            )

    return check


def wakes(wake: Callable[[], None], check: Effect | None = None) -> Effect:
    """Has the worker look soon, where `check` lets the move be made: what it obeys is kept by
    then, or at its next look."""

    def effect(connection: Connection, case: Case, by: Principal) -> None:
        if check is not None:
            check(connection, case, by)
        wake()

    return effect


def _obey(credentials: Credentials, wake: Callable[[], None]) -> dict[str, Any]:
    done = credentials.enforce_now()
    wake()
    return done


def _agreement(ports: GatePorts, name: str) -> UseAgreement:
    for use in ports.contracts.use_agreements():
        if use.agreement == name:
            return use
    raise IntegrityError(
        "use_agreement_unknown",
        "the gate holds no use agreement of this name",
        article="第十四条",
        remedy="check its name",
    )
