"""Who is let in, what is kept of those who are not, and how often anybody may try."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from structlog.testing import capture_logs

from fakes.both_services import Served
from fakes.people import UNBOUND, account_id, one_of_each, principal_of, secret_of
from fakes.small_city import NOW
from weir.bureau.tables import audit_records
from weir.crypto.sm2 import SigningKey
from weir.evidence.audit import AuditRecord, from_bytes
from weir.evidence.tables import outbox
from weir.governance.attempts import KEPT
from weir.governance.entrance import Limits
from weir.model import Role
from weir.service.accounts import Account, Accounts, Verifier, write_accounts
from weir.service.limits import Rate
from weir.service.tokens import Tokens

Serve = Callable[..., Served]
SERVICES = pytest.mark.parametrize("name", ["gate", "bureau"])
READ = {"gate": "/v1/releases", "bureau": "/v1/orders"}
FORBIDDEN = {"gate": "/v1/use-agreements/ua-1/credentials", "bureau": "/v1/decisions"}
AUDITOR, AUDITORS_SECRET = account_id(Role.AUDITOR), secret_of(Role.AUDITOR).encode()


def kept(served: Served) -> list[AuditRecord]:
    """The refused attempts in the service's own log."""
    body = outbox.c.body if served.name == "gate" else audit_records.c.body
    with served.engine.begin() as connection:
        records = [from_bytes(one) for one in connection.execute(select(body)).scalars()]
    return [record for record in records if record.action == "access.refused"]


