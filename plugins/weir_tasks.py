"""What the DAG files need of Airflow: the run's context, the wait for the gate, the alarm."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog
from airflow.sdk import BaseOperator, BaseOperatorLink, Context, get_current_context
from airflow.triggers.base import BaseTrigger, TriggerEvent

from weir.errors import GateUnavailableError
from weir.model import (
    Package,
    ReleaseId,
    ReleaseState,
    RunContext,
    RunId,
    ScenarioId,
    from_json,
    to_json,
)

if TYPE_CHECKING:
    from airflow.sdk.types import TaskInstanceKey

    from weir.pipeline import ScenarioRun

log = structlog.get_logger("weir.tasks")

_PATIENCE = timedelta(days=7)
"""Reviewers are people: a release that is reviewed after a weekend must find its run waiting."""
_REVIEW_POLL_SECONDS = 5.0
"""All runs that wait for people ask under one account, whose calls are counted."""


def scenario_run(scenario: str) -> ScenarioRun:
    """The present task's run of `scenario`, over this worker's ports.

    Rules are read at the run's own instant, so a retry decides as the first try did.
    """
    from weir.runtime import worker

    return worker.scenario_run(_run_context(scenario))


def refuse_run(scenario: str) -> None:
    """Refuse the present run, which began or went on while its contract did not hold."""
    from weir.runtime import worker

    worker.refuse_run(_run_context(scenario))


def _run_context(scenario: str) -> RunContext:
    context = get_current_context()
    run = context["dag_run"]
    return RunContext(
        scenario=ScenarioId(scenario),
        run_id=run_name(run.run_id),
        as_of=run.run_after,
        attempt=context["ti"].try_number,
        requested_by=run.triggering_user_name or "",
    )


def run_name(dag_run_id: str) -> RunId:
    """The run's name in object keys and in the ledger: Airflow's, without `:` and `+`."""
    return RunId(re.sub(r"[^A-Za-z0-9_.-]+", "-", dag_run_id))


class QualityReport(BaseOperatorLink):
    """The button that leads from a quality task to its report on the Weir page."""

    @property
    def name(self) -> str:
        return "质量报告 quality report"

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        """The report's address; the task's group is named after its dataset."""
        del operator
        dataset = ti_key.task_id.partition(".")[0]
        return f"/weir/reports/{ti_key.dag_id}/{run_name(ti_key.run_id)}/quality-{dataset}.html"


def announce_failure(context: Context) -> None:
    """Log that a task failed, by name: the ledger holds the reason, and no value leaks here."""
    instance = context["ti"]
    log.error(
        "scenario_task_failed",
        dag_id=instance.dag_id,
        task_id=instance.task_id,
        run_id=instance.run_id,
        error=type(context.get("exception")).__name__,
    )


class ReleaseSettled(BaseTrigger):
    """Fires once the gate has published or refused a release; one that waits for its reviewers is
    waited for. Holds no credential itself."""

    def __init__(self, release_id: str, poll_seconds: float = 1.0) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Airflow's own
        self.release_id = release_id
        self.poll_seconds = poll_seconds

    def serialize(self) -> tuple[str, dict[str, Any]]:
        return (
            "weir_tasks.ReleaseSettled",
            {"release_id": self.release_id, "poll_seconds": self.poll_seconds},
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Poll the gate; a gate that is down is waited for, the task's own timeout ends it."""
        from weir.runtime import adapters

        desk = await asyncio.to_thread(adapters.release_desk)
        while True:
            try:
                status = await asyncio.to_thread(desk.release_status, ReleaseId(self.release_id))
            except GateUnavailableError as error:
                log.warning("gate_unreachable", release_id=self.release_id, code=error.code)
            else:
                # A state that this version does not know is a GateUnavailableError above.
                if status.state.settled:
                    yield TriggerEvent({"release_id": self.release_id})  # type: ignore[no-untyped-call]
                    return
                if status.state is ReleaseState.IN_REVIEW:
                    await asyncio.sleep(_REVIEW_POLL_SECONDS)
                    continue
            await asyncio.sleep(self.poll_seconds)


class RequestRelease(BaseOperator):
    """Ask the gate for a release, then wait for its answer without holding a worker slot."""

    template_fields: Sequence[str] = ("package",)

    def __init__(self, *, scenario: str, package: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scenario = scenario
        self.package = package

    def execute(self, context: Context) -> Any:
        """Defer until the gate has settled the release. What the bureau signed goes before."""
        from weir.runtime import statements

        del context
        statements.hear(self.scenario)
        status = scenario_run(self.scenario).request_release(from_json(Package, self.package))
        self.defer(
            trigger=ReleaseSettled(status.release_id),
            method_name="settled",
            timeout=_PATIENCE,
        )

    def settled(self, context: Context, event: Any) -> Any:
        """Keep the gate's answer; a refusal fails the task with the gate's own reason."""
        del context
        return to_json(scenario_run(self.scenario).report(ReleaseId(event["release_id"])))
