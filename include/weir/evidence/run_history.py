"""What the run ledger holds, for the operator's pages and the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Literal

from sqlalchemy import Connection, Engine, Row, and_, func, select

from weir.evidence.database import transaction
from weir.evidence.ledger import StageResult
from weir.evidence.run_ledger import DATABASE
from weir.evidence.tables import run_stages
from weir.model import Reason

RunOutcome = Literal["released", "refused", "failed", "running"]

_LAST_STAGE = "report"
_PRODUCT_STAGES = ("report", "package", "assess_disclosure", "mask")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """One run, with the last word of each of its stages in the order they finished."""

    scenario: str
    run_id: str
    stages: tuple[StageResult, ...]
    published: bool = False
    """Whether the gate's own store tells that it published the run, which its stages may not know:
    a release that was refused can be asked for again."""

    @property
    def started_at(self) -> datetime:
        return min(stage.started_at for stage in self.stages)

    @property
    def finished_at(self) -> datetime:
        return max(stage.finished_at for stage in self.stages)

    @property
    def outcome(self) -> RunOutcome:
        """`released` once the gate has published it or the last stage has closed it; `running`
        while nothing has."""
        if self.published:
            return "released"
        outcomes = {stage.outcome for stage in self.stages}
        if "refused" in outcomes:
            return "refused"
        if "failure" in outcomes:
            return "failed"
        return "released" if self._stage(_LAST_STAGE) else "running"

    @property
    def reason(self) -> Reason | None:
        """Why it was refused or failed."""
        return next((stage.reason for stage in self.stages if stage.reason), None)

    @property
    def release_id(self) -> str:
        return next(
            (str(s.detail["release_id"]) for s in self.stages if "release_id" in s.detail), ""
        )

    @property
    def rows_in(self) -> int:
        """Rows pulled, over all inputs."""
        return sum(stage.rows_out for stage in self.stages if stage.stage == "pull")

    @property
    def rows_out(self) -> int:
        """Rows of the product, as the latest stage that has it gives them."""
        for name in _PRODUCT_STAGES:
            if stage := self._stage(name):
                return stage.rows_out
        return 0

    @property
    def rows_without_consent(self) -> int:
        """Rows that were not pulled, because nobody had consented to their use."""
        return sum(int(stage.detail.get("rows_without_consent", 0)) for stage in self.stages)

    @property
    def rows_quarantined(self) -> int:
        return sum(stage.rows_quarantined for stage in self.stages)

    @property
    def reports(self) -> dict[str, str]:
        """Object keys of the quality reports in the reports bucket, by dataset."""
        return {s.subject: str(s.detail["report"]) for s in self.stages if s.detail.get("report")}

    def _stage(self, name: str) -> StageResult | None:
        return next((s for s in self.stages if s.stage == name and s.outcome == "success"), None)


def last_runs(engine: Engine, *, scenario: str | None = None, limit: int = 20) -> list[RunSummary]:
    """The latest runs, newest first; of one scenario where it is named."""
    with transaction(engine, DATABASE) as connection:
        latest = func.max(run_stages.c.seq)
        wanted = select(run_stages.c.scenario, run_stages.c.run_id).group_by(
            run_stages.c.scenario, run_stages.c.run_id
        )
        if scenario is not None:
            wanted = wanted.where(run_stages.c.scenario == scenario)
        runs = connection.execute(wanted.order_by(latest.desc()).limit(limit)).all()
        return [
            RunSummary(
                scenario=run.scenario,
                run_id=run.run_id,
                stages=_last_words(
                    connection.execute(
                        select(run_stages)
                        .where(
                            run_stages.c.scenario == run.scenario,
                            run_stages.c.run_id == run.run_id,
                        )
                        .order_by(run_stages.c.seq)
                    ).all()
                ),
            )
            for run in runs
        ]


def last_run(engine: Engine, scenario: str) -> RunSummary | None:
    """The scenario's latest run, or None where it has never run."""
    return next(iter(last_runs(engine, scenario=scenario, limit=1)), None)


def runs_begun(
    connection: Connection, begins_at: datetime, ends_at: datetime
) -> tuple[RunSummary, ...]:
    """Every run whose first stage began in [begins_at, ends_at), in the order they began.

    So each run falls into one period and stays there, however late it is tried again.
    """
    began = func.min(run_stages.c.started_at)
    begun = (
        select(run_stages.c.scenario, run_stages.c.run_id)
        .group_by(run_stages.c.scenario, run_stages.c.run_id)
        .having(began >= begins_at, began < ends_at)
        .subquery()
    )
    rows = connection.execute(
        select(run_stages)
        .join(
            begun,
            and_(run_stages.c.scenario == begun.c.scenario, run_stages.c.run_id == begun.c.run_id),
        )
        .order_by(run_stages.c.scenario, run_stages.c.run_id, run_stages.c.seq)
    )
    runs = (
        RunSummary(scenario=scenario, run_id=run_id, stages=_last_words(list(kept)))
        for (scenario, run_id), kept in groupby(rows, key=lambda row: (row.scenario, row.run_id))
    )
    return tuple(sorted(runs, key=lambda run: (run.started_at, run.scenario, run.run_id)))


def _last_words(rows: Sequence[Row[Any]]) -> tuple[StageResult, ...]:
    """A stage that was tried again is told by its last attempt; the row that closed the run
    counts only while nothing has followed it."""
    latest = {
        (row.stage, row.subject): row for row in rows if row.stage != "run" or row is rows[-1]
    }
    return tuple(
        StageResult(
            stage=row.stage,
            subject=row.subject,
            started_at=row.started_at,
            finished_at=row.finished_at,
            outcome=row.outcome,
            reason=_reason(row),
            rows_in=row.rows_in,
            rows_out=row.rows_out,
            rows_quarantined=row.rows_quarantined,
            detail=row.detail,
        )
        for row in sorted(latest.values(), key=lambda row: row.seq)
    )


def _reason(row: Row[Any]) -> Reason | None:
    if not row.reason_code:
        return None
    return Reason(
        code=row.reason_code, what=row.reason_what, article=row.article, remedy=row.remedy
    )