def bears(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


class Hand:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.instant = NOW

    def now(self) -> datetime:
        return self.instant


@SERVICES
def test_account_and_secret_give_a_token_that_opens(serve: Serve, name: str) -> None:
    """The whole way, over HTTP, for every role."""
    served = serve(name)
    for role in Role:
        answer = served.client.post("/v1/tokens", auth=(account_id(role), secret_of(role).encode()))
        told = answer.json()
        assert (told["token_type"], told["expires_in"]) == ("Bearer", 600)
        opened = served.client.get(READ[name], headers=bears(told["access_token"])).status_code
        assert opened in {200, 403}
    assert served.client.get("/v1/tokens").status_code == 405


@SERVICES
def test_a_wrong_sign_in_is_told_nothing_and_logged_without_what_was_tried(
    serve: Serve, name: str
) -> None:
    """A wrong secret and an unknown account look alike; the log holds neither."""
    served = serve(name)
    pairs = ((AUDITOR, b"geheim"), ("geheim-nobody", AUDITORS_SECRET), ("", b""))
    headers = ("Basic !!!", "Basic /w==", "Basic", "Bearer x", "Basic YQ==")
    with capture_logs() as logged:
        answers = [
            *(served.client.post("/v1/tokens", auth=auth) for auth in pairs),
            *(served.client.post("/v1/tokens", headers={"Authorization": h}) for h in headers),
        ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    assert all(answer.headers["WWW-Authenticate"].startswith("Basic") for answer in answers)
    assert "geheim" not in str(logged) + answers[0].text
    assert kept(served) == []


@SERVICES
def test_tokens_of_others_open_nothing(serve: Serve, name: str) -> None:
    """Of the other service, of another key, of an account that is not here or is another."""
    served = serve(name)
    mine = Tokens(audience=name, key=served.key, clock=served.clock)
    auditor = principal_of(Role.AUDITOR)
    other = "bureau" if name == "gate" else "gate"
    tokens = {
        "token_audience": replace(mine, audience=other).issue(auditor),
        "token_foreign": replace(mine, key=SigningKey.generate()).issue(auditor),
        "token_malformed": "x",
        "token_refused": "",
        "account_changed": mine.issue(replace(auditor, role=Role.BUREAU_DIRECTOR)),
    }
    for code, token in tokens.items():
        answer = served.client.get(READ[name], headers=bears(token))
        assert (answer.status_code, answer.json()["code"]) == (401, code)
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    nobody = mine.issue(replace(auditor, id="nobody"))
    assert served.client.get(READ[name], headers=bears(nobody)).status_code == 401
    assert kept(served) == []


@SERVICES
def test_a_token_ends_and_a_clock_turned_back_does_not_revive_it(serve: Serve, name: str) -> None:
    """Nor is one good that is of a time to come."""
    clock = Hand()
    served = serve(name, clock=clock)
    token = served.token(Role.AUDITOR)

    def code(token: str) -> str:
        answer = served.client.get(READ[name], headers=bears(token))
        return "" if answer.is_success else str(answer.json()["code"])

    assert code(token) == ""
    clock.instant = NOW + timedelta(seconds=601)
    assert code(token) == "token_expired"
    clock.instant = NOW
    assert code(token) == "token_expired"
    clock.instant = NOW + timedelta(days=1)
    later = served.token(Role.AUDITOR)
    clock.instant = NOW
    assert code(later) == "token_early"


@SERVICES
def test_a_removed_account_is_out_with_its_token(serve: Serve, name: str, tmp_path: Path) -> None:
    """The file is read anew; a token that was good is replayed in vain."""
    path = tmp_path / "own" / "accounts.json"
    everybody = dict(one_of_each())
    write_accounts(path, everybody)
    served = serve(name, accounts=Accounts(path))
    token = served.token(Role.AUDITOR)
    assert served.client.get(READ[name], headers=bears(token)).status_code == 200
    assert served.client.get("/", auth=(AUDITOR, AUDITORS_SECRET)).status_code == 200
    write_accounts(path, {key: one for key, one in everybody.items() if key != AUDITOR})
    answer = served.client.get(READ[name], headers=bears(token))
    assert (answer.status_code, answer.json()["code"]) == (401, "account_changed")
    assert served.client.post("/v1/tokens", auth=(AUDITOR, AUDITORS_SECRET)).status_code == 401
    assert served.client.get("/", auth=(AUDITOR, AUDITORS_SECRET)).status_code == 401
    path.write_text("{")
    answer = served.client.get(READ[name], headers=bears(served.token(Role.WORKER)))
    assert (answer.status_code, answer.json()["code"]) == (503, "accounts_unreadable")


@SERVICES
def test_what_a_known_caller_was_refused_is_kept_and_a_flood_is_not(
    serve: Serve, name: str
) -> None:
    """Who tried what; beyond the rate it is counted and only logged."""
    served = serve(name)
    token = served.token(Role.DATA_USER)
    for _ in range(KEPT.burst + 50):
        answer = served.client.post(FORBIDDEN[name], headers=bears(token))
        assert (answer.status_code, answer.json()["code"]) == (403, "role_not_allowed")
    records = kept(served)
    assert KEPT.burst <= len(records) <= KEPT.burst + 5
    record = records[0]
    assert (record.outcome, record.reason_code) == ("refused", "role_not_allowed")
    assert (record.initiator.id, record.initiator.role) == ("the-data-user", "data_user")
    assert record.initiator.org == "reading-society"
    assert record.target.kind == "act"
    assert record.key_id == served.key.public.key_id
    for _ in range(20):
        served.client.post(FORBIDDEN[name])
    assert len(kept(served)) == len(records)


def test_a_flood_of_refused_moves_is_not_kept_either(serve: Serve) -> None:
    """A role that may make the move, and never does so rightly."""
    served = serve("bureau")
    headers = bears(served.token(Role.CHIEF_DATA_OFFICER))
    for _ in range(KEPT.burst + 50):
        path = "/v1/cases/demand/nobody-asked/screen"
        assert served.client.post(path, headers=headers, json={}).status_code in {409, 422}
    with served.engine.begin() as connection:
        held = connection.execute(select(func.count()).select_from(audit_records)).scalar_one()
    assert KEPT.burst <= held <= KEPT.burst + 5


@SERVICES
def test_a_refused_sign_in_at_the_desk_is_kept_too(serve: Serve, name: str) -> None:
    """By who has an account without that right."""
    served = serve(name)
    worker = (account_id(Role.WORKER), secret_of(Role.WORKER).encode())
    assert served.client.get("/", auth=worker).status_code == 403
    (record,) = kept(served)
    assert (record.initiator.id, record.target.name) == (worker[0], f"{name}_desk.read")


@SERVICES
def test_an_account_that_calls_too_often_waits(serve: Serve, name: str) -> None:
    """Others do not."""
    limits = replace(UNBOUND, account=Rate(per_minute=60, burst=5))
    served = serve(name, limits=limits)
    token = served.token(Role.AUDITOR)
    statuses = [served.client.get(READ[name], headers=bears(token)).status_code for _ in range(10)]
    assert statuses[:5] == [200] * 5
    assert statuses[-1] == 429
    answer = served.client.get(READ[name], headers=bears(token))
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.json()["code"] == "rate_limited"
    other = served.token(Role.BUREAU_REVIEWER)
    assert served.client.get(READ[name], headers=bears(other)).status_code == 200


@SERVICES
def test_a_stranger_who_calls_too_often_waits_and_who_is_known_does_not(
    serve: Serve, name: str
) -> None:
    """Whatever the stranger tries: no token, a bad one, what stands open."""
    limits = Limits(account=UNBOUND.account, stranger=Rate(per_minute=60, burst=6))
    for path, header in (
        (READ[name], {}),
        (READ[name], bears("x")),
        ("/desk.css", {}),
        ("/healthz", {}),
    ):
        served = serve(name, limits=limits)
        token = served.token(Role.AUDITOR)
        statuses = [served.client.get(path, headers=header).status_code for _ in range(10)]
        assert 429 not in statuses[:6]
        assert statuses[-1] == 429
        assert served.client.get(READ[name], headers=bears(token)).status_code == 200


@SERVICES
def test_guessing_a_secret_slows_down(serve: Serve, name: str) -> None:
    """Each failure counts as ten calls, so the right one comes too late."""
    limits = Limits(account=UNBOUND.account, stranger=Rate(per_minute=60, burst=30))
    served = serve(name, limits=limits)
    statuses = [
        served.client.post("/v1/tokens", auth=(AUDITOR, b"%d" % guess)).status_code
        for guess in range(6)
    ]
    assert statuses.count(401) <= 4
    answer = served.client.post("/v1/tokens", auth=(AUDITOR, AUDITORS_SECRET))
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 1


@SERVICES
def test_signing_in_rightly_costs_no_strangers_leave(serve: Serve, name: str) -> None:
    """Many people behind one proxy share its address."""
    limits = Limits(account=UNBOUND.account, stranger=Rate(per_minute=60, burst=3))
    served = serve(name, limits=limits)
    for _ in range(10):
        answer = served.client.post("/v1/tokens", auth=(AUDITOR, AUDITORS_SECRET))
        assert answer.status_code == 200


@SERVICES
def test_a_refusal_that_cannot_be_kept_is_no_success(serve: Serve, name: str) -> None:
    """Without its database a service lets nobody further."""
    served = serve(name)
    with served.engine.begin() as connection:
        table = outbox if name == "gate" else audit_records
        assert connection.execute(select(func.count()).select_from(table)).scalar() == 0
        table.drop(connection)
    token = served.token(Role.DATA_USER)
    answer = served.client.post(FORBIDDEN[name], headers=bears(token))
    assert answer.status_code in {422, 503}


def test_a_secret_holds_at_one_service_alone(serve: Serve, tmp_path: Path) -> None:
    """The same account at both, with a secret for each."""
    served = {}
    for name in ("gate", "bureau"):
        secret = f"secret-of-{name}"
        one = Account(
            id="auditor",
            role=Role.AUDITOR,
            org="audit-office",
            verifier=Verifier.of(secret, 10_000),
        )
        write_accounts(tmp_path / name / "accounts.json", {"auditor": one})
        accounts = Accounts(tmp_path / name / "accounts.json")
        served[name] = serve(name, accounts=accounts)
    for name, service in served.items():
        for other in served:
            answer = service.client.post("/v1/tokens", auth=("auditor", f"secret-of-{other}"))
            assert answer.status_code == (200 if name == other else 401)
