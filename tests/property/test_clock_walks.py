"""The clock, run from the day the pack took effect to 2029: terms at every day and midnight."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.sample_contracts import Data, sample_bundle
from fakes.sample_statements import BUREAU, agreed
from weir.clock import SHANGHAI, civil_date
from weir.contracts.agreement import OperationAgreement
from weir.contracts.calendar import add_months, end_of
from weir.contracts.compile import compile_plan
from weir.contracts.packs import pack_in_force
from weir.exchange.consent import adult_if_born_before
from weir.policy.grounds import decision_reasons
from weir.policy.lapse import lapse_of
from weir.policy.notices import NoticeKind, notices_due
from weir.policy.terms import Phase, agreement_phase, pack_phase
from weir.settings import ROOT

FIRST, LAST = date(2024, 2, 1), date(2029, 1, 1)
DAYS = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days)]
MOMENT = timedelta(microseconds=1)
PACK = pack_in_force(ROOT / "policy", datetime(2024, 2, 1, tzinfo=SHANGHAI))
ORDER = [Phase.NOT_STARTED, Phase.IN_FORCE, Phase.ENDED]
TERMS = [
    ("2024-02-29", "2026-02-28"),
    ("2024-03-01", "2026-02-28"),
    ("2024-05-31", "2026-05-31"),
    ("2026-03-01", "2028-02-29"),
    ("2026-12-31", "2028-11-30"),
    ("2024-02-29", "2024-02-29"),
]
days = st.dates(min_value=FIRST, max_value=LAST)
instants = st.integers(0, 5 * 366 * 86400).map(
    lambda seconds: datetime(2024, 1, 31, 16, tzinfo=UTC) + timedelta(seconds=seconds)
)


def agreement(starts_on: str, ends_on: str) -> OperationAgreement:
    def edit(data: Data) -> None:
        data["operation_agreement"].update(starts_on=starts_on, ends_on=ends_on)

    return sample_bundle(edit).operation_agreement


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


def ticks() -> Iterator[datetime]:
    """The last moment before each midnight in Shanghai, that midnight, and noon."""
    for day in DAYS:
        yield midnight(day) - MOMENT
        yield midnight(day)
        yield midnight(day) + timedelta(hours=12)


@pytest.mark.parametrize("term", TERMS)
def test_an_agreements_phases_never_go_back_and_turn_at_midnight(term: tuple[str, str]) -> None:
    """Exactly one phase at each instant; in force on both end days and no moment longer."""
    one = agreement(*term)
    starts, ends = midnight(one.starts_on), midnight(one.ends_on + timedelta(days=1))
    reached = 0
    for tick in ticks():
        phase = agreement_phase(one, tick)
        assert ORDER.index(phase) >= reached
        reached = ORDER.index(phase)
        assert (phase is Phase.IN_FORCE) == (starts <= tick < ends)
        assert (phase is Phase.ENDED) == (tick >= end_of(one.ends_on))


@pytest.mark.parametrize("term", TERMS)
def test_renewal_is_due_exactly_within_the_packs_calendar_months(term: tuple[str, str]) -> None:
    """Day by day: due iff in force and the corresponding day is reached (第十五条)."""
    one = agreement(*term)
    due_days = []
    for day in DAYS:
        listed = notices_due([one], [], pack=PACK, on=day)
        if listed:
            assert [found.kind for found in listed] == [NoticeKind.RENEWAL]
            due_days.append(day)
    first = max(FIRST, add_months(one.ends_on, -3))
    assert due_days == [first + timedelta(days=n) for n in range((one.ends_on - first).days + 1)]


@given(ends_on=days)
def test_a_notice_starts_on_the_corresponding_day_or_the_months_last(ends_on: date) -> None:
    """Three calendar months back: the same day where there is one, else the last of the month."""
    one = agreement("2024-02-01", ends_on.isoformat())
    (notice,) = notices_due([one], [], pack=PACK, on=ends_on)
    due = notice.due_on
    assert (ends_on.year * 12 + ends_on.month) - (due.year * 12 + due.month) == 3
    last = calendar.monthrange(due.year, due.month)[1]
    assert due.day == min(ends_on.day, last)


def test_the_pack_is_in_force_for_two_years_and_lapsed_ever_after() -> None:
    """第二十四条: 2024-02-01 to 2026-01-31 in Shanghai, both included; its lapse never ends."""
    for tick in ticks():
        day = civil_date(tick)
        phase = pack_phase(PACK, tick)
        assert (phase is Phase.NOT_STARTED) == (day < date(2024, 2, 1))
        assert (phase is Phase.ENDED) == (day >= date(2026, 2, 1))
        assert (lapse_of(PACK, tick) is not None) == (phase is Phase.ENDED)


@given(decided_at=instants, valid_until=instants, as_of=instants)
def test_a_decision_holds_exactly_in_its_term(
    decided_at: datetime, valid_until: datetime, as_of: datetime
) -> None:
    """From its own instant until the first that is too late; never both early and late, unless it
    ends before it was taken."""
    plan = compile_plan(sample_bundle())
    envelope = agreed(plan, decided_at=decided_at, valid_until=valid_until)
    codes = {one.code for one in decision_reasons(plan, envelope, BUREAU.public, as_of)}
    assert ("decision_not_yet_valid" in codes) == (as_of < decided_at)
    assert ("decision_expired" in codes) == (as_of >= valid_until)
    assert codes <= {"decision_not_yet_valid", "decision_expired"}


@given(born=st.dates(min_value=date(2008, 1, 1), max_value=date(2016, 12, 31)))
def test_a_minor_comes_of_age_once_and_for_good(born: date) -> None:
    """On the day after the fourteenth birthday, which of a 29 February is the last of the month."""
    birthday = add_months(born, 14 * 12)
    for shift in range(-400, 400):
        day = birthday + timedelta(days=shift)
        assert (born < adult_if_born_before(day, 14)) == (day > birthday)


def test_every_leap_day_child_comes_of_age_on_the_first_of_march() -> None:
    """In a year without 29 February; the day after it in a year that has one."""
    for year in (2008, 2012, 2016):
        born = date(year, 2, 29)
        first = date(year + 14, 3, 1)
        assert born < adult_if_born_before(first, 14)
        assert not born < adult_if_born_before(first - timedelta(days=1), 14)


@given(
    day=st.dates(min_value=date(1900, 1, 1), max_value=date(2200, 1, 1)), back=st.integers(0, 48)
)
def test_months_back_and_forth_never_gain_a_day(day: date, back: int) -> None:
    """Counting back and then forward lands on the day or, after a shorter month, before it."""
    there = add_months(day, -back)
    again = add_months(there, back)
    assert again <= day
    assert (day - again).days <= 3
    assert (again == day) or there.day < day.day
