"""When a data user owes feedback on its use (第十四条): for each quarter of its agreement. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from weir.clock import civil_date
from weir.contracts.agreement import UseAgreement
from weir.contracts.calendar import add_months
from weir.contracts.policy_pack import PolicyPack
from weir.policy.notices import Duty, NoticeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackDue:
    """One quarter of one agreement, over since `last_day`; feedback is overdue from the day after
    `due_on`."""

    use_agreement: str
    data_user: str
    quarter: str
    last_day: date
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
                last_day=last,
                due_on=due_on,
                state="given" if quarter in given else "overdue" if today > due_on else "due",
            )
        )
    return tuple(found)


def feedback_duties(found: Iterable[FeedbackDue]) -> tuple[Duty, ...]:
    """What of `found` is still to be done; the data user is told on the day after the quarter."""
    return tuple(
        Duty(
            kind=NoticeKind.FEEDBACK,
            subject=feedback_case(one.use_agreement, one.quarter),
            addressee=one.data_user,
            due_on=one.last_day + timedelta(days=1),
            ends_on=one.due_on,
            article="第十四条",
        )
        for one in found
        if one.state != "given"
    )


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
