"""What a test kills: `worker DSN FOLDER` or `deliverer DSN URL ACCOUNT SECRET`."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import create_engine

from weir.clock import SystemClock
from weir.errors import BureauUnavailableError
from weir.evidence.actions import Action
from weir.evidence.audit import Initiator, Target, new_id, new_record
from weir.evidence.delivery import deliver_pending
from weir.evidence.http_receiver import HttpReceiver
from weir.evidence.ledger import StageResult
from weir.evidence.run_ledger import SqlRunLedger
from weir.model import RunContext, RunId, ScenarioId


def work(dsn: str, folder: Path) -> None:
    """Intent, effect (a file), outcome; again and again."""
    clock, ledger = SystemClock(), SqlRunLedger(create_engine(dsn))
    now = datetime.now(UTC)
    context = RunContext(scenario=ScenarioId("torture"), run_id=RunId("run-1"), as_of=now)
    who = Initiator(type="service", id="weir-worker", role="operator")
    while True:
        name = str(new_id(clock))
        target = Target(kind="object", name=name)
        intent = new_record(
            clock,
            Action.RELEASE_PUBLISHED,
            initiator=who,
            target=target,
            service="worker",
            phase="intent",
            outcome="unknown",
            run_id="run-1",
        )
        ledger.intend(context, intent)
        (folder / name).write_text(str(intent.id), encoding="utf-8")
        outcome = new_record(
            clock,
            Action.RELEASE_PUBLISHED,
            initiator=who,
            target=target,
            service="worker",
            phase="outcome",
            intent_id=intent.id,
            run_id="run-1",
        )
        result = StageResult(
            stage="publish", subject=name, started_at=now, finished_at=now, outcome="success"
        )
        ledger.record(context, result, audit=outcome, lineage=[_event(name)])


def deliver(dsn: str, url: str, account: str, secret: str) -> None:
    engine, receiver = create_engine(dsn), HttpReceiver(url, account, secret)
    while True:
        try:
            deliver_pending(engine, receiver)
        except BureauUnavailableError:
            time.sleep(0.05)


def _event(name: str) -> dict[str, object]:
    return {
        "eventType": "COMPLETE",
        "eventTime": "2026-11-23T14:20:00Z",
        "producer": "urn:weir:test",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": name},
        "job": {"namespace": "weir", "name": "torture"},
    }


if __name__ == "__main__":
    role, database, *rest = sys.argv[1:]
    if role == "worker":
        work(database, Path(rest[0]))
    deliver(database, *rest)
