"""Agreements: the operation agreement (授权运营协议) and the use agreement (数据利用协议)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from weir.contracts.dataset import Contract, Day, Name, Text


class _Term(Contract):
    """First and last day in force, both included, in Asia/Shanghai."""

    starts_on: Day
    ends_on: Day

    @model_validator(mode="after")
    def _ends_after_start(self) -> _Term:
        if self.ends_on < self.starts_on:
            raise PydanticCustomError("term_order", "ends_on is before starts_on")
        return self


class OperationAgreement(_Term):
    """Between the bureau and the operator; 第十一条 lists what it must hold."""

    kind: Literal["operation"]
    agreement: Name
    operator: Name
    rights_and_duties: Text
    mode: Text
    content: Text
    scope: Text
    revenue: Text
    security: Text
    exit: Text


class UseAgreement(_Term):
    """Between the operator and a data user (第十四条); names where a product may be delivered."""

    kind: Literal["use"]
    agreement: Name
    operator: Name
    data_user: Name
    purpose: Text
    conditions: Text
    responsibilities: Text
    delivery: tuple[Literal["bucket", "interface", "joint_computation"], ...] = Field(min_length=1)


Agreement = OperationAgreement | UseAgreement
