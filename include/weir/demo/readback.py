"""Read what happened from the ledger, the gate, the bureau, Airflow and the store themselves."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping

import httpx
from sqlalchemy import Engine, create_engine

from weir.demo.actors import BureauDesk, GateDesk, Held
from weir.demo.airflow import DagRun
from weir.demo.consumers import Fetched
from weir.demo.instance import Instance
from weir.demo.people import DELIVERY_ACCOUNT, secret_of
from weir.demo.scenarios import REFUSED
from weir.demo.secrets import BUREAU
from weir.demo.summary import ScenarioOutcome, Summary, Totals
from weir.evidence.arrival import Arrivals, compare_arrivals
from weir.evidence.http_receiver import HttpReceiver
from weir.evidence.run_history import RunSummary, last_runs
from weir.model import ReleaseId


def read_back(
    instance: Instance,
    gate: GateDesk,
    bureau: BureauDesk,
    runs: Mapping[str, DagRun],
    fetched: Mapping[str, Fetched],
    before_review: Mapping[ReleaseId, int],
    arrivals: Arrivals,
    *,
    began: float,
    held_before: Held,
) -> Summary:
    """The summary of a finished journey that began at `began` (`time.monotonic`), when the bureau
    held `held_before` of earlier ones.

    `before_review` counts what was in a bucket of a release that waited for its reviewers.
    """
    engine = create_engine(instance.url("weir", "weir_gate"))
    try:
        scenarios = [
            _scenario(run, _kept(engine, run), gate, fetched.get(name), before_review)
            for name, run in runs.items()
        ]
    finally:
        engine.dispose()
    held = bureau.totals()
    return Summary(
        scenarios=scenarios,
        totals=Totals(
            lineage_events=held.lineage_events - held_before.lineage_events,
            audit_records=held.audit_records - held_before.audit_records,
            audit_records_held=held.audit_records,
            audit_verified=arrivals.proven,
            seconds=int(time.monotonic() - began),
            airflow_version=instance.airflow_api().version(),
            object_store=_server_of(f"http://127.0.0.1:{instance.ports.s3}"),
        ),
    )


def evidence_arrived(instance: Instance) -> Arrivals:
    """What of all audit records is at the bureau, each compared."""
    engine = create_engine(instance.url("weir", "weir_gate"))
    try:
        secret = secret_of(instance.vault, BUREAU, DELIVERY_ACCOUNT)
        with HttpReceiver(instance.bureau_url, DELIVERY_ACCOUNT, secret) as receiver:
            return compare_arrivals(engine, receiver)
    finally:
        engine.dispose()


def _scenario(
    run: DagRun,
    kept: RunSummary | None,
    gate: GateDesk,
    fetched: Fetched | None,
    before_review: Mapping[ReleaseId, int],
) -> ScenarioOutcome:
    outcome, code, article, release_id, objects = "failed", "", "", "", 0
    if kept is not None:
        reason = kept.reason
        code, article = (reason.code, reason.article) if reason else ("", "")
        release_id = kept.release_id
        if kept.outcome == "refused":
            outcome = "refused"
        elif release_id and run.state == "success":
            status = gate.release_status(ReleaseId(release_id))
            outcome = "released" if status.state == "published" else "failed"
            objects = status.objects
    expected = REFUSED.get(run.dag_id)
    verified = bool(fetched and fetched.verified and outcome == "released")
    certified = fetched.releases if fetched else ()
    stated = next((one for one in certified if one.release_id == release_id), None)
    needed = stated.reviewers_needed if stated else 0
    before = before_review.get(ReleaseId(release_id))
    # Nothing of what two people have to approve can be seen before they have.
    as_meant = verified and before == (0 if needed else None)
    return ScenarioOutcome(
        scenario=run.dag_id,
        outcome=outcome,
        reason_code=code,
        article=article,
        release_id=release_id if outcome == "released" else "",
        rows_in=kept.rows_in if kept else 0,
        rows_out=kept.rows_out if kept else 0,
        rows_without_consent=kept.rows_without_consent if kept else 0,
        rows_quarantined=kept.rows_quarantined if kept else 0,
        objects=objects,
        reviewers_needed=needed,
        reviewed_by=stated.reviewed_by if stated else (),
        objects_before_review=before,
        certificate_verified=verified,
        expected=code == expected if expected else as_meant,
    )


def _kept(engine: Engine, run: DagRun) -> RunSummary | None:
    """What the ledger holds of this very run; another may have followed it."""
    runs = last_runs(engine, scenario=run.dag_id)
    return next((kept for kept in runs if kept.run_id == run.run_id), None)


def _server_of(url: str) -> str:
    """What the object store says it is; a name is not worth failing for."""
    try:
        answer = httpx.get(url, timeout=30, trust_env=False)
    except httpx.HTTPError:
        return "unknown"
    return server_name(answer.headers.get("server", "unknown"))


def server_name(header: str) -> str:
    """A `Server` header without the largest volume that a SeaweedFS was built for."""
    return re.sub(r" \d+GB(?= )", "", header)
