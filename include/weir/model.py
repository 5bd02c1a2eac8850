"""Values that pass between rooms. Frozen, without behaviour that needs a framework or a socket.

`to_json` and `from_json` carry a value through XCom: references and counts, never rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any, NewType, TypeVar

from pydantic import TypeAdapter

from weir.errors import RefusedError

ScenarioId = NewType("ScenarioId", str)
DatasetId = NewType("DatasetId", str)
RunId = NewType("RunId", str)
ReleaseId = NewType("ReleaseId", str)
Digest = NewType("Digest", str)
"""64 lower-case hexadecimal digits of SM3 (GB/T 32905)."""

T = TypeVar("T")


class Grade(IntEnum):
    """Grade of data by GB/T 43697-2024: general data 1 to 4, then important and core."""

    GENERAL_1 = 1
    GENERAL_2 = 2
    GENERAL_3 = 3
    GENERAL_4 = 4
    IMPORTANT = 5
    CORE = 6


class Party(StrEnum):
    """Who answers for data security on a hop (第十七条)."""

    PROVIDER = "provider"
    BUREAU = "bureau"
    OPERATOR = "operator"
    DATA_USER = "data_user"


class Role(StrEnum):
    """In what capacity a caller acts. `weir.policy.roles` says what each may do."""

    BUREAU_REVIEWER = "bureau_reviewer"
    BUREAU_DIRECTOR = "bureau_director"
    OPERATOR_ENGINEER = "operator_engineer"
    CHIEF_DATA_OFFICER = "chief_data_officer"
    SECURITY_OFFICER = "security_officer"
    PROVIDER = "provider"
    DATA_USER = "data_user"
    AUDITOR = "auditor"
    WORKER = "worker"
    INTAKE = "intake"
    DELIVERER = "deliverer"
    GATE = "gate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Somebody, or a service, that a service has recognised. `org` is the party for whom they act:
    a provider's, operator's or data user's name as contracts write it, `bureau` for the bureau."""

    id: str
    role: Role
    org: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One ground of a verdict. `what` holds names and counts, never a cell value."""

    code: str
    what: str
    article: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer of a decision: passed, or refused with every reason found."""

    reasons: tuple[Reason, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.reasons


def require(verdict: Verdict, error: type[RefusedError], **where: str | int) -> None:
    """Raise `error` for the first reason of a refusal; the others are named in its text."""
    if verdict.passed:
        return
    first, *others = verdict.reasons
    what = first.what
    if others:
        what += "; also " + ", ".join(reason.code for reason in others)
    raise error(first.code, what, where=where, article=first.article, remedy=first.remedy)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectRef:
    """An object in the store, by place and by the SM3 of its bytes."""

    bucket: str
    key: str
    sm3: Digest
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table: its name and the text of its Arrow type (`string`, `int64`, …)."""

    name: str
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext:
    """Which run of which scenario this is, and the instant at which its rules are read.

    `requested_by` is the person who started it, where a person did.
    """

    scenario: ScenarioId
    run_id: RunId
    as_of: datetime
    attempt: int = 1
    requested_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorisation:
    """Leave to run: the signed decision that covers this exact contract digest."""

    scenario: ScenarioId
    contract_digest: Digest
    decision_digest: Digest
    policy_pack: str
    policy_lapsed: bool
    valid_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One immutable pull of one dataset for one scenario, sealed at rest.

    `content` is the SM3 of the Parquet plaintext: the same input gives the same value. `sealed`
    is the ciphertext in the store and `key_id` names its own key in the keystore. `receipt` is the
    intake's signed word on all of this (`weir.exchange.receipt`).
    """

    dataset: DatasetId
    scenario: ScenarioId
    content: Digest
    sealed: ObjectRef
    key_id: str
    rows: int
    rows_without_consent: int
    columns: tuple[Column, ...]
    taken_at: datetime
    receipt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectationResult:
    """One expectation's outcome: counts only."""

    expectation: str
    column: str
    severity: str
    passed: bool
    evaluated_rows: int
    unexpected_rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityVerdict:
    """What the suite said of one snapshot.

    `quarantine` is a sealed Parquet of the bad rows with their ordinals (`__row__`, int64) and the
    rule each one broke (`__rule__`); None when there are none. `not_evaluated` names the
    expectations over fields that were not granted.
    """

    dataset: DatasetId
    suite: str
    suite_digest: Digest
    rows_in: int
    rows_quarantined: int
    quarantine: ObjectRef | None
    quarantine_key_id: str | None
    results: tuple[ExpectationResult, ...]
    verdict: Verdict
    report: ObjectRef | None = None
    not_evaluated: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldFindings:
    """What the scan found in one column: cells per entity type."""

    column: str
    cells_scanned: int
    entities: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanReport:
    """Findings of one table, with what was and what was not looked at.

    `notes` are observations that refuse nothing; `not_scanned` names columns that were not read.
    """

    table: str
    rows: int
    cells: int
    fields: tuple[FieldFindings, ...]
    entities_covered: tuple[str, ...]
    detector: str
    grade: Grade
    verdict: Verdict
    notes: tuple[Reason, ...] = ()
    not_scanned: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedProduct:
    """A product in staging: one Parquet table in the columns of the contract's output."""

    data: ObjectRef
    rows: int
    columns: tuple[Column, ...]
    rows_suppressed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosureVerdict:
    """The smallest group left, by distinct units, and what was suppressed to get there."""

    k_required: int
    k_found: int
    groups: int
    rows_suppressed: int
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedProduct:
    """A staged product with the findings of its rescan."""

    product: StagedProduct
    rescan: ScanReport


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosedProduct:
    """A staged product with the disclosure verdict that it passed."""

    product: StagedProduct
    disclosure: DisclosureVerdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A product ready for the gate: data, dictionary, notice and the manifest over them."""

    manifest: ObjectRef
    files: tuple[ObjectRef, ...]
    rows: int


class ReleaseState(StrEnum):
    """The life of a release at the gate; `weir.policy.machines.release` says what leads where."""

    REQUESTED = "requested"
    CHECKING = "checking"
    IN_REVIEW = "in_review"
    REVIEWED = "reviewed"
    PUBLISHED = "published"
    DELISTING = "delisting"
    DELISTED = "delisted"
    REFUSED = "refused"

    @property
    def settled(self) -> bool:
        """Whether the gate has answered whoever asked for the release."""
        return self in _SETTLED


_SETTLED = frozenset(
    {
        ReleaseState.PUBLISHED,
        ReleaseState.DELISTING,
        ReleaseState.DELISTED,
        ReleaseState.REFUSED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseStatus:
    """What the gate answers about a release. An approval names `manifest_sm3`; `approvals` counts
    those given since it was last requested."""

    release_id: ReleaseId
    scenario: ScenarioId
    run_id: RunId
    state: ReleaseState
    manifest_sm3: Digest = Digest("")
    approvals: int = 0
    reason: Reason | None = None
    rows: int = 0
    objects: int = 0
    published_at: datetime | None = None


def to_json(value: object) -> Any:
    """`value`, any dataclass of this module, as JSON-ready plain data."""
    return adapter_of(type(value)).dump_python(value, mode="json")


def from_json(kind: type[T], data: object) -> T:
    """The inverse of `to_json`. Raises `pydantic.ValidationError` on any other shape."""
    value: T = adapter_of(kind).validate_python(data)
    return value


def adapter_of(kind: Any) -> TypeAdapter[Any]:
    """Pydantic's reading and writing of a type; making one takes longer than using it."""
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


_ADAPTERS: dict[Any, TypeAdapter[Any]] = {}
