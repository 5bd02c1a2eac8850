"""What any caller of any service meets first: limits, errors, headers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import Depends
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient
from jinja2 import UndefinedError
from structlog.testing import capture_logs

from weir.errors import (
    ApprovalError,
    AuthorisationError,
    IntegrityError,
    StoreUnavailableError,
    SuspendedError,
    WeirError,
)
from weir.service.app import new_service
from weir.service.bodies import json_body, limited_body
from weir.service.pages import stylesheet, templates

LIMIT_BYTES = 1000
VALUE = "言谨之 510903199001019995"
SHAPE = {"kind", "code", "what", "where", "article", "remedy"}
ERRORS: dict[str, tuple[WeirError, int]] = {
    "store": (StoreUnavailableError("store_unavailable", ""), 503),
    "suspended": (SuspendedError("suspended", "", article="第十六条"), 409),
    "approval": (ApprovalError("approval_missing", ""), 409),
    "denied": (AuthorisationError("store_denied", ""), 409),
    "integrity": (IntegrityError("digest_mismatch", "", where={"rows": 3}), 422),
    "unknown": (IntegrityError("thing_unknown", ""), 404),
}

Raw = Annotated[bytes, Depends(limited_body(LIMIT_BYTES))]
Json = Annotated[Any, Depends(json_body(LIMIT_BYTES))]


@pytest.fixture
def caller() -> TestClient:
    app = new_service("test", statuses={"thing_unknown": 404})

    @app.get("/maybe")
    def maybe() -> None:
        """Answer."""

    @app.post("/raw")
    def raw(body: Raw) -> int:
        return len(body)

    @app.post("/json")
    def parsed(body: Json) -> Any:
        return body

    @app.get("/errors/{name}")
    def fail(name: str) -> None:
        raise ERRORS[name][0]

    @app.get("/bug")
    def bug() -> None:
        raise ZeroDivisionError(VALUE)

    @app.get("/broken")
    def broken() -> StreamingResponse:
        def pieces() -> Iterator[bytes]:
            yield b"first"
            raise ZeroDivisionError(VALUE)

        return StreamingResponse(pieces())

    @app.get("/numbers/{number}")
    def number(number: int) -> int:
        return number

    return TestClient(app)


BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.mark.parametrize(
    ("address", "status", "title"),
    [
        ("/nowhere", 404, "没有找到"),
        ("/numbers/zzz", 422, "地址有误"),
        ("/errors/unknown", 404, "没有找到"),
        ("/errors/store", 503, "暂不可用"),
        ("/errors/suspended", 409, "已拒绝"),
    ],
)
def test_a_browser_is_answered_by_a_page(
    caller: TestClient, address: str, status: int, title: str
) -> None:
    """Chinese first, with nothing of the address in it; every other caller is given JSON."""
    page = caller.get(address, headers=BROWSER)
    assert (page.status_code, page.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert f"<h1>{title}" in page.text
    assert "zzz" not in page.text
    assert "nowhere" not in page.text
    told = caller.get(address)
    assert (told.status_code, set(told.json())) == (status, SHAPE)


def test_an_address_that_is_none_is_told_with_a_remedy(caller: TestClient) -> None:
    """To browsers and to programs."""
    assert caller.get("/nowhere").json()["remedy"]
    assert "办法" in caller.get("/numbers/zzz", headers=BROWSER).text


def test_a_body_is_read_up_to_its_limit(caller: TestClient) -> None:
    """One byte more is refused, also where no length was announced."""
    assert caller.post("/raw", content=b"x" * LIMIT_BYTES).json() == LIMIT_BYTES
    for content in (b"x" * (LIMIT_BYTES + 1), (b"x" * 300 for _ in range(4))):
        answer = caller.post("/raw", content=content)
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_a_compressed_body_is_refused(caller: TestClient) -> None:
    """A small body could unpack to a large one."""
    answer = caller.post("/raw", content=b"\x1f\x8b", headers={"Content-Encoding": "gzip"})
    assert (answer.status_code, answer.json()["code"]) == (415, "encoding_unsupported")


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe", b"[" * 900, b"NaN", b'{"a":1,"a":2}', b'"\\u0000"', b'"\\ud800"'],
)
def test_what_is_no_json_is_refused_without_an_echo(caller: TestClient, content: bytes) -> None:
    """By the letter of the standard, so that no two readers take it for different things."""
    assert caller.post("/json", content=b'{"a": [1]}').json() == {"a": [1]}
    answer = caller.post("/json", content=content)
    assert (answer.status_code, answer.json()["code"]) == (422, "json_malformed")
    assert set(answer.json()) == SHAPE


@pytest.mark.parametrize("name", ERRORS)
def test_every_error_has_its_status_and_one_form(caller: TestClient, name: str) -> None:
    """By its class, or by its code where the service says so; the client can raise it again."""
    error, status = ERRORS[name]
    answer = caller.get(f"/errors/{name}")
    assert answer.status_code == status
    assert answer.json() == {
        "kind": type(error).__name__,
        "code": error.code,
        "what": "",
        "where": error.where,
        "article": error.article,
        "remedy": "",
    }


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("DELETE", "/raw", 405, "method_not_allowed"),
        ("GET", "/numbers/x", 422, "request_malformed"),
        ("GET", "/docs", 404, "not_found"),
        ("GET", "/openapi.json", 404, "not_found"),
    ],
)
def test_what_no_route_takes_is_answered_in_the_same_form(
    caller: TestClient, method: str, path: str, status: int, code: str
) -> None:
    """And no document of the routes is generated."""
    answer = caller.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert set(answer.json()) == SHAPE


def test_a_bug_is_answered_and_logged_by_its_type_alone(caller: TestClient) -> None:
    """The text of a foreign error may hold a value."""
    with capture_logs() as logged:
        answer = caller.get("/bug")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert answer.json()["what"] == "ZeroDivisionError"
    assert [entry["event"] for entry in logged] == ["request_failed"]
    assert "510903" not in answer.text + str(logged)


@pytest.mark.parametrize("path", ["/maybe", "/nowhere", "/errors/store", "/bug"])
def test_every_answer_is_bare_and_kept_by_nobody(caller: TestClient, path: str) -> None:
    """Successes, refusals and failures alike."""
    headers = caller.get(path).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
    assert "script" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"


def test_pages_escape_and_miss_nothing_silently(tmp_path: Path) -> None:
    """Markup in a value is text, an unknown name is an error, an instant is Shanghai's."""
    (tmp_path / "page.html").write_text("{{ name }} {{ at | local }}", encoding="utf-8")
    (tmp_path / "desk.css").write_text("", encoding="utf-8")
    page = templates(tmp_path).get_template("page.html")
    at = datetime(2026, 11, 23, 17, 0, 5, tzinfo=UTC)
    assert page.render(name="<b>", at=at) == "&lt;b&gt; 2026-11-24 01:00:05"
    assert page.render(name="", at=None) == " "
    with pytest.raises(UndefinedError):
        page.render(name="")
    app = new_service("test")
    app.include_router(stylesheet(tmp_path))
    assert TestClient(app).get("/desk.css").headers["Content-Type"].startswith("text/css")


@pytest.mark.parametrize("path", ["/%00", "/x%00y", "/?q=%00"])
def test_a_nul_in_an_address_names_nothing(caller: TestClient, path: str) -> None:
    """No database can be asked for it; the answer has the form of any other."""
    answer = caller.get(path)
    assert answer.status_code == 404
    assert answer.json().keys() == SHAPE


def test_an_answer_that_breaks_off_tells_the_kind_of_error_alone(caller: TestClient) -> None:
    """What was sent stays sent, under the same headers; nothing passes for the rest of it."""
    with capture_logs() as logs:
        answer = caller.get("/broken")
    assert answer.content == b"first"
    assert answer.headers["Cache-Control"] == "no-store"
    assert [one["error"] for one in logs if one["event"] == "request_failed"] == [
        "ZeroDivisionError"
    ]
    assert VALUE not in str(logs)
