"""Reports the operator owes: months and years, from when until when, and what fulfils them."""

from __future__ import annotations

from datetime import date

import pytest

from fakes.sample_contracts import Data, sample_bundle
from weir.contracts.agreement import OperationAgreement
from weir.policy.notices import notice_of
from weir.policy.reporting import (
    REPORTS,
    Reported,
    ReportKind,
    owed_report,
    report_duties,
    reported_subjects,
)

PACK = sample_bundle().policy


def agreement(starts_on: str, ends_on: str) -> OperationAgreement:
    def edit(data: Data) -> None:
        data["operation_agreement"].update(starts_on=starts_on, ends_on=ends_on)

    return sample_bundle(edit).operation_agreement


def owed(
    on: date,
    *,
    term: tuple[str, str] = ("2027-11-15", "2028-03-10"),
    since: date = date(2027, 1, 1),
    providers: dict[str, date] | None = None,
) -> dict[str, tuple[date, date]]:
    found = report_duties([agreement(*term)], providers or {}, PACK, since=since, on=on)
    return {one.subject: (one.due_on, one.ends_on) for one in found}


@pytest.mark.article("第十四条")
def test_a_month_is_reported_on_from_the_day_it_is_over() -> None:
    """第十四条: within the pack's days, over a leap day; months touched by the term in part too."""
    assert owed(date(2027, 11, 30)) == {}
    assert owed(date(2027, 12, 1)) == {"operation-2027-11": (date(2027, 12, 1), date(2027, 12, 10))}
    months = {name for name in owed(date(2030, 1, 1)) if name.startswith("operation")}
    assert months == {f"operation-{month}" for month in MONTHS}
    assert owed(date(2028, 3, 1))["operation-2028-02"] == (date(2028, 3, 1), date(2028, 3, 10))


MONTHS = ("2027-11", "2027-12", "2028-01", "2028-02", "2028-03")


@pytest.mark.article("第十六条")
def test_a_department_is_reported_to_from_the_month_in_which_its_data_came_into_use() -> None:
    """第十六条: for each provider by itself, and for nobody before."""
    since = {"water-company": date(2028, 1, 31), "health-bureau": date(2028, 2, 1)}
    found = owed(date(2028, 4, 1), providers=since)
    sector = {name: span for name, span in found.items() if name.startswith("sector")}
    assert sorted(sector) == [
        "sector-health-bureau-2028-02",
        "sector-health-bureau-2028-03",
        "sector-water-company-2028-01",
        "sector-water-company-2028-02",
        "sector-water-company-2028-03",
    ]
    assert sector["sector-water-company-2028-01"] == (date(2028, 2, 1), date(2028, 2, 10))


def test_the_list_of_a_year_is_owed_in_march_of_the_next() -> None:
    """Of every year that the term touches, from the first of March to its last day."""
    assert "disclosure-2027" not in owed(date(2028, 2, 29))
    assert owed(date(2028, 3, 1))["disclosure-2027"] == (date(2028, 3, 1), date(2028, 3, 31))
    lists = {name for name in owed(date(2030, 1, 1)) if name.startswith("disclosure")}
    assert lists == {"disclosure-2027", "disclosure-2028"}


@pytest.mark.article("第二十条")
def test_the_pack_for_the_evaluation_of_a_year_is_owed_beside_its_list() -> None:
    """第二十条: every year is evaluated, in the month in which it is listed."""
    found = owed(date(2030, 1, 1))
    for year in (2027, 2028):
        assert found[f"evaluation-{year}"] == found[f"disclosure-{year}"]


def test_a_notice_names_the_report_that_settles_it() -> None:
    """Of every kind: what is made of it fulfils what was owed, and nothing else."""
    providers = {"water-company": date(2027, 1, 1), "a-2027-12": date(2027, 1, 1)}
    found = report_duties(
        [agreement("2027-11-15", "2028-03-10")],
        providers,
        PACK,
        since=date(2027, 1, 1),
        on=date(2030, 1, 1),
    )
    assert {one.kind for one in found} == REPORTS
    for duty in found:
        assert reported_subjects([owed_report(notice_of(duty))]) == {duty.subject}


def test_before_the_bureau_agreed_to_anything_there_is_nothing_to_report() -> None:
    """The month and the year of the first agreement are the first."""
    found = owed(date(2029, 4, 1), since=date(2028, 2, 29))
    assert sorted(found) == [
        "disclosure-2028",
        "evaluation-2028",
        "operation-2028-02",
        "operation-2028-03",
    ]


def test_agreements_that_follow_each_other_within_a_month_owe_one_report() -> None:
    """The month is told of once, whichever agreement it falls under."""
    both = [agreement("2026-03-01", "2027-11-15"), agreement("2027-11-16", "2027-12-31")]
    found = report_duties(both, {}, PACK, since=date(2027, 11, 1), on=date(2028, 1, 1))
    assert [one.subject for one in found] == ["operation-2027-11", "operation-2027-12"]


@pytest.mark.parametrize(
    ("kind", "about", "first_day", "until", "expected"),
    [
        ("operation", "", "2028-02-01", "2028-03-01", {"operation-2028-02"}),
        ("operation", "", "2028-02-01", "2028-02-29", set()),
        ("operation", "", "2028-01-15", "2028-03-14", {"operation-2028-02"}),
        ("sector", "health-bureau", "2028-02-01", "2028-03-01", {"sector-health-bureau-2028-02"}),
        ("disclosure", "", "2027-01-01", "2028-01-01", {"disclosure-2027"}),
        ("disclosure", "", "2027-02-01", "2028-02-01", set()),
    ],
)
def test_a_report_fulfils_what_it_covers_whole(
    kind: ReportKind, about: str, first_day: str, until: str, expected: set[str]
) -> None:
    """A month or a year of which a day is missing is still owed."""
    made = Reported(
        kind=kind,
        about=about,
        first_day=date.fromisoformat(first_day),
        until=date.fromisoformat(until),
    )
    assert reported_subjects([made]) == expected
