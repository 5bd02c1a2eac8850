"""A city of two small scenarios: contract files, keys, a bureau that decides, staged products."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pyarrow as pa
import yaml

from weir.contracts.compile import compile_plan
from weir.contracts.loader import load_bundle
from weir.contracts.plan import Plan
from weir.crypto.dsse import Envelope
from weir.crypto.sm2 import SigningKey
from weir.crypto.sm3 import sm3_hex
from weir.model import (
    Authorisation,
    DatasetId,
    DisclosureVerdict,
    ExpectationResult,
    FieldFindings,
    Grade,
    ObjectRef,
    Package,
    QualityVerdict,
    RunContext,
    RunId,
    ScanReport,
    ScenarioId,
    Snapshot,
    StagedProduct,
    Verdict,
)
from weir.policy.decision import Decision, decision_digest, open_decision, sign_decision
from weir.policy.order import Order, OrderAction, ScopeKind, sign_order
from weir.policy.revocation import DecisionRevocation, sign_revocation
from weir.policy.termination import Termination, sign_termination
from weir.release.data_file import file_metadata
from weir.release.package import Provenance, package
from weir.storage.objects import STAGING, ObjectStore
from weir.storage.parquet import schema_of
from weir.storage.table import write_table

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
RUN = RunId("manual__2026-11-23T06-00-00")
LIBRARY, MARKET, RESERVED = "library-visits", "market-stalls", "market-reviewed"
Row = tuple[str, str, int, str]
ROWS: tuple[Row, ...] = tuple(
    (f"{'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[i]}" * 30, ("510903", "510904")[i % 2], 10 + i, "晴")
    for i in range(12)
)
"""reader, district, visits, remark"""


@dataclass
class SmallCity:
    """The folders hold two datasets of two providers, and a scenario over each; a third one asks
    for an approval of each release."""

    root: Path
    operator: SigningKey = field(default_factory=SigningKey.generate)
    bureau: SigningKey = field(default_factory=SigningKey.generate)
    intake: SigningKey = field(default_factory=SigningKey.generate)

    def __post_init__(self) -> None:
        _write(self.root)

    @property
    def folders(self) -> tuple[Path, Path, Path]:
        return self.root / "contracts", self.root / "policy", self.root / "expectations"

    def plan(self, scenario: str = LIBRARY) -> Plan:
        return compile_plan(load_bundle(scenario, *self.folders))

    @contextmanager
    def edited(self, scenario: str, **changes: object) -> Iterator[None]:
        """The scenario's file with other values, for as long as the block lasts."""
        path = self.root / "contracts" / "scenarios" / f"{scenario}.yaml"
        before = path.read_text()
        path.write_text(yaml.safe_dump(yaml.safe_load(before) | changes, allow_unicode=True))
        try:
            yield
        finally:
            path.write_text(before)

    def decision(
        self,
        plan: Plan,
        *,
        outcome: Literal["agreed", "refused"] = "agreed",
        decided_at: datetime = NOW - timedelta(days=30),
        key: SigningKey | None = None,
    ) -> Envelope:
        return sign_decision(
            Decision(
                scenario=plan.scenario.scenario,
                contract_digest=plan.contract_digest,
                outcome=outcome,
                reason="符合应用场景要求",
                article="第十三条",
                decided_at=decided_at,
                valid_until=decided_at + timedelta(days=365),
                decided_by="市级大数据主管部门",
            ),
            key or self.bureau,
        )

    def revocation(
        self,
        decision: Envelope,
        *,
        revocation_id: str = "revocation-1",
        revoked_at: datetime = NOW - timedelta(minutes=5),
        key: SigningKey | None = None,
    ) -> Envelope:
        """What takes `decision` back."""
        taken_back = open_decision(decision, self.bureau.public)
        return sign_revocation(
            DecisionRevocation(
                revocation_id=revocation_id,
                scenario=taken_back.scenario,
                contract_digest=taken_back.contract_digest,
                decision_digest=decision_digest(taken_back),
                ground="用途已变",
                article="第十五条",
                notice="数管函2026-12",
                revoked_at=revoked_at,
                revoked_by="director",
            ),
            key or self.bureau,
        )

    def order(
        self,
        action: OrderAction,
        scope_kind: ScopeKind,
        scope: str,
        *,
        order_id: str = "order-1",
        issued_at: datetime = NOW - timedelta(minutes=5),
        key: SigningKey | None = None,
    ) -> Envelope:
        return sign_order(
            Order(
                order_id=order_id,
                action=action,
                scope_kind=scope_kind,
                scope=scope,
                ground="检查发现影响数据安全的行为",
                article="第十六条",
                issued_at=issued_at,
            ),
            key or self.bureau,
        )

    def termination(
        self,
        agreement: str,
        effective_at: datetime,
        *,
        kind: Literal["operation", "use"] = "use",
        key: SigningKey | None = None,
    ) -> Envelope:
        return sign_termination(
            Termination(
                termination_id=f"notice-{agreement}",
                kind=kind,
                agreement=agreement,
                grounds="超过授权范围使用数据",
                article="第二十三条",
                notice="现予通报",
                issued_at=NOW - timedelta(days=1),
                effective_at=effective_at,
            ),
            key or self.bureau,
        )

    def provenance(self, plan: Plan, decision: Envelope, rows: int) -> Provenance:
        opened = open_decision(decision, self.bureau.public)
        planned = plan.inputs[0]
        dataset = DatasetId(planned.dataset.dataset)
        scan = ScanReport(
            table=dataset,
            rows=rows,
            cells=rows * len(plan.output),
            fields=tuple(FieldFindings(column=c.name, cells_scanned=rows) for c in plan.output),
            entities_covered=("CN_RESIDENT_ID", "CN_MOBILE"),
            detector="weir/1",
            grade=Grade.GENERAL_1,
            verdict=Verdict(),
        )
        return Provenance(
            authorisation=Authorisation(
                scenario=ScenarioId(plan.scenario.scenario),
                contract_digest=plan.contract_digest,
                decision_digest=decision_digest(opened),
                policy_pack=plan.policy.pack,
                policy_lapsed=False,
                valid_until=opened.valid_until,
            ),
            snapshots=(
                Snapshot(
                    dataset=dataset,
                    scenario=ScenarioId(plan.scenario.scenario),
                    content=sm3_hex(b"snapshot"),
                    sealed=ObjectRef(
                        bucket="weir-snapshots", key="k", sm3=sm3_hex(b"sealed"), size_bytes=99
                    ),
                    key_id="snapshot-key",
                    rows=rows,
                    rows_without_consent=0,
                    columns=planned.snapshot_columns,
                    taken_at=NOW,
                ),
            ),
            quality=(
                QualityVerdict(
                    dataset=dataset,
                    suite=dataset,
                    suite_digest=plan.suite_digests[dataset],
                    rows_in=rows,
                    rows_quarantined=0,
                    quarantine=None,
                    quarantine_key_id=None,
                    results=(
                        ExpectationResult(
                            expectation="expect_column_values_to_not_be_null",
                            column="visit_id",
                            severity="critical",
                            passed=True,
                            evaluated_rows=rows,
                            unexpected_rows=0,
                        ),
                    ),
                    verdict=Verdict(),
                ),
            ),
            scans_before=(scan,),
            scan_after=scan,
            disclosure=DisclosureVerdict(
                k_required=3, k_found=6, groups=2, rows_suppressed=0, verdict=Verdict()
            ),
        )

    def stage(
        self,
        store: ObjectStore,
        decision: Envelope,
        *,
        scenario: str = LIBRARY,
        run_id: str = RUN,
        rows: Sequence[Row] = ROWS,
        scratch: Path | None = None,
    ) -> Package:
        """A product of `rows` as the pipeline stages it."""
        plan = self.plan(scenario)
        store.ensure_bucket(STAGING)
        schema = schema_of(plan.output_columns)
        ref, count = write_table(
            [batch_of(rows, schema)],
            schema,
            store=store,
            bucket=STAGING,
            key=f"{scenario}/{run_id}/disclosed.parquet",
            scratch=scratch,
            metadata=file_metadata(plan),
        )
        return package(
            plan,
            StagedProduct(data=ref, rows=count, columns=plan.output_columns),
            self.provenance(plan, decision, count),
            RunContext(scenario=ScenarioId(scenario), run_id=RunId(run_id), as_of=NOW),
            store=store,
            scratch=scratch,
        )


