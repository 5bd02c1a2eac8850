"""Every route of gate, bureau and intake asks the one matrix, cell by cell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from fakes.both_services import Served
from weir.model import Role
from weir.policy.roles import MATRIX, Act, may

Serve = Callable[..., Served]
SERVICES = pytest.mark.parametrize("name", ["gate", "bureau", "intake"])
KEEPERS = pytest.mark.parametrize("name", ["gate", "bureau"])
OPEN = {
    "gate": {
        ("GET", "/healthz"),
        ("GET", "/desk.css"),
        ("POST", "/v1/tokens"),
        # Admitted by the bureau's signature and by nothing else.
        ("PUT", "/v1/decisions"),
        ("PUT", "/v1/orders"),
        ("PUT", "/v1/revocations"),
        ("PUT", "/v1/terminations"),
    },
    "bureau": {("GET", "/healthz"), ("GET", "/desk.css"), ("POST", "/v1/tokens")},
    "intake": {("GET", "/healthz"), ("POST", "/v1/tokens")},
}


@SERVICES
def test_every_route_asks_an_act_but_those_that_are_named(serve: Serve, name: str) -> None:
    """A new route that asks nothing is found here."""
    served = serve(name)
    doors = list(served.doors())
    assert len(doors) > len(OPEN[name])
    assert {(door.method, door.path) for door in doors if door.act is None} == OPEN[name]


def test_no_act_is_without_a_door(serve: Serve) -> None:
    """What the matrix lets somebody do can be done somewhere."""
    asked = {
        door.act
        for served in (serve("gate"), serve("bureau"), serve("intake"))
        for door in (*served.doors(), *served.moves())
    }
    assert set(MATRIX) == set(Act)
    # The gate's own steps have no door: nobody takes them for it.
    assert set(Act) - asked == {Act.RELEASE_SETTLE}


@SERVICES
def test_every_role_does_what_the_matrix_says_at_every_door(serve: Serve, name: str) -> None:
    """Allowed is never 401 or 403, not allowed exactly 403, a stranger 401."""
    served = serve(name)
    wrong = {}
    for door in (*served.doors(), *served.moves()):
        if door.act is None:
            continue
        for role in (*Role, None):
            answer = served.knock(door, role)
            told = answer.status_code
            if role is None:
                right = told == 401 and "WWW-Authenticate" in answer.headers
            elif may(role, door.act):
                right = told not in {401, 403} and told < 500
            else:
                right = told == 403 and answer.json()["code"] == "role_not_allowed"
            if not right:
                wrong[door.method, door.path, role] = told
    assert wrong == {}


@KEEPERS
def test_a_stranger_learns_no_kind_and_no_move(serve: Serve, name: str) -> None:
    """Unknown and known are one to who has not signed in; a token opens no page."""
    served = serve(name)
    for method, path in (
        ("POST", "/v1/cases/nothing/x/draft"),
        ("POST", "/v1/cases/demand/x/nothing"),
        ("GET", "/v1/cases/nothing"),
    ):
        assert served.client.request(method, path).status_code == 401
    bearer = {"Authorization": f"Bearer {served.token(Role.AUDITOR)}"}
    assert served.client.get("/", headers=bearer).status_code == 401


@SERVICES
def test_no_caller_chooses_the_act_that_is_asked(serve: Serve, name: str) -> None:
    """What a dependency is made with is no parameter of the request."""
    served = serve(name)
    for operations in served.app.openapi()["paths"].values():
        for operation in operations.values():
            assert "act" not in {one["name"] for one in operation.get("parameters", [])}
    for door in served.doors():
        for role in Role if door.act is not None else ():
            if door.act is not None and not may(role, door.act):
                allowed = next((act for act in Act if may(role, act)), "x")
                chosen = replace(door, path=f"{door.path}?act={allowed}")
                assert served.knock(chosen, role).status_code == 403, (door, role)
