"""What a demo did, read back from the running system."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

_ROWS_TOLD = (
    "进 in：各输入已获授权的行之和，未获授权的行不取。"
    "出 out：产品的行，因关联、汇总与披露控制而减少。\n"
    "in: the consented rows of all inputs; out: the product's, fewer by joins, aggregation and "
    "disclosure control."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioOutcome:
    """One scenario's line in summary.json. `outcome` is released, refused or failed.

    Who reviewed, and how many had to, is read from the certificate that the data user verified;
    `objects_before_review` is what that user saw of the release while it waited, None where it did
    not wait.
    """

    scenario: str
    outcome: str
    reason_code: str
    article: str
    release_id: str
    rows_in: int
    rows_out: int
    rows_without_consent: int
    rows_quarantined: int
    objects: int
    reviewers_needed: int
    reviewed_by: Sequence[str]
    objects_before_review: int | None
    certificate_verified: bool
    expected: bool

    @property
    def grounds(self) -> str:
        """Why it was refused, or which release it is and who stands for it."""
        if self.reason_code:
            return f"{self.reason_code} {self.article}".strip()
        reviewed = len(self.reviewed_by)
        told = (
            self.release_id,
            f"已审核 reviewed {reviewed}/{self.reviewers_needed}" if self.reviewers_needed else "",
            "已核验 verified" if self.certificate_verified else "",
        )
        return " · ".join(filter(None, told))


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What arrived at the bureau in this journey, with what an earlier one that broke off had still
    to deliver; `audit_records_held` counts all there ever was, all of which was compared for
    `audit_verified`."""

    lineage_events: int
    audit_records: int
    audit_records_held: int
    audit_verified: bool
    seconds: int
    airflow_version: str
    object_store: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    scenarios: Sequence[ScenarioOutcome]
    totals: Totals

    @property
    def as_expected(self) -> bool:
        """Whether every scenario ended as the demo means it to, with its evidence at the bureau."""
        return all(item.expected for item in self.scenarios) and self.totals.audit_verified

    def write(self, path: Path) -> None:
        document: Mapping[str, Any] = {
            "scenarios": [asdict(item) for item in self.scenarios],
            "totals": asdict(self.totals),
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")

    def show(self, console: Console) -> None:
        table = Table(
            title="演示结果 What happened",
            title_justify="left",
            caption=_ROWS_TOLD,
            caption_justify="left",
        )
        for heading in (
            "场景\nscenario",
            "结果\noutcome",
            "行 rows\nin → out",
            "未获授权\nno consent",
            "隔离\nbad",
        ):
            table.add_column(heading, overflow="fold")
        for item in self.scenarios:
            counts = (item.rows_without_consent, item.rows_quarantined)
            rows = f"{item.rows_in} → {item.rows_out}"
            table.add_row(item.scenario, item.outcome, rows, *map(str, counts))
        console.print(table)
        for item in self.scenarios:
            console.print(f"{item.scenario}: {item.grounds}")
        totals = self.totals
        proof = "逐条核对一致 all arrived unchanged" if totals.audit_verified else "未齐 NOT proven"
        console.print(
            f"本次送达审计 audit records arrived {totals.audit_records}"
            f" · 累计 in all {totals.audit_records_held} ({proof})"
            f" · 本次送达血缘 lineage events arrived {totals.lineage_events} · {totals.seconds} s"
            f" · Airflow {totals.airflow_version} · {totals.object_store}"
        )