def batch_of(rows: Sequence[Row], schema: pa.Schema) -> pa.RecordBatch:
    """The rows in the order of the product's columns."""
    places = {name: place for place, name in enumerate(("reader", "district", "visits", "remark"))}
    return pa.record_batch(
        [pa.array([row[places[field.name]] for row in rows], field.type) for field in schema],
        schema=schema,
    )


def _write(root: Path) -> None:
    for dataset, provider in ((LIBRARY, "city-library"), (MARKET, "market-office")):
        _yaml(root / "contracts" / "datasets" / f"{dataset}.yaml", _dataset(dataset, provider))
        (root / "expectations").mkdir(exist_ok=True)
        suite = {
            "name": dataset,
            "meta": {"quarantine_tolerance": "0.2"},
            "expectations": [
                {
                    "type": "expect_column_values_to_not_be_null",
                    "severity": "critical",
                    "kwargs": {"column": "visit_id"},
                },
                {
                    "type": "expect_column_values_to_be_between",
                    "severity": "critical",
                    "kwargs": {"column": "visits", "min_value": 0, "max_value": 1000},
                },
            ],
        }
        _put(root / "expectations" / f"{dataset}.json", json.dumps(suite))
    for scenario, dataset, user, agreement in (
        (LIBRARY, LIBRARY, "city-planner", "ua-1"),
        (MARKET, MARKET, "trade-institute", "ua-2"),
        (RESERVED, MARKET, "trade-institute", "ua-2"),
    ):
        _yaml(
            root / "contracts" / "scenarios" / f"{scenario}.yaml",
            _scenario(scenario, dataset, user, agreement),
        )
    agreements = root / "contracts" / "agreements"
    _yaml(agreements / "oa-1.yaml", {"kind": "operation", "agreement": "oa-1"} | _OPERATION)
    for agreement, user in (("ua-1", "city-planner"), ("ua-2", "trade-institute")):
        _yaml(
            agreements / f"{agreement}.yaml",
            {"kind": "use", "agreement": agreement, "data_user": user} | _USE,
        )
    _yaml(root / "policy" / "city-2026.yaml", _POLICY)


