"""A compiled contract of two inputs, one join and consent, made by hand for tests of evidence."""

from __future__ import annotations

from datetime import UTC, date, datetime

from weir.contracts.agreement import OperationAgreement, UseAgreement
from weir.contracts.dataset import Dataset, FieldType
from weir.contracts.masks import Keep, Mask, Pseudonym, Token, TruncateDate
from weir.contracts.plan import (
    ConsentClause,
    OutputField,
    Plan,
    PlannedField,
    PlannedInput,
    PlannedJoin,
)
from weir.contracts.policy_pack import Parameter, Parameters, PolicyPack
from weir.contracts.scenario import Aggregate, Disclosure, Scenario
from weir.model import (
    DatasetId,
    Digest,
    ExpectationResult,
    FieldFindings,
    Grade,
    ObjectRef,
    Package,
    QualityVerdict,
    Reason,
    RunContext,
    RunId,
    ScanReport,
    ScenarioId,
    Snapshot,
    StagedProduct,
    Verdict,
)

NOW = datetime(2026, 11, 23, 14, 20, 0, 123456, tzinfo=UTC)
CONTEXT = RunContext(
    scenario=ScenarioId("sme-credit"), run_id=RunId("manual__2026-11-23T14-20-00"), as_of=NOW
)


def digest(seed: str) -> Digest:
    return Digest((seed.encode().hex() * 64)[:64])


def ref(bucket: str, key: str, size_bytes: int = 1234) -> ObjectRef:
    return ObjectRef(bucket=bucket, key=key, sm3=digest(key), size_bytes=size_bytes)


def sample_plan(*, aggregate: Aggregate | None = None) -> Plan:
    """`sme-credit` in miniature; with `aggregate` its product is that table of groups."""
    registration = _input(
        "enterprise-registration",
        "market-supervision-bureau",
        _field("uscc", "enterprise_key", Token(method="token")),
        _field("legal_rep_name", None, Keep(method="keep")),
        _field(
            "registered_on",
            "registered_on",
            TruncateDate(method="truncate_date", to="month"),
            FieldType.DATE,
        ),
    )
    bills = _input(
        "electricity-bills",
        "power-supply-company",
        _field("customer_uscc", "enterprise_key", Token(method="token")),
        _field("district", "district", Keep(method="keep")),
        _field("account_no", "account", Pseudonym(method="pseudonym")),
    )
    names: tuple[str, ...] = ("enterprise_key", "registered_on", "district", "account")
    if aggregate is not None:
        names = (*aggregate.by, *aggregate.measures)
    output = tuple(
        OutputField(
            name=name,
            title=f"标题 {name}",
            type="string",
            origin=(),
            transformation="",
            grade=Grade.GENERAL_2,
        )
        for name in names
    )
    return Plan(
        scenario=_scenario(),
        contract_digest=digest("contract"),
        inputs=(registration, bills),
        joins=(
            PlannedJoin(
                left_dataset="enterprise-registration",
                left_column="enterprise_key",
                right_dataset="electricity-bills",
                right_column="enterprise_key",
            ),
        ),
        aggregate=aggregate,
        disclosure=Disclosure(unit="enterprise_key", k=5, quasi_identifiers=("district",)),
        output=output,
        grade=Grade.GENERAL_2,
        release_bucket="release-sme-credit",
        valid_until=datetime(2028, 2, 29, 16, tzinfo=UTC),
        policy=_policy(),
        operation_agreement=_operation_agreement(),
        use_agreement=_use_agreement(),
        suites={},
        suite_digests={},
    )


def sample_snapshot(plan: Plan, planned: PlannedInput) -> Snapshot:
    dataset = planned.dataset.dataset
    return Snapshot(
        dataset=DatasetId(dataset),
        scenario=ScenarioId(plan.scenario.scenario),
        content=digest(dataset),
        sealed=ref("weir-snapshots", f"sme-credit/{dataset}/x"),
        key_id=f"snapshot/{dataset}",
        rows=1000,
        rows_without_consent=17,
        columns=planned.snapshot_columns,
        taken_at=NOW,
    )


def sample_quality(snapshot: Snapshot, *, passed: bool = True) -> QualityVerdict:
    reasons = () if passed else (Reason(code="expectation_failed", what="3 of 1000 rows"),)
    return QualityVerdict(
        dataset=snapshot.dataset,
        suite=snapshot.dataset,
        suite_digest=digest("suite"),
        rows_in=1000,
        rows_quarantined=3,
        quarantine=ref("weir-quarantine", "q"),
        quarantine_key_id="quarantine/q",
        results=(
            ExpectationResult(
                expectation="expect_column_values_to_not_be_null",
                column="uscc",
                severity="blocking",
                passed=passed,
                evaluated_rows=1000,
                unexpected_rows=0 if passed else 3,
            ),
            ExpectationResult(
                expectation="expect_table_row_count_to_be_between",
                column="",
                severity="warning",
                passed=True,
                evaluated_rows=1000,
                unexpected_rows=0,
            ),
        ),
        verdict=Verdict(reasons=reasons),
        report=ref("weir-reports", "sme-credit/run/quality.html"),
    )


