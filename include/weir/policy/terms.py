"""Terms by the calendar in Asia/Shanghai. An agreement is in force on its first and last day."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from weir.clock import civil_date
from weir.contracts.agreement import OperationAgreement, UseAgreement
from weir.contracts.calendar import add_months
from weir.contracts.policy_pack import PolicyPack


class Phase(StrEnum):
    """Where an instant lies in a term."""

    NOT_STARTED = "not_started"
    IN_FORCE = "in_force"
    ENDED = "ended"


def agreement_phase(agreement: OperationAgreement | UseAgreement, as_of: datetime) -> Phase:
    day = civil_date(as_of)
    if day < agreement.starts_on:
        return Phase.NOT_STARTED
    return Phase.ENDED if day > agreement.ends_on else Phase.IN_FORCE


def pack_phase(pack: PolicyPack, as_of: datetime) -> Phase:
    """A pack is in force from its first day until the day before `effective_until`."""
    day = civil_date(as_of)
    if day < pack.effective_from:
        return Phase.NOT_STARTED
    if pack.effective_until is not None and day >= pack.effective_until:
        return Phase.ENDED
    return Phase.IN_FORCE


def renewal_notice_from(ends_on: date, pack: PolicyPack) -> date:
    """The day that lies the pack's number of calendar months before the last day (第十五条)."""
    return add_months(ends_on, -pack.parameters.renewal_notice_months.value)
