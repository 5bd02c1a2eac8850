"""A client signs in, keeps its token until shortly before its end, and signs in again once."""

from __future__ import annotations

import base64
import json

import httpx
import pytest

from weir.service.sign_in import SignIn, SignInFailed

SECRET = "geheim: 口令"


class Service:
    """A service whose tokens are numbers; every request that reaches it is noted."""

    def __init__(self) -> None:
        self.seconds: object = 600
        self.taken: set[str] | None = None
        self.answers: list[httpx.Response] = []
        self.asked: list[str] = []
        self.urls: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.headers.get("Authorization", ""))
        self.urls.append(str(request.url))
        if request.url.path.endswith("/v1/tokens"):
            if self.answers:
                return self.answers.pop(0)
            told = {"access_token": f"t{len(self.signed_in)}", "expires_in": self.seconds}
            return httpx.Response(200, json=told)
        bearer = request.headers["Authorization"].removeprefix("Bearer ")
        if self.taken is not None and bearer not in self.taken:
            return httpx.Response(401, json={"code": "token_expired"})
        return httpx.Response(200, json=[bearer, request.content.decode()])

    @property
    def signed_in(self) -> list[str]:
        return [header for header in self.asked if header.startswith("Basic")]


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def ticks() -> list[float]:
    return [0.0]


@pytest.fixture
def client(service: Service, ticks: list[float]) -> httpx.Client:
    auth = SignIn("http://gate:1/", "worker", SECRET, lambda: ticks[0])
    return httpx.Client(base_url="http://gate:1", auth=auth, transport=httpx.MockTransport(service))


def test_one_sign_in_serves_until_shortly_before_its_end(
    client: httpx.Client, service: Service, ticks: list[float]
) -> None:
    """Account and secret go to the token's address alone, in UTF-8."""
    assert [client.get("/x").json()[0] for _ in range(3)] == ["t1", "t1", "t1"]
    basic = base64.b64decode(service.signed_in[0].removeprefix("Basic ")).decode()
    assert basic == f"worker:{SECRET}"
    assert service.urls[0] == "http://gate:1/v1/tokens"
    ticks[0] = 569.0
    assert client.get("/x").json()[0] == "t1"
    ticks[0] = 571.0
    assert client.get("/x").json()[0] == "t2"


def test_a_token_that_is_refused_is_replaced_once(client: httpx.Client, service: Service) -> None:
    """The body is sent again; a second no is the answer."""
    client.get("/x")
    service.taken = {"t2"}
    assert client.post("/x", content=b"rows").json() == ["t2", "rows"]
    service.taken = set()
    before = len(service.asked)
    assert client.get("/x").status_code == 401
    assert len(service.asked) == before + 3


def test_a_fresh_token_that_is_refused_is_not_replaced(
    client: httpx.Client, service: Service
) -> None:
    """Asking again would change nothing."""
    service.taken = set()
    assert client.get("/x").status_code == 401
    assert len(service.signed_in) == 1


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_a_refused_sign_in_is_the_answer(
    client: httpx.Client, service: Service, status: int
) -> None:
    """The request itself is not sent; the next one signs in anew."""
    service.answers = [httpx.Response(status, json={"code": "sign_in_required"})]
    answer = client.get("/x")
    assert (answer.status_code, answer.json()["code"]) == (status, "sign_in_required")
    assert len(service.asked) == 1
    assert client.get("/x").json()[0] == "t2"


@pytest.mark.parametrize(
    "told",
    [
        b"",
        b"ok",
        b"[]",
        b"[" * 100_000,
        b"{}",
        json.dumps({"access_token": 1, "expires_in": 600}).encode(),
        json.dumps({"access_token": "t", "expires_in": "600"}).encode(),
        json.dumps({"access_token": "令牌", "expires_in": 600}).encode(),
    ],
    ids=lambda told: str(told[:30]),
)
def test_what_is_no_token_is_never_taken_for_the_answer(
    client: httpx.Client, service: Service, told: bytes
) -> None:
    """Another service's success must not look like this one's."""
    service.answers = [httpx.Response(200, content=told)]
    with pytest.raises(SignInFailed) as failure:
        client.get("/x")
    assert SECRET not in str(failure.value)


def test_nothing_printed_holds_the_secret() -> None:
    """Neither as it is nor in Base64."""
    text = repr(SignIn("http://gate:1", "worker", SECRET))
    assert "worker" in text
    assert SECRET not in text
    assert base64.b64encode(f"worker:{SECRET}".encode()).decode() not in text
