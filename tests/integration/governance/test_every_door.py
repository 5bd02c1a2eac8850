"""Every route of gate, bureau and intake asks the one matrix, cell by cell."""

from __future__ import annotations

import re
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


GARBAGE = (
    b"[]",
    b"1",
    b'"\xe5\xa0\xb0"',
    b'{"a":1e999}',
    b'{"environment":"SECRET!"}',
    b"\xff\xfe",
    b"{" * 210_000,
)
LINE_BY_LINE = {"/api/v1/audit", "/api/v1/lineage", "/api/v1/audit/digests"}
"""What answers each line of a body by a receipt of its own, or takes an array."""
NOT_MOVED = {"facts_malformed", "use_agreement_unknown"}
"""Codes of moves that are not made, under another status."""


@SERVICES
def test_a_body_that_is_not_asked_for_changes_nothing(serve: Serve, name: str) -> None:
    """Whoever sends something means something: at every door it is read, or it is refused by what
    and remedy, and never with a value of it."""
    served = serve(name)
    wrong = []
    for door in (*served.doors(), *served.moves()):
        if door.method not in {"POST", "PUT"} or door.template in LINE_BY_LINE:
            continue
        role = next((one for one in Role if door.act is None or may(one, door.act)), None)
        headers = served.bears(role, replace(door, desk=door.path == "/v1/tokens"))
        for body in GARBAGE:
            path = re.sub("{[a-z_]+}", "x", door.path)
            answer = served.client.request(door.method, path, headers=headers, content=body)
            told = answer.json()
            refused = answer.status_code in {400, 413, 422} or told.get("code") in NOT_MOVED
            if not (refused and told["what"] and told["remedy"] and "SECRET" not in answer.text):
                wrong.append((door.method, door.path, body[:30], answer.status_code, told))
    assert wrong == []


@SERVICES
def test_an_empty_object_stands_for_no_body(serve: Serve, name: str) -> None:
    """Clients that always send JSON are answered as those that send nothing."""
    served = serve(name)
    doors = (one for one in served.doors() if one.path == "/v1/tokens")
    headers = served.bears(Role.AUDITOR, replace(next(doors), desk=True))
    for body in (b"", b"{}", b" {} "):
        assert served.client.post("/v1/tokens", headers=headers, content=body).status_code == 200
    assert served.client.post("/v1/tokens", headers=headers, content=b"[]").status_code == 422


@SERVICES
def test_what_is_not_there_is_told_with_a_remedy(serve: Serve, name: str) -> None:
    """Of an address, of a method, and of what no name may hold."""
    served = serve(name)
    for method, path, status in (
        ("GET", "/nowhere", 404),
        ("GET", "/nowhere%00", 404),
        ("GET", "/v1/tokens", 405),
    ):
        answer = served.client.request(method, path)
        told = answer.json()
        assert answer.status_code == status
        assert told["what"]
        assert told["remedy"]
