"""Reports over a real database, by a role that may read and tell, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Engine, create_engine, make_url, select, text

from fakes.gate_city import GateCity
from fakes.known_callers import SECURITY, known_callers, secret_of
from fakes.memory_store import MemoryStore
from fakes.small_city import LIBRARY, NOW, RUN
from gate_server import serving
from weir.clock import FixedClock
from weir.contracts.packs import pack_in_force
from weir.crypto.sm3 import sm3_hex
from weir.demo.embedded.postgres import PostgresServer
from weir.errors import ContractError, IntegrityError, RefusedError, StoreUnavailableError
from weir.evidence.actions import Action
from weir.evidence.audit import AuditRecord, Initiator, Target, from_bytes, new_record
from weir.evidence.ledger import StageResult
from weir.evidence.outbox import append
from weir.evidence.run_history import runs_begun
from weir.evidence.run_ledger import SqlRunLedger
from weir.evidence.tables import outbox
from weir.gate.client import GateClient
from weir.gate.migrate import DATABASE
from weir.gate.reports.models import (
    DisclosureList,
    EvaluationPack,
    IncidentReport,
    OperationReport,
    SectorReport,
)
from weir.gate.reports.office import ReportOffice
from weir.gate.reports.period import period_of, year_of
from weir.gate.tables import cases, reports
from weir.governance.cases import CaseBook
from weir.governance.grants import report_grants
from weir.model import Principal, Reason, Role, RunContext, RunId, ScenarioId
from weir.policy.machines.incident import INCIDENT
from weir.settings import ROOT
from weir.storage.objects import REPORTS

LATER = NOW + timedelta(days=10)
NOVEMBER = period_of("2026-11-01", "2026-12-01", LATER)
OFFICER = Principal(id="officer", role=Role.SECURITY_OFFICER, org="suining-data-operator")
BY = Initiator(type="schedule", id="weir-reports", role="operator")
MOBILE = "13900009021"


@pytest.fixture
def reporter(engine: Engine, postgres_server: PostgresServer) -> Iterator[Engine]:
    """The database as the role of reports sees it."""
    role, password = "test_reports", "only-for-this-test"
    postgres_server.ensure_role(role, password)
    database = str(engine.url.database)
    with postgres_server.connect(database) as connection, connection.cursor() as cursor:
        cursor.execute(f'GRANT CONNECT ON DATABASE "{database}" TO "{role}"')
    with engine.begin() as owner:
        for grant in report_grants(role):
            owner.execute(text(grant))
    own = create_engine(make_url(engine.url).set(username=role, password=password))
    yield own
    own.dispose()


@pytest.fixture
def office(gate: GateCity, reporter: Engine, memory: MemoryStore) -> ReportOffice:
    memory.ensure_bucket(REPORTS)
    return ReportOffice(
        engine=reporter,
        store=memory,
        contracts=gate.ports.contracts,
        bureau_key=gate.city.bureau.public,
        clock=FixedClock(LATER),
        by=BY,
    )


def worked(gate: GateCity, run_id: str, at: datetime, *, reason: Reason | None = None) -> None:
    """A run of the library scenario as the worker keeps it."""
    ledger = SqlRunLedger(gate.engine)
    dataset = gate.city.plan().inputs[0].dataset.dataset
    told = StageResult(
        stage="pull", subject=dataset, started_at=at, finished_at=at, outcome="success", rows_out=12
    )
    stages = [
        told,
        replace(
            told,
            stage="check_quality",
            rows_quarantined=1,
            outcome="refused" if reason else "success",
            reason=reason,
        ),
    ]
    if reason is None:
        stages.append(replace(told, stage="report", subject=LIBRARY))
    context = RunContext(scenario=ScenarioId(LIBRARY), run_id=RunId(run_id), as_of=at)
    for stage in stages:
        ledger.record(context, stage, audit=_record())


def _record() -> AuditRecord:
    return new_record(
        FixedClock(NOW),
        Action.SNAPSHOT_TAKEN,
        initiator=BY,
        target=Target(kind="dataset", name="visits"),
        service="worker",
    )


def incidents(gate: GateCity) -> CaseBook:
    return CaseBook(
        engine=gate.engine,
        database=DATABASE,
        tables=cases,
        clock=FixedClock(NOW),
        service="gate",
        key_id="k",
        keep=append,
        pack=partial(pack_in_force, ROOT / "policy"),
    )


def opened(gate: GateCity) -> None:
    """An incident whose finder wrote a telephone number."""
    incidents(gate).move(
        INCIDENT,
        "inc-1",
        "open",
        {
            "sign": "by_hand",
            "what": f"群众来电 {MOBILE} 反映泄露",
            "scope_kind": "scenario",
            "scope": LIBRARY,
            "discovered_at": NOW.isoformat(),
        },
        OFFICER,
    )


def made_records(engine: Engine) -> list[AuditRecord]:
    with engine.connect() as connection:
        bodies = connection.scalars(select(outbox.c.body).order_by(outbox.c.seq)).all()
    records = [from_bytes(bytes(body)) for body in bodies]
    return [one for one in records if one.action == Action.REPORT_MADE]


@pytest.mark.article("第十四条")
def test_a_month_is_reported_from_what_the_database_holds(
    gate: GateCity, office: ReportOffice
) -> None:
    """Runs, a release, a refusal, a suspension and an incident, each once."""
    gate.publish()
    gate.order(gate.city.order("suspend", "scenario", LIBRARY))
    worked(gate, RUN, NOW)
    worked(gate, "run-2", NOW, reason=Reason(code="expectation_failed", what="", article="第六条"))
    worked(gate, "run-october", NOW - timedelta(days=40))
    opened(gate)
    (one,) = office.operation(NOVEMBER)
    report = one.report
    assert isinstance(report, OperationReport)
    assert (report.totals.runs, report.totals.completed, report.totals.refused) == (2, 1, 1)
    assert (report.totals.releases, report.totals.rows_released) == (1, 12)
    assert (report.totals.rows_supplied, report.totals.rows_quarantined) == (24, 2)
    assert [one.scope for one in report.suspensions] == [LIBRARY]
    assert [(one.incident, one.state) for one in report.incidents] == [("inc-1", "opened")]
    assert MOBILE not in one.json.decode() + one.html.decode()
    (pack,) = office.evaluation(year_of(2026, LATER), ())
    assert isinstance(pack.report, EvaluationPack)
    assert (pack.report.totals.runs, pack.report.incident_figures.overdue) == (3, 1)
    (listed,) = office.disclosure(year_of(2026, LATER))
    assert isinstance(listed.report, DisclosureList)
    assert [one.scenario for one in listed.report.products] == [LIBRARY]


def test_a_run_that_the_gate_published_is_counted_as_completed(
    gate: GateCity, office: ReportOffice
) -> None:
    """Though its worker kept it as refused: the gate's own store has the word."""
    gate.publish()
    worked(gate, RUN, NOW, reason=Reason(code="suspended", what="", article="第十六条"))
    (one,) = office.operation(NOVEMBER)
    assert isinstance(one.report, OperationReport)
    assert (one.report.totals.completed, one.report.totals.refused) == (1, 0)
    assert one.report.scenarios[0].refusals == ()


