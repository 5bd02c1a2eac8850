"""Scenario contracts: one approved use (应用场景), from which everything that runs is compiled."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from weir.contracts.dataset import ColumnName, Contract, Name, Text
from weir.contracts.masks import Mask

FieldPath = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*\.\w+$")]
"""`dataset.field`"""


RESERVED = frozenset({"upkeep"})
"""Names of the DAGs that are no scenario's: a scenario of such a name would take their place."""


class GrantedField(Contract):
    """A field the scenario may use: its name in the product and how it is masked."""

    as_: ColumnName | None = Field(default=None, alias="as")
    mask: Mask


class Input(Contract):
    """A dataset the scenario may use. `rows` limits it to listed values per field."""

    dataset: Name
    rows: dict[ColumnName, tuple[str, ...]] = Field(default_factory=dict)
    fields: dict[ColumnName, GrantedField] = Field(min_length=1)


class Join(Contract):
    """An inner join of two inputs over equal masked values (网络数据安全管理条例 第十六条)."""

    left: FieldPath
    right: FieldPath


class Measure(Contract):
    """One column of an aggregate product, over an output column of the inputs."""

    function: Literal["count_distinct", "sum", "mean", "min", "max", "count"]
    of: ColumnName


class Aggregate(Contract):
    """The product is a table of groups: `by` output columns, then `measures`."""

    by: tuple[ColumnName, ...] = Field(min_length=1)
    measures: dict[ColumnName, Measure] = Field(min_length=1)


class SubjectAuthorisation(Contract):
    """Rows are used only of subjects whose consent names this recipient and purpose."""

    subjects: Literal["person", "enterprise"]
    register_: Name = Field(alias="register")


class Disclosure(Contract):
    """No group of `quasi_identifiers` may hold fewer than `k` distinct `unit`s.

    For an aggregate product `unit` names a count_distinct measure. Small groups are suppressed;
    above `max_suppressed_share` of the rows the release is refused instead.
    """

    unit: ColumnName
    k: int = Field(ge=2, le=1000)
    quasi_identifiers: tuple[ColumnName, ...] = Field(min_length=1)
    max_suppressed_share: float = Field(default=0.1, ge=0, le=1)


class Retention(Contract):
    snapshot_days: int = Field(ge=1, le=3650)
    release_days: int = Field(ge=1, le=3650)


class Supply(Contract):
    """How the product reaches the data user (第十四条)."""

    mode: Literal["bucket"] = "bucket"
    format: Literal["parquet"] = "parquet"


class Scenario(Contract):
    """contracts/scenarios/<scenario>.yaml"""

    scenario: Name
    title: Text
    purpose: Text
    operator: Name
    data_user: Name
    operation_agreement: Name
    use_agreement: Name
    policy: Name
    approval: Literal["standing", "each_release"] = "standing"
    schedule: Literal["@daily", "@weekly", "@monthly"] | None = None
    after: tuple[Name, ...] = ()
    supply: Supply = Supply()
    inputs: tuple[Input, ...] = Field(min_length=1)
    joins: tuple[Join, ...] = ()
    aggregate: Aggregate | None = None
    authorisation: SubjectAuthorisation | None = None
    disclosure: Disclosure | None = None
    retention: Retention
    attribution: Text
