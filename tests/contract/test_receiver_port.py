"""One suite for whatever receives evidence: the fake of the tests and the bureau over a socket."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import create_engine

from bureau_server import BureauServer
from fakes.memory_receiver import MemoryReceiver
from fakes.stage_values import NOW
from weir.bureau.migrate import migrate
from weir.clock import FixedClock
from weir.crypto.sm3 import sm3_hex
from weir.errors import BureauUnavailableError
from weir.evidence.actions import Action
from weir.evidence.audit import AuditRecord, Initiator, Target, new_record, to_bytes
from weir.evidence.outbox import lineage_bytes

Port = Any
"""A `Receiver` that is a `DigestSource` as well."""


@pytest.fixture(params=["fake", "bureau"])
def receiver(request: pytest.FixtureRequest) -> Iterator[Port]:
    if request.param == "fake":
        yield MemoryReceiver()
        return
    make: Callable[[], str] = request.getfixturevalue("make_postgres_database")
    engine = create_engine(make())
    migrate(engine)
    server = BureauServer(engine=engine)
    server.start()
    with server.receiver() as real:
        yield real
    server.stop()
    engine.dispose()


@pytest.fixture(params=["fake", "bureau"])
def gone(request: pytest.FixtureRequest) -> Iterator[Port]:
    """A receiver that does not answer."""
    if request.param == "fake":
        fake = MemoryReceiver()
        fake.down = True
        yield fake
        return
    server = BureauServer(engine=create_engine("postgresql+psycopg2://"), port=1)
    with server.receiver() as real:
        yield real


def record() -> AuditRecord:
    return new_record(
        FixedClock(NOW),
        Action.PRODUCT_MASKED,
        initiator=Initiator(type="service", id="weir-worker", role="operator"),
        target=Target(kind="product", name="firm-credit"),
        service="worker",
    )


def event(name: str) -> bytes:
    return lineage_bytes(
        {
            "eventType": "START",
            "eventTime": "2026-11-23T14:20:00Z",
            "producer": "urn:weir:test",
            "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
            "run": {"runId": "0199aaaa-0000-7000-8000-000000000000"},
            "job": {"namespace": "weir", "name": name},
        }
    )


def test_what_is_accepted_is_answered_with_its_digest(receiver: Port) -> None:
    """Receipts come in the order of the bodies."""
    audit = [to_bytes(record()) for _ in range(3)]
    lineage = [event("a"), event("b")]
    for kind, bodies in (("audit", audit), ("lineage", lineage)):
        receipts = receiver.receive(kind, bodies)
        assert [(r.outcome, r.sm3) for r in receipts] == [("accepted", sm3_hex(b)) for b in bodies]


def test_what_is_held_already_is_a_duplicate(receiver: Port) -> None:
    """In the same batch or later."""
    one, two = to_bytes(record()), event("a")
    for kind, body in (("audit", one), ("lineage", two)):
        first = receiver.receive(kind, [body, body])
        assert [r.outcome for r in first] == ["accepted", "duplicate"]
        (later,) = receiver.receive(kind, [body])
        assert (later.outcome, later.sm3) == ("duplicate", sm3_hex(body))


def test_a_bad_body_is_rejected_with_its_code_and_alone(receiver: Port) -> None:
    """Neighbours are accepted."""
    good = to_bytes(record())
    spoilt = to_bytes(record()).replace(b'":', b'": ', 1)
    receipts = receiver.receive("audit", [spoilt, good, b"{}"])
    assert [(r.outcome, r.code) for r in receipts] == [
        ("rejected", "audit_not_canonical"),
        ("accepted", ""),
        ("rejected", "audit_malformed"),
    ]


def test_a_second_record_under_one_id_is_rejected(receiver: Port) -> None:
    """The first one stands."""
    one = record()
    first = to_bytes(one)
    forged = first.replace(b'"firm-credit"', b'"other-credit"')
    receiver.receive("audit", [first])
    (receipt,) = receiver.receive("audit", [forged])
    assert (receipt.outcome, receipt.code) == ("rejected", "audit_id_conflict")
    assert receiver.digests([str(one.id), "unknown"]) == {str(one.id): sm3_hex(first)}


def test_one_that_does_not_answer_is_unavailable(gone: Port) -> None:
    """Nothing is known of the batch."""
    with pytest.raises(BureauUnavailableError):
        gone.receive("audit", [to_bytes(record())])
