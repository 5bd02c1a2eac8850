"""Runs as the bureau sees them: put together from the audit records it received."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, func, select

from weir.bureau.tables import audit_records
from weir.evidence.actions import Action
from weir.evidence.audit import AuditRecord, from_bytes

_QUIET = timedelta(hours=1)
_CLOSES_RUN = frozenset({Action.RUN_REFUSED.value, Action.RUN_FAILED.value})
_ATTEMPT = Action.ACCESS_REFUSED.value
"""What was asked and not done changes nothing of the run it names, which anybody may name."""

_PRODUCT_ACTIONS = (
    Action.RELEASE_PUBLISHED.value,
    Action.PRODUCT_PACKAGED.value,
    Action.DISCLOSURE_ASSESSED.value,
    Action.PRODUCT_MASKED.value,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """One run: the last record of each action on each target, in the order they occurred.

    Attempts that a service refused are no part of it: they are records alone.
    """

    scenario: str
    run_id: str
    records: tuple[AuditRecord, ...]

    @property
    def started_at(self) -> datetime:
        return min(record.occurred_at for record in self.records)

    @property
    def finished_at(self) -> datetime:
        return max(record.occurred_at for record in self.records)

    @property
    def outcome(self) -> str:
        """`released`, `delisted`, `refused`, `failed`, or `running` while nothing closed the run.

        The gate's word that it published goes first: a refusal of this run, earlier or of another
        request, takes nothing from consumers. Only a delisting of all that was published does.
        """
        if published := self._releases(Action.RELEASE_PUBLISHED):
            gone = published <= self._releases(Action.RELEASE_DELISTED)
            return "delisted" if gone else "released"
        outcomes = {record.outcome for record in self.records}
        if "refused" in outcomes:
            return "refused"
        return "failed" if "failure" in outcomes else "running"

    def stalled(self, now: datetime) -> bool:
        """Whether nothing has been heard for an hour of a run that nothing has closed: it may wait
        for its reviewers, or have been given up without a word."""
        return self.outcome == "running" and now - self.finished_at > _QUIET

    @property
    def trouble(self) -> AuditRecord | None:
        """The record that says why it was refused or failed: that of the stage rather than the
        run's close."""
        if self.outcome not in {"refused", "failed"}:
            return None
        bad = [record for record in self.records if record.outcome in {"refused", "failure"}]
        stages = [record for record in bad if record.action not in _CLOSES_RUN]
        return next(iter(stages or bad), None)

    @property
    def release_id(self) -> str:
        published = self._last(Action.RELEASE_PUBLISHED.value)
        return str(published.data.get("release_id", "")) if published else ""

    @property
    def rows_in(self) -> int:
        """Rows pulled, over all inputs."""
        return self._sum(Action.SNAPSHOT_TAKEN.value, "rows_out")

    @property
    def rows_out(self) -> int:
        """Rows of the product, as the latest stage that has it gives them."""
        for action in _PRODUCT_ACTIONS:
            if record := self._last(action):
                return _number(record, "rows_out")
        return 0

    @property
    def rows_quarantined(self) -> int:
        return self._sum(Action.QUALITY_CHECKED.value, "rows_quarantined")

    @property
    def reports(self) -> dict[str, str]:
        """Object keys of the quality reports, by dataset."""
        return {
            record.target.name: str(record.data["report"])
            for record in self.records
            if record.action == Action.QUALITY_CHECKED.value and record.data.get("report")
        }

    def _releases(self, action: Action) -> set[str]:
        """The releases of which the gate itself tells that it did this."""
        return {
            record.target.version
            for record in self.records
            if record.action == action.value
            and record.outcome == "success"
            and record.service == "gate"
        }

    def _last(self, action: str) -> AuditRecord | None:
        found = [r for r in self.records if r.action == action and r.outcome == "success"]
        return found[-1] if found else None

    def _sum(self, action: str, key: str) -> int:
        return sum(_number(record, key) for record in self.records if record.action == action)


def recent_runs(
    connection: Connection, *, scenario: str | None = None, limit: int = 20
) -> list[RunView]:
    """The latest runs, newest first; of one scenario where it is named."""
    keys = select(audit_records.c.scenario, audit_records.c.run_id).where(
        audit_records.c.origin == "operator",
        audit_records.c.run_id != "",
        audit_records.c.action != _ATTEMPT,
    )
    if scenario is not None:
        keys = keys.where(audit_records.c.scenario == scenario)
    newest = func.max(audit_records.c.occurred_at)
    keys = keys.group_by(audit_records.c.scenario, audit_records.c.run_id)
    found = connection.execute(keys.order_by(newest.desc()).limit(limit)).all()
    runs = (one_run(connection, row.scenario, row.run_id) for row in found)
    return [run for run in runs if run is not None]


def one_run(connection: Connection, scenario: str, run_id: str) -> RunView | None:
    """A run by its name, or None where nothing but intents and refused attempts was received."""
    rows = connection.execute(
        select(audit_records.c.body)
        .where(
            audit_records.c.origin == "operator",
            audit_records.c.scenario == scenario,
            audit_records.c.run_id == run_id,
            audit_records.c.phase != "intent",
            audit_records.c.action != _ATTEMPT,
        )
        .order_by(audit_records.c.occurred_at, audit_records.c.seq)
    ).all()
    records = _last_words(rows)
    return RunView(scenario=scenario, run_id=run_id, records=records) if records else None


def _last_words(rows: Sequence[Row[tuple[bytes]]]) -> tuple[AuditRecord, ...]:
    """A stage that was tried again is told by its last attempt; a record that closed the run
    counts only while no stage has followed it."""
    latest: dict[tuple[str, str, str], AuditRecord] = {}
    for row in rows:
        record = from_bytes(row.body)
        if record.action not in _CLOSES_RUN:
            latest = {name: one for name, one in latest.items() if one.action not in _CLOSES_RUN}
        release = record.target.version if record.target.kind == "release" else ""
        key = (record.action, record.target.name, release)
        latest.pop(key, None)
        latest[key] = record
    return tuple(latest.values())


def _number(record: AuditRecord, key: str) -> int:
    value = record.data.get(key, 0)
    return value if isinstance(value, int) else 0
