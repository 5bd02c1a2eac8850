"""What the operator records reaches the bureau: once, unchanged, whatever dies in between."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, func, select, text

from bureau_server import DELIVERY, BureauServer
from fakes import stage_values as sample
from fakes.people import account_id, secret_of
from fakes.stage_values import CONTEXT, NOW
from openlineage_spec import spec_problems
from weir.bureau.tables import lineage_events
from weir.clock import FixedClock
from weir.errors import AuthorisationError, BureauUnavailableError
from weir.evidence import lineage
from weir.evidence.actions import Action
from weir.evidence.arrival import compare_arrivals
from weir.evidence.audit import AuditRecord, Initiator, Legal, Target, new_record, to_bytes
from weir.evidence.delivery import deliver_pending
from weir.evidence.ledger import StageResult
from weir.evidence.outbox import lineage_bytes
from weir.evidence.run_ledger import SqlRunLedger
from weir.evidence.tables import outbox

PROGRAM = Path(__file__).parents[2] / "programs" / "evidence_torture.py"


def record(name: str = "firms", **changes: Any) -> AuditRecord:
    values: dict[str, Any] = {
        "initiator": Initiator(type="service", id="weir-worker", role="operator"),
        "target": Target(kind="dataset", name=name),
        "service": "worker",
        "legal": Legal(scenario="firm-credit"),
        "run_id": CONTEXT.run_id,
    }
    return new_record(FixedClock(NOW), Action.SNAPSHOT_TAKEN, **(values | changes))


def whole_run(ledger: SqlRunLedger) -> None:
    """Every stage of one run, with its record and its lineage."""
    plan = sample.plan()
    first = plan.inputs[0]
    snapshot = sample.snapshot(plan, first)
    product = sample.product(plan)
    flows = {
        "pull": lineage.pulled(plan, first, snapshot),
        "check_quality": lineage.quality_checked(plan, first, snapshot, sample.quality(snapshot)),
        "scan": lineage.scanned(plan, first, snapshot, sample.scan(snapshot)),
        "mask": lineage.masked(plan, [snapshot], product),
        "package": lineage.packaged(plan, product, sample.packed()),
    }
    for stage, flow in flows.items():
        events = lineage.events(
            plan, stage, "firms", CONTEXT, started_at=NOW, finished_at=NOW, flows=[flow]
        )
        result = StageResult(
            stage=stage, subject="firms", started_at=NOW, finished_at=NOW, outcome="success"
        )
        ledger.record(CONTEXT, result, audit=record(), lineage=events)


def deliver(operator: Engine, bureau: BureauServer) -> tuple[int, int, int]:
    with bureau.receiver() as receiver:
        done = deliver_pending(operator, receiver)
    return done.audit, done.lineage, len(done.rejected)


def post(bureau: BureauServer, path: str, body: bytes, kind: str) -> httpx.Response:
    headers = {**bureau.bears(DELIVERY), "Content-Type": kind}
    return httpx.post(bureau.url + path, content=body, headers=headers, trust_env=False)


def counted(bureau: BureauServer) -> tuple[int, int]:
    with bureau.client() as client:
        totals = client.totals()
    return totals.audit_records, totals.lineage_events


def test_a_bureau_that_is_down_for_a_whole_run_misses_nothing(
    bureau: BureauServer, operator: Engine
) -> None:
    """It comes back, everything is delivered, and what was delivered twice is counted once."""
    bureau.stop()
    whole_run(SqlRunLedger(operator))
    for _ in range(2):
        with bureau.receiver() as receiver, pytest.raises(BureauUnavailableError):
            deliver_pending(operator, receiver)
    bureau.start()
    assert deliver(operator, bureau) == (5, 10, 0)
    with operator.begin() as connection:
        connection.execute(text("update evidence.outbox set delivered_at = null"))
    assert deliver(operator, bureau) == (5, 10, 0)
    assert counted(bureau) == (5, 10)
    with bureau.receiver() as receiver:
        assert compare_arrivals(operator, receiver).proven


def test_the_bureau_holds_valid_events_as_they_were_recorded(
    bureau: BureauServer, operator: Engine
) -> None:
    """Every event it keeps is valid by the specification and byte for byte the operator's."""
    whole_run(SqlRunLedger(operator))
    deliver(operator, bureau)
    with bureau.engine.begin() as connection:
        held = set(connection.execute(select(lineage_events.c.body)).scalars())
    with operator.begin() as connection:
        sent = select(outbox.c.body).where(outbox.c.kind == "lineage")
        assert set(connection.execute(sent).scalars()) == held
    assert [problem for body in held for problem in spec_problems(json.loads(body))] == []


