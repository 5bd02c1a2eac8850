from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest

from weir.errors import (
    AuthorisationError,
    GateUnavailableError,
    SuspendedError,
    UnavailableError,
    WeirError,
)
from weir.gate.client import GateClient
from weir.model import Digest, ObjectRef, ReleaseId, ReleaseState, RunId, ScenarioId

STATUS = {
    "release_id": "rel-1",
    "scenario": "sme-credit",
    "run_id": "r1",
    "state": "refused",
    "reason": {"code": "suspended", "what": "w", "article": "第十六条", "remedy": ""},
    "rows": 0,
    "objects": 0,
    "published_at": None,
}


def _client(answer: Callable[[httpx.Request], httpx.Response]) -> GateClient:
    """A client of a gate that signs everybody in and then gives this answer."""

    def signed_in(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/tokens":
            return httpx.Response(200, json={"access_token": "the-token", "expires_in": 600})
        return answer(request)

    transport = httpx.MockTransport(signed_in)
    return GateClient("http://gate", "worker", "geheim", transport=transport)


def _says(status: int, body: object) -> GateClient:
    return _client(lambda _: httpx.Response(status, json=body))


def test_a_refusal_comes_back_as_the_error_the_gate_raised() -> None:
    """Class, code, article and remedy survive the wire."""
    body = {
        "kind": "SuspendedError",
        "code": "suspended",
        "what": "the bureau has suspended supply",
        "where": {"scenario": "sme-credit"},
        "article": "第十六条",
        "remedy": "rectify",
    }
    with pytest.raises(SuspendedError) as refusal:
        _says(409, body).standing(ScenarioId("sme-credit"))
    error = refusal.value
    assert (error.code, error.article, error.where) == (
        "suspended",
        "第十六条",
        {"scenario": "sme-credit"},
    )


@pytest.mark.parametrize(
    "kind", ["UnavailableError", "WeirError", "annotations", "Mapping", "os", "", None, 7]
)
def test_a_refusal_of_no_known_kind_is_still_a_refusal(kind: object) -> None:
    """What the gate says no to is never retried, whatever the answer calls itself."""
    with pytest.raises(AuthorisationError):
        _says(403, {"kind": kind, "code": "c", "what": "w"}).standing(ScenarioId("s"))


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500, json={"code": "internal_error"}),
        httpx.Response(502, text="<html>Bad gateway</html>"),
        httpx.Response(503, json={"kind": "StoreUnavailableError", "code": "x", "what": "y"}),
        httpx.Response(200, text="ok"),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={"release_id": 1}),
        httpx.Response(429, json={"kind": "AuthorisationError", "code": "rate_limited"}),
        httpx.Response(307, headers={"Location": "http://elsewhere"}, json={}),
        httpx.Response(403, text="no JSON"),
        httpx.Response(403, json=["no", "object"]),
    ],
    ids=lambda answer: f"{answer.status_code}-{len(answer.content)}",
)
def test_an_answer_that_is_none_is_an_outage(answer: httpx.Response) -> None:
    """A failing gate, a proxy's page or another service: asked again later, nothing concluded."""
    with pytest.raises(GateUnavailableError):
        _client(lambda _: answer).release_status(ReleaseId("rel-1"))


@pytest.mark.parametrize(
    "failure", [httpx.ConnectError("x"), httpx.ReadTimeout("x"), httpx.RemoteProtocolError("x")]
)
def test_a_gate_that_does_not_answer_is_an_outage(failure: httpx.TransportError) -> None:
    """Every transport failure may succeed later; no error carries secret or token."""

    def fail(_: httpx.Request) -> httpx.Response:
        raise failure

    with pytest.raises(UnavailableError) as refusal:
        _client(fail).releases()
    assert "geheim" not in str(refusal.value)
    assert "the-token" not in str(refusal.value)


def test_nobody_listening_is_an_outage() -> None:
    """A real connection to a closed port."""
    with pytest.raises(GateUnavailableError):
        GateClient("http://127.0.0.1:1", "worker", "s").releases()


def test_a_release_is_requested_by_reference() -> None:
    """The manifest's place and digest go over the wire, and nothing of the product."""
    seen: list[httpx.Request] = []

    def keep(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(202, json=STATUS)

    manifest = ObjectRef(
        bucket="weir-staging", key="k/manifest.json", sm3=Digest("0" * 64), size_bytes=7
    )
    status = _client(keep).request_release(
        ScenarioId("sme-credit"), RunId("run-1"), manifest, "engineer"
    )
    assert status.state is ReleaseState.REFUSED
    assert status.reason is not None
    assert status.reason.code == "suspended"
    (request,) = seen
    assert request.headers["Authorization"] == "Bearer the-token"
    assert json.loads(request.content) == {
        "scenario": "sme-credit",
        "run_id": "run-1",
        "manifest": {
            "bucket": "weir-staging",
            "key": "k/manifest.json",
            "sm3": "0" * 64,
            "size_bytes": 7,
        },
        "requested_by": "engineer",
    }


@pytest.mark.parametrize("name", ["a?b=c", "a#b", "场景", "%2e%2e"])
def test_a_name_cannot_leave_its_place_in_the_address(name: str) -> None:
    """A hostile release name asks for a release of that name and for nothing else."""
    seen: list[bytes] = []

    def keep(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.raw_path)
        return httpx.Response(404, json={"kind": "IntegrityError", "code": "release_unknown"})

    with pytest.raises(WeirError):
        _client(keep).release_status(ReleaseId(name))
    assert seen[0].startswith(b"/v1/releases/")
    assert seen[0].count(b"/") == 3
    assert b"?" not in seen[0]
