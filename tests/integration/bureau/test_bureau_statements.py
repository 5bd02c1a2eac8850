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
from fakes.sample_contracts import contract_data, sample_bundle
from weir.bureau.migrate import migrate
from weir.bureau.tables import audit_records, metadata
from weir.clock import FixedClock
from weir.contracts.digest import canonical_bundle, contract_digest
from weir.crypto.sm2 import SigningKey, VerifyingKey
from weir.errors import AuthorisationError, BureauUnavailableError, IntegrityError
from weir.evidence.audit import AuditRecord, from_bytes
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
    with bureau.client() as client:
        envelope = client.decide(BUNDLE, "agreed", reviewer="李审核")
        key = httpx.get(f"{bureau.url}/v1/key", headers=bureau.bears(DELIVERY)).content
        decision = open_decision(envelope, VerifyingKey.from_pem(key))
        assert decision.contract_digest == contract_digest(BUNDLE)
        assert decision.decided_by == "李审核"
        assert decision.valid_until == datetime(2027, 2, 28, 16, tzinfo=UTC)
        assert client.decision("firm-credit") == envelope
        assert client.decided_bundle("firm-credit") == BUNDLE
        assert client.decision("another") is None
        assert client.decided_bundle("another") is None
    with pytest.raises(IntegrityError):
        open_decision(envelope, SigningKey.generate().public)


def test_every_decision_leaves_a_record_of_who_made_it(bureau: BureauServer) -> None:
    """The bureau's own acts are in its own log, with the contract they concern."""
    with bureau.client() as client:
        client.decide(BUNDLE, "agreed", reviewer="李审核")
    (record,) = own_records(bureau)
    assert (record.action, record.outcome) == ("decision.signed", "success")
    assert (record.initiator.id, record.initiator.role) == ("李审核", "reviewer")
    assert record.legal.contract_digest == contract_digest(BUNDLE)
    assert record.key_id == bureau.key.public.key_id
    assert record.responsible_party.value == "bureau"


def test_a_dataset_that_is_not_to_be_opened_is_never_agreed_to(bureau: BureauServer) -> None:
    """409 with article, for any reviewer; the attempt is on record and nothing was signed."""
    bundle = sample_bundle(prohibited)
    answer = post(
        bureau,
        "/v1/decisions",
        {"bundle": canonical_bundle(bundle), "outcome": "agreed", "reviewer": "李审核"},
    )
    assert answer.status_code == 409
    assert answer.json()["code"] == "dataset_prohibited"
    assert answer.json()["article"] == "第十三条"
    (record,) = own_records(bureau)
    assert (record.outcome, record.reason_code) == ("refused", "dataset_prohibited")
    assert record.legal.article == "第十三条"
    with bureau.client() as client:
        assert client.decision("firm-credit") is None
        refused = client.decide(bundle, "refused", reviewer="李审核", reason="不予开放")
        assert open_decision(refused, bureau.key.public).outcome == "refused"


@pytest.mark.parametrize("reason", ["", "   \n"])
def test_refusing_needs_a_reason_where_subjects_have_authorised(
    bureau: BureauServer, reason: str
) -> None:
    """第十三条: with lawful authorisation agreeing is the rule, so a refusal explains itself."""
    with bureau.client() as client:
        with pytest.raises(AuthorisationError) as refusal:
            client.decide(BUNDLE, "refused", reviewer="李审核", reason=reason)
        assert refusal.value.code == "refusal_without_reason"
        envelope = client.decide(BUNDLE, "refused", reviewer="李审核", reason="用途不明")
    assert open_decision(envelope, bureau.key.public).reason == "用途不明"


def test_a_contract_that_does_not_compile_is_not_agreed_to(bureau: BureauServer) -> None:
    """What could never run as stated is sent back with its own code."""

    def unjoined(data: dict[str, Any]) -> None:
        data["scenario"]["joins"] = []

    with bureau.client() as client, pytest.raises(AuthorisationError) as refusal:
        client.decide(sample_bundle(unjoined), "agreed", reviewer="李审核")
    assert refusal.value.where["http"] == 422


