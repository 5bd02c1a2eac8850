"""Cases over HTTP: one address for every move of every machine a service keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import TypeAdapter, ValidationError

from weir.contracts.dataset import Name
from weir.errors import AuthorisationError, IntegrityError
from weir.governance.cases import Case, CaseBook, Effect
from weir.governance.entrance import Entrance
from weir.model import to_json
from weir.policy.machine import Machine
from weir.policy.procedures import READ_BY
from weir.service.bodies import json_body

LIMIT_BYTES = 256 * 1024

Body = Annotated[Any, Depends(json_body(LIMIT_BYTES))]

_NAME: TypeAdapter[str] = TypeAdapter(Name)


def case_routes(
    book: CaseBook,
    machines: Mapping[str, Machine],
    entrance: Entrance,
    effects: Mapping[tuple[str, str], Effect] | None = None,
) -> APIRouter:
    """`effects` is what else a move changes, by kind and move. A stranger learns nothing, not even
    which kinds there are."""
    router = APIRouter(prefix="/v1/cases", dependencies=[Depends(entrance.known)])
    further = effects or {}

    def machine_of(kind: str) -> Machine:
        if kind not in machines:
            raise IntegrityError(
                "kind_unknown",
                "this service keeps no cases of this kind",
                remedy="it keeps: " + ", ".join(machines),
            )
        return machines[kind]

    def permits_move(request: Request, kind: str, move: str) -> None:
        # A dependency, so that nothing is read of a body that will not be looked at.
        entrance.permit(request, machine_of(kind).move(move).act)

    @router.post("/{kind}/{case_id}/{move}", dependencies=[Depends(permits_move)])
    def make_move(request: Request, kind: str, case_id: str, move: str, body: Body) -> Any:
        machine = machine_of(kind)
        by = entrance.known(request)
        effect = further.get((kind, move))
        return case_json(book.move(machine, _checked(case_id), move, body, by, effect))

    @router.get("/{kind}/{case_id}")
    def one_case(request: Request, kind: str, case_id: str) -> Any:
        entrance.permit(request, READ_BY[machine_of(kind).kind])
        held = book.find(kind, _checked(case_id))
        if held is None:
            raise IntegrityError("case_unknown", "there is no such case", remedy="check its name")
        return case_json(held)

    @router.get("/{kind}")
    def some_cases(request: Request, kind: str, state: str | None = None) -> Any:
        entrance.permit(request, READ_BY[machine_of(kind).kind])
        return [case_json(one) for one in book.listed(kind, state)]

    return router


def case_json(case: Case) -> Any:
    """A case as services answer it."""
    return to_json(case)


def _checked(case_id: str) -> str:
    try:
        return _NAME.validate_python(case_id)
    except ValidationError:
        raise AuthorisationError(
            "case_name_malformed",
            "a case is named in lower-case ASCII letters, digits and hyphens",
            remedy="check its name; letters that look alike are not the same",
        ) from None