def _yaml(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    _put(path, yaml.safe_dump(value, allow_unicode=True))


def _put(path: Path, text: str) -> None:
    """Whole or not at all: several processes make the city of one folder, and read it meanwhile."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_text(text)
    part.replace(path)


def _dataset(dataset: str, provider: str) -> dict[str, object]:
    public = {"classification": "public_service", "grade": 1}
    return {
        "dataset": dataset,
        "title": "客流登记",
        "provider": provider,
        "open_type": "unconditional",
        "source": {"kind": "postgres", "table": dataset.replace("-", "_")},
        "key": ["visit_id"],
        "suite": dataset,
        "fields": {
            "visit_id": {"title": "编号", "type": "string", "nullable": False} | public,
            "district": {"title": "区县", "type": "string", "classification": "region", "grade": 1},
            "visits": {"title": "人次", "type": "integer"} | public,
            "remark": {
                "title": "备注",
                "type": "string",
                "classification": "free_text",
                "grade": 1,
                "entities": ["CN_MOBILE"],
            },
        },
    }


def _scenario(scenario: str, dataset: str, user: str, agreement: str) -> dict[str, object]:
    return {
        "scenario": scenario,
        "title": "客流统计",
        "purpose": "城市规划",
        "operator": "city-operator",
        "data_user": user,
        "operation_agreement": "oa-1",
        "use_agreement": agreement,
        "policy": "city-2026",
        "approval": "each_release" if scenario == RESERVED else "standing",
        "inputs": [
            {
                "dataset": dataset,
                "fields": {
                    "visit_id": {"as": "reader", "mask": {"method": "pseudonym"}},
                    "district": {"mask": {"method": "keep"}},
                    "visits": {"mask": {"method": "keep"}},
                    "remark": {"mask": {"method": "redact"}},
                },
            }
        ],
        "disclosure": {"unit": "reader", "k": 3, "quasi_identifiers": ["district"]},
        "retention": {"snapshot_days": 7, "release_days": 30},
        "attribution": "数据来源：城市共享交换平台",
    }


_TERM: dict[str, object] = {
    "operator": "city-operator",
    "starts_on": "2026-03-01",
    "ends_on": "2028-02-29",
}
_OPERATION: dict[str, object] = _TERM | dict.fromkeys(
    ("rights_and_duties", "mode", "content", "scope", "revenue", "security", "exit"), "见协议"
)
_USE: dict[str, object] = _TERM | {
    "purpose": "城市规划",
    "conditions": "仅限本场景",
    "responsibilities": "注明数据来源",
    "delivery": ["bucket"],
}
_POLICY: dict[str, object] = {
    "pack": "city-2026",
    "title": "参数包",
    "effective_from": "2026-01-01",
    "effective_until": None,
    "source": "assumption",
    "parameters": {
        name: {"value": value, "article": "assumption"}
        for name, value in {
            "agreement_term_years": 2,
            "renewal_notice_months": 3,
            "rectification_days": 30,
            "failed_after_rectifications": 2,
            "audit_retention_days": 1096,
            "min_k": 3,
            "minor_age_years": 14,
            "two_reviewers_from_grade": 3,
            "max_release_days": 365,
            "incident_report_hours": 4,
            "revocation_seconds": 2,
            "feedback_due_days": 30,
            "report_due_days": 10,
            "disclosure_month": 3,
            "drill_days": 7,
        }.items()
    },
}