def test_an_agreement_that_is_over_is_not_agreed_to(bureau: BureauServer) -> None:
    """A decision that could never be valid is not signed (第十五条)."""
    bureau.stop()
    bureau.clock = FixedClock(datetime(2027, 2, 28, 16, tzinfo=UTC))
    bureau.start()
    with bureau.client() as client, pytest.raises(AuthorisationError) as refusal:
        client.decide(BUNDLE, "agreed", reviewer="李审核")
    assert (refusal.value.code, refusal.value.article) == ("agreement_expired", "第十五条")


def test_a_term_at_the_end_of_the_calendar_is_refused_and_not_a_fault(
    bureau: BureauServer,
) -> None:
    """9999-12-31 has no next day."""

    def forever(data: dict[str, Any]) -> None:
        data["operation_agreement"]["ends_on"] = data["use_agreement"]["ends_on"] = "9999-12-31"

    with bureau.client() as client, pytest.raises(AuthorisationError) as refusal:
        client.decide(sample_bundle(forever), "agreed", reviewer="李审核")
    assert refusal.value.code == "term_beyond_calendar"


def test_the_last_decision_counts(bureau: BureauServer) -> None:
    """A refusal after an agreement takes its place."""
    with bureau.client() as client:
        client.decide(BUNDLE, "agreed", reviewer="李审核")
        client.decide(BUNDLE, "refused", reviewer="王审核", reason="发现滥用")
        last = client.decision("firm-credit")
    assert last is not None
    assert open_decision(last, bureau.key.public).outcome == "refused"


def test_orders_are_signed_kept_and_recorded(bureau: BureauServer) -> None:
    """A suspension and its end, in the order they were given."""
    with bureau.client() as client:
        client.order("suspend", "dataset", "bills", ground="泄露线索", reviewer="李审核")
        client.order("resume", "dataset", "bills", ground="整改完成", reviewer="李审核")
        given = [open_order(one, bureau.key.public) for one in client.orders()]
    assert [(o.action, o.scope) for o in given] == [("suspend", "bills"), ("resume", "bills")]
    assert [r.data["order"] for r in own_records(bureau)] == ["suspend", "resume"]


ENTRANCES = (
    ("POST", "/v1/decisions"),
    ("PUT", "/v1/decisions"),
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
    body = {"bundle": canonical_bundle(BUNDLE), "outcome": "agreed", "reviewer": "x"}
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
    "NUL": b'{"bundle":{},"outcome":"agreed","reviewer":"a\\u0000b"}',
    "surrogate": b'{"bundle":{},"outcome":"agreed","reviewer":"\\ud800"}',
    "nobody": b'{"bundle":{},"outcome":"agreed","reviewer":""}',
    "outcome": b'{"bundle":{},"outcome":"maybe","reviewer":"x"}',
    "no contract": b'{"bundle":{},"outcome":"agreed","reviewer":"x"}',
    "digits": b'{"bundle":{"x":' + b"9" * 5000 + b'},"outcome":"agreed"}',
    "unknown key": json.dumps(
        {"bundle": contract_data(), "outcome": "agreed", "reviewer": "x", "<b>": 1}
    ).encode(),
}


def test_a_malformed_statement_gets_a_code_and_is_not_echoed(bureau: BureauServer) -> None:
    """422, never 500, and nothing of the body comes back or is kept."""
    codes = {"json_malformed", "request_malformed", "canonical_malformed"}
    for name, body in MALFORMED.items():
        for path in ("/v1/decisions", "/v1/orders"):
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
    sound = {"action": "suspend", "scope_kind": "all", "ground": "检查", "reviewer": "李"}
    for change in ({"scope": "x"}, {"scope_kind": "dataset"}, {"ground": ""}, {"reviewer": ""}):
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