def test_a_wrong_secret_delivers_nothing_and_rejects_nothing(
    bureau: BureauServer, operator: Engine
) -> None:
    """The deployment is at fault, so every row stays pending."""
    whole_run(SqlRunLedger(operator))
    with bureau.receiver(secret="wrong") as receiver, pytest.raises(AuthorisationError):
        deliver_pending(operator, receiver)
    assert deliver(operator, bureau) == (5, 10, 0)


def test_rewritten_evidence_is_rejected_and_the_rest_passes(
    bureau: BureauServer, operator: Engine
) -> None:
    """One body is edited, one record is replaced after its delivery, one event is spoilt."""
    ledger = SqlRunLedger(operator)
    whole_run(ledger)
    assert deliver(operator, bureau) == (5, 10, 0)
    whole_run(ledger)
    with operator.begin() as connection:
        rows = connection.execute(
            select(outbox.c.seq, outbox.c.kind, outbox.c.body).order_by(outbox.c.seq)
        ).all()
        audit = [row for row in rows if row.kind == "audit"]
        replaced = audit[0].body.replace(b'"firms"', b'"pipes"')
        spoilt = next(row for row in reversed(rows) if row.kind == "lineage")
        for seq, body in (
            (audit[-1].seq, audit[-1].body.replace(b'":"', b'": "', 1)),
            (audit[0].seq, replaced),
            (spoilt.seq, spoilt.body.replace(b'"eventType"', b'"eventTipe"')),
        ):
            connection.execute(
                text("update evidence.outbox set body = :body, delivered_at = null where seq = :s"),
                {"body": body, "s": seq},
            )
    with bureau.receiver() as receiver:
        done = deliver_pending(operator, receiver)
        assert sorted(r.code for r in done.rejected) == [
            "audit_id_conflict",
            "audit_not_canonical",
            "lineage_malformed",
        ]
        assert not compare_arrivals(operator, receiver).proven


def test_a_batch_is_answered_line_by_line(bureau: BureauServer) -> None:
    """Good and bad lines of one request, each with its own receipt in order."""
    one, two = record(), record("pipes")
    forged = to_bytes(one).replace(b'"firms"', b'"ghost"')
    lines = [
        to_bytes(one), b"", to_bytes(two), to_bytes(one), forged, b"\xff", b"{}", to_bytes(two)
    ]  # fmt: skip
    answer = post(bureau, "/api/v1/audit", b"\n".join(lines), "application/x-ndjson")
    assert answer.status_code == 200
    receipts = answer.json()["receipts"]
    assert [r["outcome"] for r in receipts] == [
        "accepted",
        "rejected",
        "accepted",
        "duplicate",
        "rejected",
        "rejected",
        "rejected",
        "duplicate",
    ]
    assert receipts[4]["code"] == "audit_id_conflict"
    assert counted(bureau) == (2, 0)


def _event(**changes: Any) -> dict[str, Any]:
    return {
        "eventType": "COMPLETE",
        "eventTime": "2026-11-23T14:20:00Z",
        "producer": "urn:x",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": "0199aaaa-0000-7000-8000-000000000000"},
        "job": {"namespace": "n", "name": "j"},
    } | changes


