"""The bureau signs only what may be signed, over a digest that it computed itself."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import create_engine, select

from bureau_server import DELIVERY, DIRECTOR, BureauServer
from fakes.people import account_id
from fakes.sample_contracts import contract_data, sample_bundle
from weir.bureau.migrate import migrate
from weir.bureau.tables import audit_records, metadata
from weir.clock import FixedClock
from weir.contracts.digest import canonical_bundle, contract_digest
from weir.crypto.sm2 import SigningKey, VerifyingKey
from weir.errors import AuthorisationError, BureauUnavailableError, IntegrityError
from weir.evidence.actions import Action
from weir.evidence.audit import (
    AuditRecord,
    Initiator,
    Legal,
    Target,
    from_bytes,
    new_record,
    to_bytes,
)
from weir.model import Role
from weir.policy.decision import open_decision
from weir.policy.order import open_order

BUNDLE = sample_bundle()


def own_records(bureau: BureauServer) -> list[AuditRecord]:
    with bureau.engine.begin() as connection:
        bodies = connection.execute(
            select(audit_records.c.body)
            .where(audit_records.c.origin == "bureau")
            .order_by(audit_records.c.seq)
        ).scalars()
        return [from_bytes(body) for body in bodies]


def post(bureau: BureauServer, path: str, body: Any, role: Role = DIRECTOR) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = bureau.bears(role)
    return httpx.post(bureau.url + path, content=content, headers=headers, trust_env=False)


def prohibited(data: dict[str, Any]) -> None:
    data["datasets"]["bills"]["open_type"] = "prohibited"


def test_a_decision_is_signed_over_the_digest_the_bureau_computed(bureau: BureauServer) -> None:
    """The signature holds under the bureau's published key, until the earlier agreement ends."""
    envelope = bureau.decide(BUNDLE)
    with bureau.client() as client:
        key = httpx.get(f"{bureau.url}/v1/key", headers=bureau.bears(DELIVERY)).content
        decision = open_decision(envelope, VerifyingKey.from_pem(key))
        assert decision.contract_digest == contract_digest(BUNDLE)
        assert decision.decided_by == account_id(DIRECTOR)
        assert decision.valid_until == datetime(2027, 2, 28, 16, tzinfo=UTC)
        assert client.decision("firm-credit") == envelope
        assert client.decided_bundle("firm-credit") == BUNDLE
        assert client.decision("another") is None
        assert client.decided_bundle("another") is None
    with pytest.raises(IntegrityError):
        open_decision(envelope, SigningKey.generate().public)


def test_every_decision_leaves_a_record_of_who_made_it(bureau: BureauServer) -> None:
    """The bureau's own acts are in its own log, with the contract they concern."""
    demand = bureau.pursue(BUNDLE)
    bureau.decide(BUNDLE, demand=demand)
    record = next(one for one in own_records(bureau) if one.action == "decision.signed")
    assert (record.outcome, record.data["demand"]) == ("success", demand)
    assert (record.initiator.id, record.initiator.role) == (account_id(DIRECTOR), "bureau_director")
    assert record.legal.contract_digest == contract_digest(BUNDLE)
    assert record.key_id == bureau.key.public.key_id
    assert record.responsible_party.value == "bureau"


def test_a_dataset_that_is_not_to_be_opened_is_never_agreed_to(bureau: BureauServer) -> None:
    """409 with article, for any reviewer; the attempt is on record and nothing was signed."""
    bundle = sample_bundle(prohibited)
    demand = bureau.pursue(bundle)
    body = {"demand": demand, "bundle": canonical_bundle(bundle), "outcome": "agreed"}
    answer = post(bureau, "/v1/decisions", body)
    assert answer.status_code == 409
    assert answer.json()["code"] == "dataset_prohibited"
    assert answer.json()["article"] == "第十三条"
    record = own_records(bureau)[-1]
    assert (record.outcome, record.reason_code) == ("refused", "dataset_prohibited")
    assert (record.legal.article, record.legal.scenario) == ("第十三条", "firm-credit")
    with bureau.client() as client:
        assert client.decision("firm-credit") is None
    refused = bureau.decide(bundle, "refused", reason="不予开放", article="第十三条", demand=demand)
    assert open_decision(refused, bureau.key.public).outcome == "refused"


def test_a_contract_that_does_not_compile_is_not_agreed_to(bureau: BureauServer) -> None:
    """What could never run as stated is sent back with its own code, and the attempt is kept."""

    def unjoined(data: dict[str, Any]) -> None:
        data["scenario"]["joins"] = []

    with pytest.raises(AuthorisationError) as refusal:
        bureau.decide(sample_bundle(unjoined))
    assert refusal.value.where["http"] == 422
    assert own_records(bureau)[-1].reason_code == refusal.value.code


def test_an_agreement_that_is_over_is_not_agreed_to(bureau: BureauServer) -> None:
    """A decision that could never be valid is not signed (第十五条)."""
    bureau.conclude(BUNDLE)
    bureau.stop()
    bureau.clock = FixedClock(datetime(2027, 2, 28, 16, tzinfo=UTC))
    bureau.start()
    with pytest.raises(AuthorisationError) as refusal:
        bureau.decide(BUNDLE)
    assert (refusal.value.code, refusal.value.article) == ("agreement_expired", "第十五条")