@pytest.mark.article("第十六条")
def test_every_provider_gets_a_report_of_its_own(gate: GateCity, office: ReportOffice) -> None:
    """One each, and one alone where it is named."""
    worked(gate, RUN, NOW)
    reports = [one.report for one in office.sector(NOVEMBER)]
    own = gate.city.plan().inputs[0].dataset
    by_provider = {one.provider: one for one in reports if isinstance(one, SectorReport)}
    assert len(by_provider) == len(reports) == 2
    assert [one.dataset for one in by_provider[own.provider].datasets] == [own.dataset]
    assert by_provider[own.provider].uses[0].rows_supplied == 12
    (named,) = office.sector(NOVEMBER, own.provider)
    assert named.report == by_provider[own.provider]
    with pytest.raises(ContractError, match="provider_unknown"):
        office.sector(NOVEMBER, "nobody")


@pytest.mark.article("第十九条")
def test_an_incident_has_its_report_file(gate: GateCity, office: ReportOffice) -> None:
    """Told by the gate to its handlers: with its due instant, and none of what a finder should not
    have written."""
    opened(gate)
    with serving(gate.ports, known_callers()) as url:
        guard = GateClient(url, SECURITY.id, secret_of(SECURITY))
        (one,) = office.incident(guard.case("incident", "inc-1"))
        with pytest.raises(RefusedError, match="case_unknown"):
            guard.case("incident", "inc-2")
    assert isinstance(one.report, IncidentReport)
    assert one.report.incident.due_at == NOW + timedelta(hours=4)
    assert one.report.overdue
    assert one.report.texts.what == "群众来电 <CN_MOBILE> 反映泄露"
    assert [(step.move, step.by) for step in one.report.steps] == [("open", "security_officer")]
    assert one.name == "incident-inc-1"


def test_an_empty_month_is_reported_as_such(office: ReportOffice) -> None:
    """A valid report that says there was nothing."""
    (one,) = office.operation(NOVEMBER)
    assert json.loads(one.json)["scenarios"] == []
    assert "本期没有可报告的事项" in one.html.decode()