def test_lineage_comes_as_one_event_an_array_or_lines_and_counts_once(
    bureau: BureauServer,
) -> None:
    """An OpenLineage client sends one event at a time, in its own key order; fractions are fine."""
    event = _event(run={"runId": "0199aaaa-0000-7000-8000-000000000001", "facets": {}})
    other = _event(job={"namespace": "n", "name": "另一个", "facets": {"x": {"share": 0.25}}})
    single = json.dumps(dict(reversed(event.items())), indent=1).encode()
    assert post(bureau, "/api/v1/lineage", single, "application/json").status_code == 200
    both = json.dumps([event, other]).encode()
    answer = post(bureau, "/api/v1/lineage", both, "application/json; charset=utf-8")
    assert [r["outcome"] for r in answer.json()["receipts"]] == ["duplicate", "accepted"]
    lines = b"\n".join((lineage_bytes(event), lineage_bytes(other)))
    answer = post(bureau, "/api/v1/lineage", lines, "application/x-ndjson")
    assert [r["outcome"] for r in answer.json()["receipts"]] == ["duplicate", "duplicate"]
    assert counted(bureau) == (0, 2)


HOSTILE_EVENTS: dict[str, bytes] = {
    "empty": b"",
    "broken UTF-8": b'"\xff"',
    "NaN": b'{"eventType":NaN}',
    "no object": b"7",
    "repeated key": b'{"eventType":"START","eventType":"FAIL"}',
    "deep": b"[" * 100_000 + b"]" * 100_000,
    "deep object": b'{"a":' * 300 + b"1" + b"}" * 300,
    "type": json.dumps(_event(eventType="DONE")).encode(),
    "zone": json.dumps(_event(eventTime="2026-11-23T14:20:00")).encode(),
    "number for time": json.dumps(_event(eventTime=1700000000)).encode(),
    "year 10000": json.dumps(_event(eventTime="9999-12-31T23:59:59-12:00")).encode(),
    "run id": json.dumps(_event(run={"runId": "x"})).encode(),
    "long name": json.dumps(_event(job={"namespace": "n", "name": "j" * 100_000})).encode(),
    "NUL": json.dumps(_event(job={"namespace": "n", "name": "a\x00"})).encode(),
    "surrogate": json.dumps(_event(producer="\ud800")).encode(),
    "inputs": json.dumps(_event(inputs=[1])).encode(),
    "infinite": json.dumps(_event()).encode().replace(b'"urn:x"', b"1e999"),
}


def test_a_hostile_event_gets_a_code_and_never_a_fault(bureau: BureauServer) -> None:
    """422 for a single event, a rejected receipt among lines; nothing is kept."""
    for name, body in HOSTILE_EVENTS.items():
        answer = post(bureau, "/api/v1/lineage", body, "application/json")
        assert (name, answer.status_code) == (name, 422)
        assert answer.json()["code"] in {"json_malformed", "lineage_malformed"}
        answer = post(bureau, "/api/v1/lineage", body, "application/x-ndjson")
        assert {r["outcome"] for r in answer.json()["receipts"]} == {"rejected"}
    assert counted(bureau) == (0, 0)


def test_batches_above_the_limits_are_refused(bureau: BureauServer) -> None:
    """Too many lines or too many bytes: 413, and nothing of them is kept."""
    for body in (b"\n" * 1000, b"x" * (16 * 1024 * 1024 + 1)):
        answer = post(bureau, "/api/v1/audit", body, "application/x-ndjson")
        assert answer.status_code == 413
    ids = json.dumps(["x"] * 1001).encode()
    assert post(bureau, "/api/v1/audit/digests", ids, "application/json").status_code == 422


def test_digests_are_told_for_what_is_held_and_for_nothing_else(bureau: BureauServer) -> None:
    """Unknown and malformed ids are left out."""
    one = record()
    post(bureau, "/api/v1/audit", to_bytes(one), "application/x-ndjson")
    with bureau.receiver() as receiver:
        held = receiver.digests([str(one.id), str(record().id), "x'; drop table audit_records"])
        assert list(held) == [str(one.id)]
        single = httpx.get(
            f"{bureau.url}/v1/audit/records/{one.id}/digest",
            headers=bureau.bears(DELIVERY),
            trust_env=False,
        )
        assert single.json() == {"id": str(one.id), "sm3": held[str(one.id)]}


