"""Notices: when each is due, and for how long."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from fakes.sample_contracts import Data, sample_bundle
from weir.contracts.agreement import Agreement
from weir.contracts.policy_pack import PolicyPack
from weir.policy.notices import (
    DUTIES,
    Duty,
    Notice,
    NoticeKind,
    notices_due,
)

BUNDLE = sample_bundle()
DAY = timedelta(days=1)


def ending(ends_on: str) -> Agreement:
    def edit(data: Data) -> None:
        data["operation_agreement"].update(starts_on="2025-01-01", ends_on=ends_on)

    return sample_bundle(edit).operation_agreement


def due(
    *agreements: Agreement,
    on: date,
    days: int = 0,
    packs: tuple[PolicyPack, ...] = (),
    duties: tuple[Duty, ...] = (),
) -> tuple[Notice, ...]:
    return notices_due(agreements, packs, pack=BUNDLE.policy, duties=duties, on=on, days=days)


@pytest.mark.parametrize(
    ("ends_on", "due_on"),
    [
        ("2027-05-31", date(2027, 2, 28)),
        ("2028-05-31", date(2028, 2, 29)),
        ("2028-05-30", date(2028, 2, 29)),
        ("2028-05-29", date(2028, 2, 29)),
        ("2028-02-29", date(2027, 11, 29)),
        ("2026-12-31", date(2026, 9, 30)),
    ],
)
def test_renewal_is_due_for_three_calendar_months(ends_on: str, due_on: date) -> None:
    """第十五条: from the corresponding day, or the month's last, until the term is over."""
    agreement = ending(ends_on)
    assert due(agreement, on=due_on - DAY) == ()
    (notice,) = due(agreement, on=due_on)
    assert (notice.kind, notice.due_on, notice.article) == (
        NoticeKind.RENEWAL,
        due_on,
        "第十五条",
    )
    assert notice.addressee == "city-operator"
    last = date.fromisoformat(ends_on)
    assert due(agreement, on=last) == (notice,)
    assert due(agreement, on=last + DAY) == ()


def test_the_key_of_a_notice_is_the_same_every_day() -> None:
    """Whoever issues it daily issues it once; a renewed agreement is another notice."""
    agreement = ending("2027-05-31")
    keys = {due(agreement, on=date(2027, 3, 1) + n * DAY)[0].key for n in range(90)}
    assert len(keys) == 1
    assert due(ending("2029-05-31"), on=date(2029, 3, 1))[0].key not in keys


def test_a_data_user_is_told_that_its_agreement_ends() -> None:
    """Supply stops with the use agreement (第十四条)."""
    (notice,) = due(BUNDLE.use_agreement, on=date(2026, 12, 1))
    assert (notice.kind, notice.addressee, notice.article) == (
        NoticeKind.USE_ENDS,
        "town-bank",
        "第十四条",
    )


def test_the_bureau_is_told_before_a_pack_lapses_and_not_after() -> None:
    """Afterwards the lapse itself is loud (第二十四条)."""
    packs = (BUNDLE.policy,)
    (notice,) = due(on=date(2027, 12, 31), packs=packs)
    assert (notice.kind, notice.addressee, notice.ends_on) == (
        NoticeKind.POLICY_ENDS,
        "bureau",
        date(2027, 12, 31),
    )
    assert due(on=date(2028, 1, 1), packs=packs) == ()


def test_a_pack_without_an_end_is_never_due() -> None:
    """An open-ended successor needs no notice."""

    def edit(data: Data) -> None:
        data["policy"]["effective_until"] = None

    assert due(on=date(2100, 1, 1), packs=(sample_bundle(edit).policy,)) == ()


@pytest.mark.parametrize("kind", sorted(DUTIES))
def test_a_duty_stays_due_until_it_is_done(kind: NoticeKind) -> None:
    """Being late does not end it; being left out by who keeps the duties does."""
    duty = Duty(
        kind=kind,
        subject="ua-1",
        addressee="town-bank",
        due_on=date(2026, 12, 1),
        ends_on=date(2026, 12, 31),
        article="第十四条",
    )
    assert due(on=date(2026, 11, 30), duties=(duty,)) == ()
    assert len(due(on=date(2026, 12, 1), duties=(duty,))) == 1
    assert len(due(on=date(2027, 6, 1), duties=(duty,))) == 1
    assert due(on=date(2027, 6, 1)) == ()


def test_looking_ahead_shows_what_will_be_due() -> None:
    """Within so many days, the first to end first, beyond the calendar's end too."""
    agreements = (ending("2027-05-31"), ending("2027-06-30"))
    found = due(*agreements, on=date(2027, 2, 1), days=57)
    assert [one.ends_on for one in found] == [date(2027, 5, 31), date(2027, 6, 30)]
    assert due(*agreements, on=date(2027, 2, 1), days=56) == found[:1]
    assert due(*agreements, on=date(9999, 12, 30), days=10**6) == ()