def test_a_term_at_the_end_of_the_calendar_is_refused_and_not_a_fault(
    bureau: BureauServer,
) -> None:
    """9999-12-31 has no next day."""

    def forever(data: dict[str, Any]) -> None:
        data["operation_agreement"]["ends_on"] = data["use_agreement"]["ends_on"] = "9999-12-31"

    bureau.conclude(BUNDLE)
    with pytest.raises(AuthorisationError) as refusal:
        bureau.decide(sample_bundle(forever))
    assert refusal.value.code == "term_beyond_calendar"


def test_the_last_decision_counts(bureau: BureauServer) -> None:
    """A refusal after an agreement takes its place."""
    bureau.decide(BUNDLE)
    bureau.decide(BUNDLE, "refused", reason="发现滥用", article="第十九条")
    with bureau.client() as client:
        last = client.decision("firm-credit")
    assert last is not None
    assert open_decision(last, bureau.key.public).outcome == "refused"


def tell_of(bureau: BureauServer, release: str) -> None:
    """Have the operator deliver that it published this release."""
    published = new_record(
        bureau.clock,
        Action.RELEASE_PUBLISHED,
        initiator=Initiator(type="service", id="weir-gate", role="gate"),
        target=Target(kind="release", name="firm-credit", version=release),
        service="gate",
        legal=Legal(scenario="firm-credit"),
    )
    with bureau.receiver() as receiver:
        receiver.receive("audit", [to_bytes(published)])


@pytest.mark.article("第二十三条")
def test_an_order_over_a_release_that_nobody_told_of_is_refused(bureau: BureauServer) -> None:
    """Nothing is signed, and the attempt is kept without the name."""
    tell_of(bureau, "rel-told")
    with bureau.client() as client:
        with pytest.raises(AuthorisationError) as refused:
            client.order("delist", "release", "rel-unknown", ground="检查")
        assert client.orders() == ()
    assert (refused.value.code, refused.value.article) == ("release_unknown", "第二十三条")
    (attempt,) = own_records(bureau)
    assert (attempt.outcome, attempt.reason_code) == ("refused", "release_unknown")
    assert attempt.target.name == "never heard of"


def test_a_release_is_ordered_to_be_delisted(bureau: BureauServer) -> None:
    """Under 第二十三条; such an order has no other scope, and a release no other order."""
    release = "rel-" + "0" * 32
    tell_of(bureau, release)
    with bureau.client() as client:
        signed = client.order(
            "delist", "release", release, ground="逾期未整改", article="第二十三条"
        )
    order = open_order(signed, bureau.key.public)
    assert (order.action, order.scope, order.article) == ("delist", release, "第二十三条")
    sound = {"scope": release, "ground": "检查"}
    for change in (
        {"action": "delist", "scope_kind": "scenario"},
        {"action": "suspend", "scope_kind": "release"},
        {"action": "delist", "scope_kind": "release", "ground": "  "},
        {"action": "resume", "scope_kind": "drill"},
    ):
        assert post(bureau, "/v1/orders", sound | change).status_code == 422


ENTRANCES = (
    ("POST", "/v1/decisions"),
    ("PUT", "/v1/decisions"),
    ("POST", "/v1/revocations"),
    ("GET", "/v1/revocations"),
    ("GET", "/v1/catalogue"),
    ("GET", "/v1/cases/demand"),
    ("POST", "/v1/cases/demand/d-1/draft"),
    ("POST", "/v1/orders"),
    ("GET", "/v1/orders"),
    ("GET", "/v1/decisions/x"),
    ("GET", "/v1/decisions/x/contract"),
    ("GET", "/v1/totals"),
    ("GET", "/v1/key"),
    ("POST", "/api/v1/audit"),
    ("POST", "/api/v1/audit/digests"),
    ("POST", "/api/v1/lineage"),
    ("GET", "/v1/audit/records/0199aaaa-0000-7000-8000-000000000000/digest"),
    ("GET", "/"),
    ("GET", "/run?scenario=a&run=b"),
    ("GET", "/records"),
    ("GET", "/demands"),
    ("GET", "/supervision"),
    ("GET", "/v1/terminations"),
    ("GET", "/v1/evaluations/x/advice"),
    ("GET", "/v1/cases/stop"),
    ("GET", "/scenarios/x"),
    ("GET", "/reports/a/b.html"),
)
WRONG = (
    b"",
    b"Bearer",
    b"Bearer wrong",
    b"Basic !!!",
    b"Basic OjE=",
    b"Bearer \xe9",
    b"Basic /w==",
)


def test_no_entrance_opens_without_its_own_secret(bureau: BureauServer) -> None:
    """401 for every route and every kind of wrong credential."""
    with httpx.Client(base_url=bureau.url, trust_env=False) as stranger:
        for method, path in ENTRANCES:
            assert stranger.request(method, path).status_code == 401
            for header in WRONG:
                answer = stranger.request(method, path, headers={b"Authorization": header})
                assert (answer.status_code, path) == (401, path)
                assert "WWW-Authenticate" in answer.headers


