"""A stage's outcome and its evidence are kept together, under a role that can do no more."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, func, make_url, select, text
from sqlalchemy.exc import ProgrammingError

from fakes.memory_receiver import MemoryReceiver
from fakes.stage_values import CONTEXT, NOW
from weir.demo.embedded.postgres import PostgresServer
from weir.errors import ContractError, IntegrityError, StoreUnavailableError
from weir.evidence.audit import AuditRecord
from weir.evidence.delivery import deliver_pending
from weir.evidence.ledger import StageResult
from weir.evidence.run_history import last_run, last_runs
from weir.evidence.run_ledger import SqlRunLedger
from weir.evidence.tables import deliverer_grants, outbox, run_stages, worker_grants
from weir.model import Reason, RunId, ScenarioId

Make = Callable[..., AuditRecord]
_PASSWORD = "only-for-this-test"
RECORD = "kind, dedup_id, body"
ROW = "'audit', 'x', ''"


def stage(name: str, subject: str = "firm-credit", **changes: Any) -> StageResult:
    values: dict[str, Any] = {
        "stage": name,
        "subject": subject,
        "started_at": NOW,
        "finished_at": NOW + timedelta(seconds=1),
        "outcome": "success",
    }
    return StageResult(**(values | changes))


REASON = Reason(
    code="dataset_prohibited", what="不予开放", article="第十三条", remedy="换一个数据集"
)


@pytest.fixture
def as_role(
    engine: Engine, postgres_database: str, postgres_server: PostgresServer
) -> Iterator[Callable[[str, tuple[str, ...]], Engine]]:
    """Engines of roles that hold nothing but the grants they are given."""
    made: list[Engine] = []
    database = make_url(postgres_database).database or ""

    def make(role: str, grants: tuple[str, ...]) -> Engine:
        postgres_server.ensure_role(role, _PASSWORD)
        with postgres_server.connect(database) as connection, connection.cursor() as cursor:
            cursor.execute(f'GRANT CONNECT ON DATABASE "{database}" TO "{role}"')
        with engine.begin() as owner:
            for grant in grants:
                owner.execute(text(grant))
        made.append(create_engine(postgres_server.url(database, role, _PASSWORD)))
        return made[-1]

    yield make
    for one in made:
        one.dispose()


def count(engine: Engine) -> tuple[int, int]:
    with engine.begin() as connection:
        stages = connection.execute(select(func.count()).select_from(run_stages)).scalar_one()
        kept = connection.execute(select(func.count()).select_from(outbox)).scalar_one()
        return stages, kept


def test_a_stage_its_record_and_its_lineage_are_kept_together(engine: Engine, record: Make) -> None:
    """One call, three rows; the same record again fails and leaves no stage behind."""
    ledger = SqlRunLedger(engine)
    one = record()
    ledger.record(CONTEXT, stage("pull"), audit=one, lineage=[{"eventType": "START"}])
    assert count(engine) == (1, 2)
    with pytest.raises(IntegrityError) as refusal:
        ledger.record(CONTEXT, stage("scan"), audit=one, lineage=[{"eventType": "COMPLETE"}])
    assert refusal.value.code == "database_refused"
    assert count(engine) == (1, 2)


def test_an_intent_is_kept_before_its_effect(engine: Engine, record: Make) -> None:
    """The record of an intent stands alone in the outbox."""
    SqlRunLedger(engine).intend(CONTEXT, dataclasses.replace(record(), phase="intent"))
    assert count(engine) == (0, 1)


def test_the_worker_role_adds_evidence_and_alters_none(
    engine: Engine, record: Make, as_role: Callable[[str, tuple[str, ...]], Engine]
) -> None:
    """INSERT on both tables, SELECT on the stages; no reading, changing or deleting of records."""
    worker = as_role("test_worker", worker_grants("test_worker"))
    SqlRunLedger(worker).record(CONTEXT, stage("pull"), audit=record(), lineage=[{"a": 1}])
    SqlRunLedger(worker).record(CONTEXT, stage("scan"), audit=record(), lineage=[{"a": 1}])
    assert last_run(worker, "firm-credit") is not None
    for statement in (
        "select * from evidence.outbox",
        "update evidence.outbox set delivered_at = now()",
        "delete from evidence.outbox",
        "truncate evidence.run_stages",
        "update evidence.run_stages set outcome = 'success'",
        "delete from evidence.run_stages",
        "drop table evidence.outbox",
        f"insert into evidence.outbox (seq, {RECORD}) overriding system value values (9, {ROW})",
        f"insert into evidence.outbox (delivered_at, {RECORD}) values (now(), {ROW})",
        "lock table evidence.outbox in share mode",
    ):
        with pytest.raises(ProgrammingError), worker.begin() as connection:
            connection.execute(text(statement))
    assert count(engine) == (2, 3)


def test_a_role_that_was_given_more_is_given_less(
    as_role: Callable[[str, tuple[str, ...]], Engine],
) -> None:
    """What a role holds of a table from an earlier installation goes with the next grants."""
    wide = ("GRANT ALL ON evidence.outbox, evidence.run_stages TO test_wide",)
    role = as_role("test_wide", (*wide, *worker_grants("test_wide")))
    for table in ("outbox", "run_stages"):
        with pytest.raises(ProgrammingError), role.begin() as connection:
            connection.execute(text(f"delete from evidence.{table}"))


def test_the_deliverer_role_can_mark_and_not_rewrite(
    engine: Engine, record: Make, as_role: Callable[[str, tuple[str, ...]], Engine]
) -> None:
    """Whoever delivers cannot change a body, add a record or take one away."""
    SqlRunLedger(engine).record(CONTEXT, stage("pull"), audit=record())
    deliverer = as_role("test_deliverer", deliverer_grants("test_deliverer"))
    assert deliver_pending(deliverer, MemoryReceiver()).audit == 1
    for statement in (
        "update evidence.outbox set body = ''",
        "delete from evidence.outbox",
        "insert into evidence.outbox (kind, dedup_id, body) values ('audit', 'x', '')",
        "select * from evidence.run_stages",
    ):
        with pytest.raises(ProgrammingError), deliverer.begin() as connection:
            connection.execute(text(statement))


@pytest.mark.parametrize("name", ['x"; drop table outbox; --', "Worker", "", "a" * 64])
def test_a_hostile_role_name_is_refused(name: str) -> None:
    """Role names go into SQL text, so only plain ones pass."""
    for grants in (worker_grants, deliverer_grants):
        with pytest.raises(ContractError):
            grants(name)


def test_a_run_is_told_by_the_last_word_of_each_stage(engine: Engine, record: Make) -> None:
    """A stage that failed, was tried again and passed has passed."""
    ledger = SqlRunLedger(engine)
    for result in (
        stage("pull", "a", outcome="failure", reason=Reason(code="exchange_unavailable", what="")),
        stage("pull", "a", rows_in=1017, rows_out=1000),
        stage("pull", "b", rows_in=500, rows_out=500),
        stage("check_quality", "a", rows_in=1000, rows_quarantined=3, detail={"report": "r/a"}),
        stage("mask", rows_in=1497, rows_out=900),
        stage("assess_disclosure", rows_in=900, rows_out=890),
    ):
        ledger.record(CONTEXT, result, audit=record())
    run = last_run(engine, "firm-credit")
    assert run is not None
    assert (run.outcome, run.reason, run.release_id) == ("running", None, "")
    assert (run.rows_in, run.rows_out, run.rows_quarantined) == (1500, 890, 3)
    assert run.reports == {"a": "r/a"}
    assert len(run.stages) == 5
    ledger.record(
        CONTEXT, stage("report", rows_out=890, detail={"release_id": "rel-7"}), audit=record()
    )
    run = last_run(engine, "firm-credit")
    assert run is not None
    assert (run.outcome, run.release_id, run.rows_out) == ("released", "rel-7", 890)


def test_a_refused_run_tells_its_reason_and_article(engine: Engine, record: Make) -> None:
    """The closing row of a refusal carries it, even where no stage could begin."""
    ledger = SqlRunLedger(engine)
    ledger.record(CONTEXT, stage("run", outcome="refused", reason=REASON), audit=record())
    run = last_run(engine, "firm-credit")
    assert run is not None
    assert (run.outcome, run.reason) == ("refused", REASON)
    ledger.record(CONTEXT, stage("authorise"), audit=record())
    assert [r.outcome for r in last_runs(engine)] == ["running"]


def test_runs_come_newest_first_and_by_scenario(engine: Engine, record: Make) -> None:
    """Twelve runs of two scenarios, read back in order, limited and filtered."""
    ledger = SqlRunLedger(engine)
    for n in range(12):
        scenario = ScenarioId("water-open" if n % 2 else "firm-credit")
        context = dataclasses.replace(CONTEXT, scenario=scenario, run_id=RunId(f"run-{n}"))
        outcome = "failure" if n == 11 else "success"
        ledger.record(context, stage("authorise", outcome=outcome), audit=record())
    assert [r.run_id for r in last_runs(engine, limit=3)] == ["run-11", "run-10", "run-9"]
    assert [r.run_id for r in last_runs(engine, scenario="firm-credit", limit=2)] == [
        "run-10",
        "run-8",
    ]
    assert last_runs(engine)[0].outcome == "failed"
    assert last_run(engine, "nothing-here") is None


def test_a_database_that_is_gone_may_come_back(record: Make) -> None:
    """Nothing listens there: the error says to try later and shows no password."""
    away = create_engine("postgresql+psycopg2://worker:geheim@127.0.0.1:1/weir")
    with pytest.raises(StoreUnavailableError) as outage:
        SqlRunLedger(away).record(CONTEXT, stage("pull"), audit=record())
    assert outage.value.code == "database_unavailable"
    assert "geheim" not in str(outage.value)
