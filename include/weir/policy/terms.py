"""Terms by the calendar in Asia/Shanghai. An agreement is in force on its first and last day."""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalNotice:
    """The operator must apply anew: since when, and how many days of the term are left.

    `days_left` counts the last day: it is 1 on that day.
    """

    agreement: str
    notice_from: date
    ends_on: date
    days_left: int
    article: str


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


def renewal_notice(
    agreement: OperationAgreement, pack: PolicyPack, as_of: datetime
) -> RenewalNotice | None:
    """The notice due at `as_of` (第十五条), None before it is due and once the term is over."""
    notice_from = renewal_notice_from(agreement.ends_on, pack)
    day = civil_date(as_of)
    if not notice_from <= day <= agreement.ends_on:
        return None
    return RenewalNotice(
        agreement=agreement.agreement,
        notice_from=notice_from,
        ends_on=agreement.ends_on,
        days_left=(agreement.ends_on - day).days + 1,
        article=pack.parameters.renewal_notice_months.article,
    )
