"""What Airflow's processes run: a scenario's stages, delivery, and the figures of the Weir page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from weir.clock import SHANGHAI, SystemClock
from weir.contracts.loader import scenario_names
from weir.errors import ContractError
from weir.model import ReleaseStatus, RunContext, RunId, ScenarioId
from weir.runtime.adapters import (
    bureau_key,
    engine,
    evidence_receiver,
    intake_client,
    ledger_engine,
    load_plan,
    needed,
    object_store,
    release_desk,
    settings,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from weir.evidence.run_history import RunSummary
    from weir.pipeline import ScenarioRun


def scenario_run(context: RunContext) -> ScenarioRun:
    """A run over the worker's ports: it can read snapshots and write staging, no more.

    A contract that does not hold is kept in the ledger as a refused run, then raised.
    """
    from weir.crypto.file_keystore import FileKeyStore
    from weir.evidence.kept import keep_refusal
    from weir.evidence.run_ledger import SqlRunLedger
    from weir.pipeline import Ports, ScenarioRun

    told = settings()
    ledger, clock = SqlRunLedger(ledger_engine()), SystemClock()
    try:
        plan = load_plan(context.scenario)
    except ContractError as error:
        keep_refusal(error, context, ledger=ledger, clock=clock)
        raise
    return ScenarioRun(
        plan=plan,
        context=context,
        ports=Ports(
            intake=intake_client(told),
            store=object_store(),
            keys=FileKeyStore(needed(told.keys_dir, "WEIR_KEYS_DIR")),
            ledger=ledger,
            desk=release_desk(),
            clock=clock,
            bureau_key=bureau_key(),
            acknowledge_lapsed=told.acknowledge_lapsed_policy,
            scratch=told.scratch_dir,
        ),
    )


def refuse_run(context: RunContext) -> NoReturn:
    """Keep the run as refused and raise why: its contract does not hold, or did not until now."""
    from weir.evidence.kept import keep_refusal
    from weir.evidence.run_ledger import SqlRunLedger

    try:
        load_plan(context.scenario)
        error = ContractError(
            "contract_was_broken",
            "the contract did not hold when this run began or went on",
            where={"scenario": context.scenario},
            remedy="it holds now: start a new run",
        )
    except ContractError as broken:
        error = broken
    keep_refusal(error, context, ledger=SqlRunLedger(ledger_engine()), clock=SystemClock())
    raise error


def run_here(scenario: str) -> ReleaseStatus:
    """Every stage of `scenario` in this process, without Airflow."""
    from weir.pipeline import run_all
    from weir.runtime import statements

    statements.hear(scenario)
    now = SystemClock().now()
    return run_all(
        scenario_run(
            RunContext(
                scenario=ScenarioId(scenario),
                run_id=RunId(now.strftime("cli-%Y%m%dT%H%M%S.%fZ")),
                as_of=now,
            )
        )
    )


def deliver_evidence() -> dict[str, int]:
    """Deliver what the outbox holds; returns how many records of each kind arrived."""
    from weir.evidence.delivery import deliver_pending

    told = settings()
    outbox = engine(told.delivery_dsn, "WEIR_DELIVERY_DSN")
    try:
        with evidence_receiver(told) as receiver:
            delivered = deliver_pending(outbox, receiver)
    finally:
        outbox.dispose()
    return {
        "audit": delivered.audit,
        "lineage": delivered.lineage,
        "rejected": len(delivered.rejected),
    }


def issue_notices() -> int:
    """Have the gate issue the notices that are due today; returns how many are new."""
    return len(release_desk().issue_notices())


def destroy_what_is_over() -> int:
    """Have the gate destroy what is kept beyond its term; returns how many lots are gone."""
    from weir.runtime.retention import destroy

    return len(destroy())


OUTCOMES = {
    "released": "已发布 released",
    "refused": "已拒绝 refused",
    "failed": "失败，或在等待重试 failed, or waiting for another try",
    "running": "运行中 running",
}
ENDED = "已在 Airflow 中结束，未完成 ended in Airflow before it was done"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioOverview:
    """One line of the Weir page."""

    scenario: str
    title: str
    run: RunSummary | None
    state: str
    outcome: str
    finished: str


SCENARIOS_A_PAGE = 100


def overview(after: str, is_over: Callable[[str, str], bool]) -> tuple[list[ScenarioOverview], str]:
    """A page of scenario contracts with their last runs, for Airflow's page: those whose names come
    after `after`; and the name after which the next page begins, empty on the last one.

    The ledger knows what stages kept. Of a run that somebody ended, none keeps that: so `is_over`
    is asked, given scenario and run, about each that the ledger takes for running."""
    from weir.evidence.run_history import last_run

    lines = []
    names = [name for name in scenario_names(settings().contracts_dir) if name > after]
    for name in names[:SCENARIOS_A_PAGE]:
        try:
            title = load_plan(name).scenario.title
        except ContractError as error:
            title = f"合同有误 contract error: {error.code}"
        run = last_run(ledger_engine(), name)
        ended = run is not None and run.outcome == "running" and is_over(name, run.run_id)
        lines.append(
            ScenarioOverview(
                scenario=name,
                title=title,
                run=run,
                state="failed" if ended else run.outcome if run else "",
                outcome=ENDED if ended else OUTCOMES[run.outcome] if run else "",
                finished=f"{run.finished_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}" if run else "",
            )
        )
    return lines, lines[-1].scenario if len(names) > len(lines) else ""


def report(key: str) -> bytes:
    """A quality report out of the reports bucket."""
    from weir.storage.objects import REPORTS

    return object_store().get_bytes(REPORTS, key)
