"""Which reports the operator owes, and from when until when (第十四、十六条). Pure.

A month is reported on once it is over: to the bureau, and to the department of every provider whose
data are in use. A year is listed for the public, and its evaluation
prepared (第二十条), in the pack's month of the next one. The months and years are those in which an
operation agreement is in force, and not before the bureau first agreed to anything: until then
there is nothing to report.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from weir.contracts.agreement import OperationAgreement
from weir.contracts.calendar import add_months
from weir.contracts.policy_pack import PolicyPack
from weir.policy.notices import Duty, Notice, NoticeKind

ReportKind = Literal["operation", "sector", "disclosure", "evaluation"]
_DAY = timedelta(days=1)
_OWED: Mapping[NoticeKind, ReportKind] = {
    NoticeKind.REPORT: "operation",
    NoticeKind.SECTOR_REPORT: "sector",
    NoticeKind.DISCLOSURE: "disclosure",
    NoticeKind.EVALUATION: "evaluation",
}
REPORTS = frozenset(_OWED)
"""The kinds of notice that a report settles."""
_OF_YEAR: frozenset[ReportKind] = frozenset({"disclosure", "evaluation"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """A report of a period, [first_day, until), that is over. `about` names the
    provider of a sector report."""

    kind: ReportKind
    about: str
    first_day: date
    until: date


def report_duties(
    agreements: Iterable[OperationAgreement],
    providers: Mapping[str, date],
    pack: PolicyPack,
    *,
    since: date,
    on: date,
) -> tuple[Duty, ...]:
    """Every report that was ever owed by the day `on`, whether or not it was made.

    `since` is the day on which the bureau first agreed to a use; `providers` gives that day for
    each provider whose data are used.
    """
    found: dict[tuple[str, str], Duty] = {}
    for one in agreements:
        for month in _months(max(one.starts_on, since), one.ends_on, on):
            for duty in _of_month(one.operator, month, providers, pack):
                found.setdefault((duty.subject, duty.addressee), duty)
        for year in range(max(one.starts_on, since).year, min(one.ends_on, on).year + 1):
            for duty in _of_year(one.operator, year, pack):
                if duty.due_on <= on:
                    found.setdefault((duty.subject, duty.addressee), duty)
    return tuple(found.values())


def reported_subjects(reports: Iterable[Reported]) -> frozenset[str]:
    """The subjects of the duties that `reports` fulfil: months and years that one covers whole."""
    return frozenset(subject for one in reports for subject in _fulfilled(one))


def owed_report(notice: Notice) -> Reported:
    """The report that a notice of one of `REPORTS` asks for."""
    kind = _OWED[notice.kind]
    if kind in _OF_YEAR:
        year = notice.due_on.year - 1
        return Reported(kind=kind, about="", first_day=date(year, 1, 1), until=date(year + 1, 1, 1))
    month = add_months(notice.due_on, -1)
    about = notice.subject.removeprefix(f"{kind}-").removesuffix(f"{month:%Y-%m}").removesuffix("-")
    return Reported(kind=kind, about=about, first_day=month, until=notice.due_on)


def _of_month(
    operator: str, month: date, providers: Mapping[str, date], pack: PolicyPack
) -> Iterator[Duty]:
    due_on = add_months(month, 1)
    ends_on = due_on - _DAY + timedelta(days=pack.parameters.report_due_days.value)
    yield Duty(
        kind=NoticeKind.REPORT,
        subject=_subject("operation", "", month),
        addressee=operator,
        due_on=due_on,
        ends_on=ends_on,
        article="第十四条",
    )
    for provider, used_since in providers.items():
        if used_since < due_on:
            yield Duty(
                kind=NoticeKind.SECTOR_REPORT,
                subject=_subject("sector", provider, month),
                addressee=operator,
                due_on=due_on,
                ends_on=ends_on,
                article="第十六条",
            )


def _of_year(operator: str, year: int, pack: PolicyPack) -> Iterator[Duty]:
    due_on = date(year + 1, pack.parameters.disclosure_month.value, 1)
    for kind, article in ((NoticeKind.DISCLOSURE, "第十四条"), (NoticeKind.EVALUATION, "第二十条")):
        yield Duty(
            kind=kind,
            subject=_subject(_OWED[kind], "", date(year, 1, 1)),
            addressee=operator,
            due_on=due_on,
            ends_on=add_months(due_on, 1) - _DAY,
            article=article,
        )


def _months(first_day: date, last_day: date, on: date) -> Iterator[date]:
    """The months, by their first day, that touch [first_day, last_day] and are over on `on`."""
    month = first_day.replace(day=1)
    while month <= last_day and add_months(month, 1) <= on:
        yield month
        month = add_months(month, 1)


def _fulfilled(one: Reported) -> Iterator[str]:
    yearly = one.kind in _OF_YEAR
    step = 12 if yearly else 1
    start = one.first_day.replace(day=1, month=1 if yearly else one.first_day.month)
    if start < one.first_day:
        start = add_months(start, step)
    while add_months(start, step) <= one.until:
        yield _subject(one.kind, one.about, start)
        start = add_months(start, step)


def _subject(kind: ReportKind, about: str, start: date) -> str:
    when = f"{start.year}" if kind in _OF_YEAR else f"{start:%Y-%m}"
    return "-".join(filter(None, (kind, about, when)))