@pytest.mark.article("第十六条")
def test_a_report_is_evidence_once_its_files_are_kept(
    gate: GateCity, office: ReportOffice, memory: MemoryStore
) -> None:
    """Kind, period, SM3; and the files lie under the key that the record names."""
    (one,) = office.operation(NOVEMBER)
    (record,) = made_records(gate.engine)
    assert (record.target.name, record.initiator.type) == (one.name, "schedule")
    assert record.legal.article == "第十四条"
    assert record.data == {
        "kind": "operation",
        "report": one.key,
        "sm3": sm3_hex(one.json),
        "html_sm3": sm3_hex(one.html),
        "first_day": "2026-11-01",
        "until": "2026-12-01",
    }
    assert memory.get_bytes(REPORTS, one.key) == one.html
    assert memory.get_bytes(REPORTS, one.key.replace(".html", ".json")) == one.json


def test_a_report_that_cannot_be_kept_leaves_no_record(
    gate: GateCity, office: ReportOffice, memory: MemoryStore
) -> None:
    """Nothing is told of a page that nobody could read."""
    memory.down = True
    with pytest.raises(StoreUnavailableError):
        office.operation(NOVEMBER)
    assert made_records(gate.engine) == []


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT body FROM evidence.outbox",
        "SELECT access_key FROM governance.credential_keys",
        "SELECT envelope FROM governance.decisions",
        "SELECT facts FROM governance.cases",
        "SELECT facts FROM governance.moves",
        "UPDATE governance.incident_figures SET state = 'closed'",
        "UPDATE evidence.run_stages SET rows_out = 0",
        "UPDATE governance.cases SET state = 'closed'",
        "DELETE FROM evidence.outbox",
        "INSERT INTO governance.releases (release_id) VALUES ('x')",
        "CREATE TABLE governance.mine (n int)",
    ],
)
def test_the_role_of_reports_reads_no_secret_and_changes_nothing(
    reporter: Engine, statement: str
) -> None:
    """The database refuses it."""
    with pytest.raises(Exception, match="permission denied"), reporter.begin() as connection:
        connection.execute(text(statement))


def test_the_role_of_reports_reads_figures_of_an_incident_and_no_words(
    gate: GateCity, reporter: Engine
) -> None:
    """Whoever may change a DAG has this role: what people wrote is not for them."""
    opened(gate)
    with reporter.connect() as connection:
        (facts,) = connection.scalars(text("SELECT facts FROM governance.incident_figures"))
    assert facts == {
        "sign": "by_hand",
        "scope_kind": "scenario",
        "scope": LIBRARY,
        "discovered_at": NOW.isoformat().replace("+00:00", "Z"),
    }


def test_a_run_belongs_to_the_period_in_which_it_began(gate: GateCity) -> None:
    """However late it is tried again; so months add up to a year."""
    worked(gate, "late", NOVEMBER.ends_at - timedelta(seconds=1))
    worked(gate, "late", NOVEMBER.ends_at + timedelta(days=1))
    worked(gate, "early", NOVEMBER.begins_at)
    worked(gate, "next", NOVEMBER.ends_at)

    def names(first: datetime, last: datetime) -> list[str]:
        with gate.engine.connect() as connection:
            return [one.run_id for one in runs_begun(connection, first, last)]

    assert names(NOVEMBER.begins_at, NOVEMBER.ends_at) == ["early", "late"]
    assert names(NOVEMBER.ends_at, datetime(2027, 1, 1, tzinfo=UTC)) == ["next"]


def test_an_order_that_the_bureau_never_signed_stops_the_report(
    gate: GateCity, office: ReportOffice
) -> None:
    """What lies in the database proves nothing."""
    stranger = type(gate.city.bureau).generate()
    envelope = gate.city.order("suspend", "scenario", LIBRARY)
    gate.order(envelope)
    with pytest.raises(IntegrityError):
        replace(office, bureau_key=stranger.public).operation(NOVEMBER)


def test_a_report_is_kept_as_made_and_only_a_whole_one_as_complete(
    gate: GateCity, office: ReportOffice
) -> None:
    """By the role of reports, in the transaction of the record: it ends the duty to report."""
    office.operation(NOVEMBER)
    office.operation(period_of("2026-12-01", "2027-01-01", LATER))
    office.sector(NOVEMBER, "city-library")
    with gate.engine.begin() as connection:
        kept = connection.execute(select(reports).order_by(reports.c.made_at, reports.c.kind)).all()
    assert {(one.kind, one.about, one.first_day, one.complete) for one in kept} == {
        ("operation", "", NOVEMBER.first_day, True),
        ("operation", "", NOVEMBER.until, False),
        ("sector", "city-library", NOVEMBER.first_day, True),
    }
    told = {one.id for one in gate.records() if one.action == "report.made"}
    assert {one.audit_id for one in kept} == told
