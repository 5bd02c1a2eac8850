"""A caller tells a service's no from a service's silence."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest

from weir.errors import (
    AuthorisationError,
    BureauUnavailableError,
    ContractError,
    SuspendedError,
    UnavailableError,
)
from weir.service.client import open_client, outage_in, refusal_in, send

SECRET = "geheim-wert"


class _Counting(BaseHTTPRequestHandler):
    """Would keep its connections, and counts them."""

    protocol_version = "HTTP/1.1"
    connections = 0

    def setup(self) -> None:
        type(self).connections += 1
        super().setup()

    def do_POST(self) -> None:
        self._answer(b'{"access_token": "t", "expires_in": 600}')

    def do_GET(self) -> None:
        self._answer(b"{}")

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the output of the tests clean."""


@pytest.fixture
def service() -> Iterator[str]:
    """The address of a real server."""
    _Counting.connections = 0
    server = HTTPServer(("127.0.0.1", 0), _Counting)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(10)
    server.server_close()


def _unanswered(reason: str) -> UnavailableError:
    return BureauUnavailableError("bureau_unavailable", "", where={"cause": reason})


def _client(url: str, transport: httpx.BaseTransport | None = None) -> httpx.Client:
    return open_client(url, "worker", SECRET, timeout_seconds=2, transport=transport)


def _failing(error: Exception) -> httpx.Client:
    def fail(_: httpx.Request) -> httpx.Response:
        raise error

    return _client("http://service", httpx.MockTransport(fail))


@pytest.mark.parametrize(
    "failure",
    [
        httpx.ConnectError("x"),
        httpx.ReadTimeout("x"),
        httpx.RemoteProtocolError("x"),
        httpx.LocalProtocolError("x"),
        httpx.DecodingError("x"),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_no_answer_is_told_by_its_reason_alone(failure: Exception) -> None:
    """Whatever broke, the error names its type and holds no secret."""
    with pytest.raises(BureauUnavailableError) as refusal:
        send(_failing(failure), "GET", "/x", unanswered=_unanswered)
    assert refusal.value.where == {"cause": type(failure).__name__}
    assert SECRET not in str(refusal.value)


def test_an_address_that_is_none_is_refused_when_it_is_read() -> None:
    """Asking again later would not make it one."""
    with pytest.raises(ContractError) as refusal:
        _client("http://gate:port")
    assert refusal.value.code == "service_url_invalid"
    assert SECRET not in str(refusal.value)


def _told(body: object, status: int = 409) -> httpx.Response:
    return httpx.Response(status, json=body)


def test_a_refusal_is_the_error_that_was_raised_there() -> None:
    """Class, code, article, remedy and the numbers of its place."""
    told = {
        "kind": "SuspendedError",
        "code": "suspended",
        "what": "supply is suspended",
        "where": {"scenario": "water-open", "rows": 3, "nested": {"x": 1}},
        "article": "第十六条",
        "remedy": "rectify",
    }
    error = refusal_in(_told(told))
    assert isinstance(error, SuspendedError)
    assert (error.code, error.article, error.remedy) == ("suspended", "第十六条", "rectify")
    assert error.where == {"scenario": "water-open", "rows": 3}


@pytest.mark.parametrize("kind", ["UnavailableError", "WeirError", "Mapping", "", None, 7, ["x"]])
def test_a_refusal_of_no_known_class_is_the_plainest(kind: object) -> None:
    """A no is a no, whatever it calls itself."""
    error = refusal_in(_told({"kind": kind, "code": "c", "where": [1]}))
    assert type(error) is AuthorisationError
    assert error.where == {}


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, json={"code": "c"}),
        httpx.Response(307, json={"code": "c"}),
        httpx.Response(503, json={"kind": "SuspendedError", "code": "c"}),
        httpx.Response(429, json={"kind": "AuthorisationError", "code": "rate_limited"}),
        httpx.Response(403, text="<html>"),
        httpx.Response(403, content=b"[" * 100_000),
        httpx.Response(403, content=b"\xff"),
        _told([]),
        _told({"what": "no code"}),
        _told({"code": ""}),
        _told({"code": 1}),
    ],
)
def test_what_no_service_of_ours_refuses_with_is_no_refusal(answer: httpx.Response) -> None:
    """A success, a failure, a proxy's page, another shape."""
    assert refusal_in(answer) is None


def test_no_connection_is_kept_for_the_next_call(service: str) -> None:
    """A kept one may be closed by the service at the very instant of its next use. One more is
    for the sign-in."""
    with _client(service) as client:
        for _ in range(3):
            assert send(client, "GET", "/", unanswered=_unanswered).is_success
    assert _Counting.connections == 4


def test_an_account_that_the_service_does_not_know_is_named() -> None:
    """A start signs in as many people; the service echoes none of them."""
    told = {"code": "sign_in_required", "what": "sign in"}
    client = _client(
        "http://service", httpx.MockTransport(lambda _: httpx.Response(401, json=told))
    )
    error = refusal_in(client.get("/v1/x"))
    assert error is not None
    assert error.where == {"account": "worker"}
    assert SECRET not in str(error)


@pytest.mark.parametrize(
    ("told", "remedy"),
    [({"remedy": "start it"}, "start it"), ({"remedy": ""}, "see the bureau's log")],
)
def test_what_ails_a_service_is_told_in_its_words(told: dict[str, str], remedy: str) -> None:
    """It runs: to look whether it does would lead nowhere."""
    answer = httpx.Response(503, json={"code": "database_unavailable", **told})
    failed = outage_in(answer, BureauUnavailableError, "bureau")
    assert isinstance(failed, BureauUnavailableError)
    assert (failed.code, failed.remedy) == ("database_unavailable", remedy)


@pytest.mark.parametrize(
    "answer",
    [httpx.Response(502, text="bad gateway"), httpx.Response(503, json=[]), httpx.Response(200)],
)
def test_what_another_answers_in_its_place_says_nothing_of_it(answer: httpx.Response) -> None:
    """Nor does a success."""
    assert outage_in(answer, BureauUnavailableError, "bureau") is None
