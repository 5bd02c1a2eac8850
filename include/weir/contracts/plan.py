"""The compiled form of a scenario contract: everything the stages and the gate act upon."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from weir.contracts.agreement import OperationAgreement, UseAgreement
from weir.contracts.dataset import Classification, Dataset, FieldType
from weir.contracts.masks import Mask
from weir.contracts.policy_pack import PolicyPack
from weir.contracts.scenario import Aggregate, Disclosure, Scenario
from weir.model import Column, Digest, Grade

ARROW_TYPE: Mapping[FieldType, str] = {
    FieldType.STRING: "string",
    FieldType.INTEGER: "int64",
    FieldType.DECIMAL: "decimal128(18, 4)",
    FieldType.DATE: "date32[day]",
    FieldType.TIMESTAMP: "timestamp[us, tz=UTC]",
    FieldType.BOOLEAN: "bool",
}
"""Field types as Arrow prints them; snapshots and products hold no others, but `double` means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractBundle:
    """A scenario with every file it names. `suites` maps suite names to their parsed JSON."""

    scenario: Scenario
    datasets: Mapping[str, Dataset]
    operation_agreement: OperationAgreement
    use_agreement: UseAgreement
    policy: PolicyPack
    suites: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedField:
    """A pulled field. `output` is its name after masking, None where it is dropped."""

    source: str
    title: str
    type: FieldType
    nullable: bool
    classification: Classification | None
    grade: Grade | None
    sensitive: bool
    entities: tuple[str, ...]
    mask: Mask
    output: str | None
    output_type: FieldType


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentClause:
    """Rows pass only where `register_table` holds a consent in force for recipient and purpose.

    Where `born_on` is set, subjects under `minor_age_years` also need a guardian's consent.
    """

    subject_field: str
    register_table: str
    recipient: str
    purpose: str
    born_on: str | None
    minor_age_years: int
    register_schema: str = "public"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedInput:
    """What is pulled of one dataset and what becomes of it."""

    dataset: Dataset
    fields: tuple[PlannedField, ...]
    rows: Mapping[str, tuple[str, ...]]
    consent: ConsentClause | None

    @property
    def snapshot_columns(self) -> tuple[Column, ...]:
        """The columns of the snapshot, in contract order."""
        return tuple(Column(name=f.source, type=ARROW_TYPE[f.type]) for f in self.fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedJoin:
    """An inner join by dataset and masked column; the right-hand column is not repeated."""

    left_dataset: str
    left_column: str
    right_dataset: str
    right_column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputField:
    """One column of the product, for the dictionary and the gate's schema check."""

    name: str
    title: str
    type: str
    origin: tuple[str, ...]
    transformation: str
    grade: Grade


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A scenario contract, compiled. `output` is the exact schema of the product, in order."""

    scenario: Scenario
    contract_digest: Digest
    inputs: tuple[PlannedInput, ...]
    joins: tuple[PlannedJoin, ...]
    aggregate: Aggregate | None
    disclosure: Disclosure | None
    output: tuple[OutputField, ...]
    grade: Grade
    release_bucket: str
    valid_until: datetime
    policy: PolicyPack
    operation_agreement: OperationAgreement
    use_agreement: UseAgreement
    suites: Mapping[str, Mapping[str, Any]]
    suite_digests: Mapping[str, Digest]

    @property
    def output_columns(self) -> tuple[Column, ...]:
        return tuple(Column(name=f.name, type=f.type) for f in self.output)