def test_a_deliverer_makes_no_decision_and_a_director_delivers_nothing(
    bureau: BureauServer,
) -> None:
    """Each role has its own acts."""
    body = {"demand": "d-1", "bundle": canonical_bundle(BUNDLE), "outcome": "agreed"}
    assert post(bureau, "/v1/decisions", body, role=DELIVERY).status_code == 403
    assert post(bureau, "/v1/orders", {}, role=DELIVERY).status_code == 403
    assert post(bureau, "/api/v1/audit", b"{}", role=DIRECTOR).status_code == 403


def _deep() -> bytes:
    return b'{"bundle":' + b'{"a":' * 50_000 + b"1" + b"}" * 50_001


MALFORMED: dict[str, bytes] = {
    "empty": b"",
    "broken UTF-8": b"\xff\xfe",
    "NaN": b'{"bundle": NaN}',
    "array": b"[]",
    "repeated key": b'{"outcome":"agreed","outcome":"refused"}',
    "deep": b'{"bundle":' + b'{"a":' * 50_000 + b"1" + b"}" * 50_001,
    "NUL": b'{"bundle":{},"outcome":"agreed","demand":"a\\u0000b"}',
    "surrogate": b'{"bundle":{},"outcome":"agreed","demand":"\\ud800"}',
    "no demand": b'{"bundle":{},"outcome":"agreed"}',
    "look-alike": '{"bundle":{},"outcome":"agreed","demand":"fіrm-1"}'.encode(),
    "outcome": b'{"bundle":{},"outcome":"maybe","demand":"x"}',
    "no contract": b'{"bundle":{},"outcome":"agreed","demand":"x"}',
    "a name of its own": b'{"bundle":{},"outcome":"agreed","demand":"x","reviewer":"y"}',
    "digits": b'{"bundle":{"x":' + b"9" * 5000 + b'},"outcome":"agreed"}',
    "unknown key": json.dumps(
        {"bundle": contract_data(), "outcome": "agreed", "demand": "x", "<b>": 1}
    ).encode(),
}


def test_a_malformed_statement_gets_a_code_and_is_not_echoed(bureau: BureauServer) -> None:
    """422, never 500, and nothing of the body comes back or is kept."""
    codes = {"json_malformed", "request_malformed", "canonical_malformed"}
    for name, body in MALFORMED.items():
        for path in ("/v1/decisions", "/v1/orders", "/v1/revocations"):
            answer = post(bureau, path, body)
            assert (name, answer.status_code) == (name, 422)
            assert answer.json()["code"] in codes
            assert "<b>" not in answer.text
    assert own_records(bureau) == []


def test_a_body_above_the_limit_is_refused_while_it_arrives(bureau: BureauServer) -> None:
    """413, also where no length was announced."""
    chunks = (b" " * 1024 * 1024 for _ in range(6))
    headers = bureau.bears(DIRECTOR)
    answer = httpx.post(
        f"{bureau.url}/v1/decisions", content=chunks, headers=headers, trust_env=False
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_a_compressed_body_is_refused(bureau: BureauServer) -> None:
    """A small body could unpack to a large one."""
    answer = httpx.post(
        f"{bureau.url}/v1/orders",
        content=b"\x1f\x8b",
        headers={**bureau.bears(DIRECTOR), "Content-Encoding": "gzip"},
        trust_env=False,
    )
    assert (answer.status_code, answer.json()["code"]) == (415, "encoding_unsupported")


def test_an_order_for_no_scope_or_of_no_ground_is_refused(bureau: BureauServer) -> None:
    """Everything or something named: nothing in between."""
    sound = {"action": "suspend", "scope_kind": "all", "ground": "检查"}
    for change in ({"scope": "x"}, {"scope_kind": "dataset"}, {"ground": ""}, {"reviewer": "李"}):
        assert post(bureau, "/v1/orders", sound | change).status_code == 422
    assert post(bureau, "/v1/orders", sound).status_code == 200


def test_a_bureau_that_is_away_is_unavailable_to_its_client(bureau: BureauServer) -> None:
    """The caller may try again later."""
    bureau.stop()
    with bureau.client() as client, pytest.raises(BureauUnavailableError):
        client.totals()


def test_a_bureau_without_its_database_says_so(bureau: BureauServer) -> None:
    """503 for every caller, and the client may try again."""
    bureau.stop()
    bureau.engine = create_engine("postgresql+psycopg2://u:geheim@127.0.0.1:1/bureau")
    bureau.start()
    health = httpx.get(f"{bureau.url}/healthz", trust_env=False)
    assert (health.status_code, health.json()["code"]) == (503, "database_unavailable")
    assert "geheim" not in health.text
    with bureau.client() as client, pytest.raises(BureauUnavailableError):
        client.totals()


def test_migrating_twice_and_at_once_gives_the_declared_tables(postgres_database: str) -> None:
    """The migrations and the tables of the code describe the same database."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    engine = create_engine(postgres_database)
    threads = [threading.Thread(target=migrate, args=(engine,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    migrate(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()