def test_totals_count_releases_and_refusals_but_no_intents(bureau: BureauServer) -> None:
    """Per scenario, from the records alone."""
    legal = Legal(scenario="water-open")
    published = {"legal": legal, "run_id": "r1"}
    lines = [
        to_bytes(made)
        for made in (
            record(),
            _made(Action.RELEASE_PUBLISHED, phase="intent", outcome="unknown", **published),
            _made(Action.RELEASE_PUBLISHED, phase="outcome", **published),
            _made(Action.RUN_REFUSED, outcome="refused", reason_code="suspended", legal=legal),
            _made(Action.RUN_REFUSED, outcome="refused", legal=legal, run_id="r2"),
            _made(Action.RELEASE_REFUSED, outcome="refused", legal=legal, run_id="r2"),
        )
    ]
    post(bureau, "/api/v1/audit", b"\n".join(lines), "application/x-ndjson")
    with bureau.client() as client:
        totals = client.totals()
    water = totals.scenarios["water-open"]
    assert (water.audit_records, water.releases, water.refusals) == (5, 1, 2)
    assert totals.scenarios["firm-credit"].audit_records == totals.audit_records - 5 == 1


def _made(action: Action, **changes: Any) -> AuditRecord:
    values: dict[str, Any] = {
        "initiator": Initiator(type="service", id="weir-gate", role="operator"),
        "target": Target(kind="release", name="water-open"),
        "service": "gate",
    }
    return new_record(FixedClock(NOW), action, **(values | changes))


@pytest.fixture
def program(operator: Engine) -> Callable[..., subprocess.Popen[bytes]]:
    """Starts the torture program in one of its roles."""
    dsn = operator.url.render_as_string(hide_password=False)
    root = PROGRAM.parents[2]

    def start(role: str, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, str(PROGRAM), role, dsn, *arguments],
            env=os.environ | {"PYTHONPATH": f"{root / 'include'}:{root / 'tests'}"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    return start


def test_nothing_is_lost_when_everything_is_killed_again_and_again(
    bureau: BureauServer,
    operator: Engine,
    program: Callable[..., subprocess.Popen[bytes]],
    tmp_path: Path,
) -> None:
    """Kill -9 of workers and deliverers at any point, with the bureau away for a while."""
    starts: list[tuple[str, ...]] = [("worker", str(tmp_path))] * 2
    starts += [("deliverer", bureau.url, account_id(DELIVERY), secret_of(DELIVERY))] * 2
    running = [program(*start) for start in starts]
    dice = random.Random(20261123)  # noqa: S311 - it chooses whom to kill
    for turn in range(12):
        time.sleep(dice.uniform(0.8, 1.4))
        victim = dice.randrange(len(running))
        running[victim].send_signal(signal.SIGKILL)
        running[victim].wait()
        running[victim] = program(*starts[victim])
        if turn == 4:
            bureau.stop()
        if turn == 7:
            bureau.start()
    for one in running:
        one.kill()
        one.wait()
    deliver(operator, bureau)
    with operator.begin() as connection:
        rows = select(outbox.c.kind, func.count()).group_by(outbox.c.kind)
        kept = dict(connection.execute(rows).tuples().all())
        intents = {
            json.loads(body)["id"]
            for body in connection.execute(
                select(outbox.c.body).where(outbox.c.kind == "audit")
            ).scalars()
            if b'"phase":"intent"' in body
        }
    effects = {path.read_text() for path in tmp_path.iterdir()} - {""}
    assert len(effects) > 20
    assert effects <= intents
    assert counted(bureau) == (kept["audit"], kept["lineage"])
    with bureau.receiver() as receiver:
        assert compare_arrivals(operator, receiver).proven
