"""Delivery loses nothing, counts nothing twice and is held up by no single row."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import Engine, func, select, text
from structlog.testing import capture_logs

from fakes.memory_receiver import MemoryReceiver
from weir.errors import AuthorisationError, BureauUnavailableError, IntegrityError
from weir.evidence.arrival import compare_arrivals
from weir.evidence.audit import AuditRecord, to_bytes
from weir.evidence.delivery import Kind, Receipt, deliver_pending, offer_again
from weir.evidence.outbox import append
from weir.evidence.tables import outbox

Make = Callable[..., AuditRecord]


@pytest.fixture
def receiver() -> MemoryReceiver:
    return MemoryReceiver()


def put(engine: Engine, *records: AuditRecord, events: int = 0) -> None:
    with engine.begin() as connection:
        for record in records:
            append(connection, record, [{"n": n, "of": str(record.id)} for n in range(events)])


def pending(engine: Engine) -> int:
    with engine.begin() as connection:
        waiting = select(func.count()).where(outbox.c.delivered_at.is_(None))
        return connection.execute(waiting).scalar_one()


def test_everything_pending_is_delivered_once(
    engine: Engine, record: Make, receiver: MemoryReceiver
) -> None:
    """Audit and lineage arrive as they were recorded; a second call finds nothing to do."""
    records = [record() for _ in range(450)]
    put(engine, *records, events=2)
    delivered = deliver_pending(engine, receiver)
    assert (delivered.audit, delivered.lineage, delivered.rejected) == (450, 900, ())
    assert receiver.audit == {str(r.id): to_bytes(r) for r in records}
    assert receiver.batches == 3 + 5
    again = deliver_pending(engine, receiver)
    assert (again.audit, again.lineage) == (0, 0)


def test_a_bureau_that_is_down_leaves_everything_for_next_time(
    engine: Engine, record: Make, receiver: MemoryReceiver
) -> None:
    """The outage is told to the caller, and not one row is marked."""
    put(engine, record(), record(), events=1)
    receiver.down = True
    with pytest.raises(BureauUnavailableError):
        deliver_pending(engine, receiver)
    assert pending(engine) == 4
    receiver.down = False
    delivered = deliver_pending(engine, receiver)
    assert (delivered.audit, delivered.lineage, pending(engine)) == (2, 2, 0)


def test_an_answer_that_was_lost_leads_to_a_duplicate_and_not_to_a_second_record(
    engine: Engine, record: Make, receiver: MemoryReceiver
) -> None:
    """The receiver keeps the batch and dies before it answers: the batch is sent again."""
    put(engine, record(), record())
    receiver.dies_after_keeping = True
    with pytest.raises(BureauUnavailableError):
        deliver_pending(engine, receiver)
    receiver.dies_after_keeping = False
    assert deliver_pending(engine, receiver).audit == 2
    assert len(receiver.audit) == 2


def test_a_row_that_breaks_its_batch_is_set_aside_and_the_others_pass(
    engine: Engine, record: Make, receiver: MemoryReceiver
) -> None:
    """Two of 250 records make the receiver refuse any batch they are in."""
    records = [record() for _ in range(250)]
    put(engine, *records)
    bad = {str(records[n].id) for n in (7, 201)}
    receiver.poison = {to_bytes(records[7]), to_bytes(records[201])}
    with capture_logs() as logs:
        delivered = deliver_pending(engine, receiver)
    assert delivered.audit == 248
    assert {r.dedup_id for r in delivered.rejected} == bad
    told = [entry for entry in logs if entry["log_level"] == "error"]
    assert {entry["id"] for entry in told} == bad


def test_a_corrupted_row_is_rejected_and_reported_at_every_call(
    engine: Engine, record: Make, receiver: MemoryReceiver
) -> None:
    """Somebody edits a body in the database: the bureau refuses it, and delivery keeps saying."""
    put(engine, record(), record())
    with engine.begin() as connection:
        connection.execute(
            text("update evidence.outbox set body = body || ' '::bytea where seq = 1")
        )
    for delivered_now in (1, 0):
        with capture_logs() as logs:
            delivered = deliver_pending(engine, receiver)
        assert delivered.audit == delivered_now
        assert [r.code for r in delivered.rejected] == ["audit_not_canonical"]
        assert [e["code"] for e in logs if e["log_level"] == "error"] == ["audit_not_canonical"]


@pytest.mark.parametrize("body", [b"", b"a\nb", b"\xff\xfe", b"x" * 5_000_000])
def test_a_body_of_any_bytes_is_rejected_alone(
    engine: Engine, record: Make, receiver: MemoryReceiver, body: bytes
) -> None:
    """Whatever stands in the column, the neighbours are delivered."""
    put(engine, record(), record(), record())
    with engine.begin() as connection:
        connection.execute(
            text("update evidence.outbox set body = :body where seq = 2"), {"body": body}
        )
    delivered = deliver_pending(engine, receiver)
    assert (delivered.audit, len(delivered.rejected)) == (2, 1)


def test_a_rejected_row_can_be_offered_again(
    engine: Engine, record: Make, receiver: MemoryReceiver
) -> None:
    """Once the cause is gone the row goes the ordinary way."""
    one = record()
    put(engine, one)
    receiver.poison = {to_bytes(one)}
    assert deliver_pending(engine, receiver).rejected
    receiver.poison = set()
    assert offer_again(engine) == 1
    delivered = deliver_pending(engine, receiver)
    assert (delivered.audit, delivered.rejected) == (1, ())
    assert offer_again(engine) == 0


def test_a_refused_credential_marks_nothing_as_rejected(engine: Engine, record: Make) -> None:
    """A wrong token is the deployment's fault, not the record's."""

    class Locked:
        def receive(self, kind: Kind, bodies: Sequence[bytes]) -> Sequence[Receipt]:
            raise AuthorisationError("delivery_denied", f"{kind} {len(bodies)}")

    put(engine, record(), record())
    with pytest.raises(AuthorisationError):
        deliver_pending(engine, Locked())
    assert pending(engine) == 2
    assert offer_again(engine) == 0


def test_a_receipt_for_other_bytes_does_not_count(engine: Engine, record: Make) -> None:
    """A receiver that holds something else than what was sent has not received it."""

    class Changes:
        def receive(self, kind: Kind, bodies: Sequence[bytes]) -> Sequence[Receipt]:
            return [Receipt(outcome="accepted", sm3=f"{kind} 00") for _ in bodies]

    put(engine, record())
    delivered = deliver_pending(engine, Changes())
    assert [r.code for r in delivered.rejected] == ["arrived_changed"]


def test_a_row_that_commits_late_is_not_passed_over(
    engine: Engine, record: Make, receiver: MemoryReceiver
) -> None:
    """It took its number first and commits last, after higher numbers were delivered."""
    late = engine.connect()
    transaction = late.begin()
    append(late, record())
    put(engine, record())
    assert deliver_pending(engine, receiver).audit == 1
    transaction.commit()
    late.close()
    assert deliver_pending(engine, receiver).audit == 1
    assert pending(engine) == 0


def test_two_deliverers_share_the_work_without_waiting(
    engine: Engine, record: Make, receiver: MemoryReceiver
) -> None:
    """While one holds its batch, the other takes the next; none is sent twice."""
    put(engine, *[record() for _ in range(300)])
    inside, go_on = threading.Event(), threading.Event()

    class Slow(MemoryReceiver):
        def receive(self, kind: Kind, bodies: Sequence[bytes]) -> Sequence[Receipt]:
            inside.set()
            go_on.wait(30)
            return super().receive(kind, bodies)

    slow = Slow()
    first = threading.Thread(target=deliver_pending, args=(engine, slow))
    first.start()
    assert inside.wait(30)
    assert deliver_pending(engine, receiver).audit == 100
    go_on.set()
    first.join(30)
    assert len(slow.audit) == 200
    assert not set(slow.audit) & set(receiver.audit)
    assert pending(engine) == 0


def test_an_aborted_change_leaves_no_evidence(
    engine: Engine, record: Make, receiver: MemoryReceiver
) -> None:
    """The record lives and dies with the transaction of what it tells of."""
    with engine.connect() as connection:
        append(connection, record())
        connection.rollback()
    assert deliver_pending(engine, receiver).audit == 0


def test_the_same_lineage_event_is_kept_once_and_a_repeated_audit_id_fails(
    engine: Engine, record: Make
) -> None:
    """Equal events are one event; two records under one id are a fault of the caller."""
    with engine.begin() as connection:
        append(connection, record(), [{"a": 1, "b": 2}])
        append(connection, record(), [{"b": 2, "a": 1}])
    assert pending(engine) == 3
    one = record()
    put(engine, one)
    with pytest.raises(Exception, match="duplicate key"):
        put(engine, one)


def test_arrival_is_proven_record_by_record(
    engine: Engine, record: Make, receiver: MemoryReceiver
) -> None:
    """What is pending, missing or changed is named; all there and equal is proof."""
    records = [record() for _ in range(5)]
    put(engine, *records)
    assert compare_arrivals(engine, receiver).pending == 5
    deliver_pending(engine, receiver)
    assert compare_arrivals(engine, receiver).proven
    del receiver.audit[str(records[1].id)]
    with engine.begin() as connection:
        connection.execute(
            text("update evidence.outbox set body = :body where dedup_id = :id"),
            {"body": to_bytes(records[0]), "id": str(records[3].id)},
        )
    arrivals = compare_arrivals(engine, receiver)
    assert not arrivals.proven
    assert arrivals.missing == (str(records[1].id),)
    assert arrivals.changed == (str(records[3].id),)


def test_a_database_error_shows_no_value(engine: Engine) -> None:
    """A missing table becomes a refusal with the SQLSTATE and nothing of the statement."""
    with engine.begin() as connection:
        connection.execute(text("drop table evidence.outbox"))
    with pytest.raises(IntegrityError) as refusal:
        deliver_pending(engine, MemoryReceiver())
    assert refusal.value.code == "database_refused"
    assert refusal.value.where["sqlstate"] == "42P01"
