"""When a data user owes feedback on its use (第十四条): for each quarter of its agreement. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from weir.clock import civil_date
from weir.contracts.agreement import UseAgreement
from weir.contracts.calendar import add_months
from weir.contracts.policy_pack import PolicyPack


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackDue:
    """One quarter of one agreement; it is overdue from the day after `due_on`."""

    use_agreement: str
    data_user: str
    quarter: str
    due_on: date
    state: Literal["given", "due", "overdue"]


def feedback_case(use_agreement: str, quarter: str) -> str:
    """The name of the one case of a quarter."""
    return f"{use_agreement}-{quarter}"


def feedback_due(
    use: UseAgreement, given: Collection[str], pack: PolicyPack, as_of: datetime
) -> tuple[FeedbackDue, ...]:
    """Every quarter of the agreement that is over, oldest first; `given` names those for which
    feedback came."""
    today, days = civil_date(as_of), pack.parameters.feedback_due_days.value
    found = []
    for quarter, last in _quarters(use, today):
        if last >= today:
            continue
        due_on = last + timedelta(days=days)
        found.append(
            FeedbackDue(
                use_agreement=use.agreement,
                data_user=use.data_user,
                quarter=quarter,
                due_on=due_on,
                state="given" if quarter in given else "overdue" if today > due_on else "due",
            )
        )
    return tuple(found)


def quarters_begun(use: UseAgreement, as_of: datetime) -> tuple[str, ...]:
    """The quarters on which the data user may report."""
    return tuple(quarter for quarter, _ in _quarters(use, civil_date(as_of)))


def _quarters(use: UseAgreement, today: date) -> Iterator[tuple[str, date]]:
    """Quarters of the term that have begun, each with its last day in force."""
    first = date(use.starts_on.year, 3 * ((use.starts_on.month - 1) // 3) + 1, 1)
    while first <= min(today, use.ends_on):
        following = add_months(first, 3)
        last = min(following - timedelta(days=1), use.ends_on)
        yield f"{first.year}q{(first.month + 2) // 3}", last
        first = following
