"""What reports have in common: the period they tell of, and how they introduce a scenario."""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict

from weir.gate.reports.books import Books


class PeriodHeading(TypedDict):
    """The fields of `Head`."""

    made_at: datetime
    first_day: date
    until: date
    complete: bool


class ScenarioHeading(TypedDict):
    """The fields of `ScenarioSubject`."""

    scenario: str
    title: str
    purpose: str
    data_user: str
    contract_at_hand: bool


def of_period(books: Books) -> PeriodHeading:
    return {
        "made_at": books.made_at,
        "first_day": books.period.first_day,
        "until": books.period.until,
        "complete": books.complete,
    }


def of_scenario(books: Books, scenario: str) -> ScenarioHeading:
    """What the contract says of a scenario, as far as it is at hand."""
    told = books.contracts.scenarios.get(scenario)
    return {
        "scenario": scenario,
        "title": told.title if told else "",
        "purpose": told.purpose if told else "",
        "data_user": told.data_user if told else "",
        "contract_at_hand": told is not None,
    }