def sample_scan(snapshot: Snapshot) -> ScanReport:
    return ScanReport(
        table=snapshot.dataset,
        rows=1000,
        cells=3000,
        fields=(
            FieldFindings(column="uscc", cells_scanned=1000, entities={"CN_USCC": 990}),
            FieldFindings(column="district", cells_scanned=1000, entities={"CN_MOBILE": 0}),
        ),
        entities_covered=("CN_USCC", "CN_MOBILE"),
        detector="presidio",
        grade=Grade.GENERAL_3,
        verdict=Verdict(),
    )


def sample_product(plan: Plan, step: str = "product") -> StagedProduct:
    return StagedProduct(
        data=ref("weir-staging", f"sme-credit/run/{step}.parquet"),
        rows=950,
        columns=plan.output_columns,
    )


def sample_package() -> Package:
    return Package(
        manifest=ref("weir-staging", "sme-credit/run/package/manifest.json"),
        files=(ref("weir-staging", "a"), ref("weir-staging", "b")),
        rows=940,
    )


def _input(dataset: str, provider: str, *fields: PlannedField) -> PlannedInput:
    return PlannedInput(
        dataset=Dataset.model_validate(
            {
                "dataset": dataset,
                "title": f"数据集 {dataset}",
                "provider": provider,
                "open_type": "conditional",
                "source": {"table": dataset.replace("-", "_")},
                "key": [fields[0].source],
                "suite": dataset,
                "fields": {f.source: {"title": f.title, "type": f.type} for f in fields},
            }
        ),
        fields=fields,
        rows={fields[-1].source: ("船山区",)},
        consent=ConsentClause(
            subject_field=fields[0].source,
            register_table="consent_register",
            recipient="rural-commercial-bank",
            purpose="信贷风险评估",
            born_on=None,
            minor_age_years=14,
        ),
    )


def _field(
    source: str, output: str | None, mask: Mask, kind: FieldType = FieldType.STRING
) -> PlannedField:
    return PlannedField(
        source=source,
        title=f"字段 {source}",
        type=kind,
        nullable=True,
        classification=None,
        grade=Grade.GENERAL_2,
        sensitive=False,
        entities=(),
        mask=mask,
        output=output,
        output_type=kind,
    )


def _scenario() -> Scenario:
    return Scenario.model_validate(
        {
            "scenario": "sme-credit",
            "title": "小微企业信贷风控",
            "purpose": "信贷风险评估",
            "operator": "suining-data-operator",
            "data_user": "rural-commercial-bank",
            "operation_agreement": "oa-2026-01",
            "use_agreement": "ua-2026-003",
            "policy": "suining-2026",
            "inputs": [
                {
                    "dataset": "electricity-bills",
                    "fields": {"customer_uscc": {"mask": {"method": "token"}}},
                }
            ],
            "retention": {"snapshot_days": 7, "release_days": 180},
            "attribution": "数据来源：遂宁市政务数据信息资源共享交换平台",
        }
    )


def _policy() -> PolicyPack:
    number = Parameter(value=2, article="assumption")
    return PolicyPack(
        pack="suining-2026",
        title="试点办法",
        effective_from=date(2026, 2, 1),
        effective_until=None,
        source="assumption",
        parameters=Parameters(**dict.fromkeys(Parameters.model_fields, number)),
    )


def _operation_agreement() -> OperationAgreement:
    text = "见协议正文"
    return OperationAgreement(
        kind="operation",
        agreement="oa-2026-01",
        operator="suining-data-operator",
        starts_on=date(2026, 3, 1),
        ends_on=date(2028, 2, 29),
        rights_and_duties=text,
        mode=text,
        content=text,
        scope=text,
        revenue=text,
        security=text,
        exit=text,
    )


def _use_agreement() -> UseAgreement:
    return UseAgreement(
        kind="use",
        agreement="ua-2026-003",
        operator="suining-data-operator",
        data_user="rural-commercial-bank",
        starts_on=date(2026, 3, 1),
        ends_on=date(2028, 2, 29),
        purpose="信贷风险评估",
        conditions="仅限本场景",
        responsibilities="见协议正文",
        delivery=("bucket",),
    )
