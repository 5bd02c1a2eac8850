"""Cases over HTTP: one address for every move of every machine a service keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from weir.errors import IntegrityError
from weir.governance.cases import Case, CaseBook, Effect, check_case_name
from weir.governance.entrance import Entrance
from weir.model import Principal, to_json
from weir.policy.machine import Machine
from weir.policy.procedures import READ_BY
from weir.policy.roles import may
from weir.service.bodies import json_body

LIMIT_BYTES = 256 * 1024

Body = Annotated[Any, Depends(json_body(LIMIT_BYTES))]


def case_routes(
    book: CaseBook,
    machines: Mapping[str, Machine],
    entrance: Entrance,
    effects: Mapping[tuple[str, str], Effect] | None = None,
) -> APIRouter:
    """`effects` is what else a move changes, by kind and move. A stranger learns nothing, not even
    which kinds there are."""
    router = APIRouter(prefix="/v1/cases", dependencies=[Depends(entrance.recognised)])
    further = effects or {}

    def machine_of(kind: str) -> Machine:
        if kind not in machines:
            raise IntegrityError(
                "kind_unknown",
                "this service keeps no cases of this kind",
                remedy="it keeps: " + ", ".join(machines),
            )
        return machines[kind]

    async def mover(request: Request, kind: str, move: str) -> Principal:
        return await entrance.admit(request, machine_of(kind).move(move).act)

    permitted = Depends(mover)
    """Before the body: nothing is read of one that will not be looked at."""

    @router.post("/{kind}/{case_id}/{move}", dependencies=[permitted])
    def make_move(
        kind: str, case_id: str, move: str, body: Body, by: Principal = permitted
    ) -> JSONResponse:
        effect = further.get((kind, move))
        made = book.move(machine_of(kind), case_id, move, body, by, effect)
        if not may(by.role, READ_BY[kind]):
            # What others stated on this case is not for this role.
            told = {"kind": made.kind, "case_id": made.case_id, "state": made.state}
            return JSONResponse(told)
        return JSONResponse(case_json(made))

    @router.get("/{kind}/{case_id}")
    def one_case(request: Request, kind: str, case_id: str) -> JSONResponse:
        entrance.permit(request, READ_BY[machine_of(kind).kind])
        check_case_name(case_id, machine_of(kind).article)
        held = book.find(kind, case_id)
        if held is None:
            raise IntegrityError("case_unknown", "there is no such case", remedy="check its name")
        return JSONResponse(case_json(held))

    @router.get("/{kind}")
    def some_cases(
        request: Request, kind: str, state: str | None = None, scenario: str | None = None
    ) -> JSONResponse:
        entrance.permit(request, READ_BY[machine_of(kind).kind])
        if state is not None:
            machine_of(kind).check_state(state)
        found = book.listed(kind, state, scenario=scenario)
        return JSONResponse([case_json(one) for one in found])

    return router


def case_json(case: Case) -> Any:
    """A case as services answer it."""
    return to_json(case)
