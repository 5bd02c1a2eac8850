"""Quarters on which a data user owes feedback, at the edges of calendar and term."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from weir.contracts.agreement import UseAgreement
from weir.contracts.packs import pack_in_force
from weir.policy.feedback import feedback_due, quarters_begun
from weir.settings import ROOT

PACK = pack_in_force(ROOT / "policy", datetime(2025, 1, 1, tzinfo=UTC))
USE = UseAgreement(
    kind="use",
    agreement="ua-1",
    operator="city-operator",
    data_user="city-planner",
    purpose="规划",
    conditions="仅限本场景",
    responsibilities="注明来源",
    delivery=("bucket",),
    starts_on=date(2023, 11, 15),
    ends_on=date(2024, 5, 31),
)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2023-11-14T15:59:59", []),
        ("2023-12-31T15:59:59", []),
        ("2023-12-31T16:00:00", ["due"]),
        ("2024-01-30T15:59:59", ["due"]),
        ("2024-01-30T16:00:00", ["overdue"]),
        ("2024-05-31T15:59:59", ["overdue", "overdue"]),
        ("2024-05-31T16:00:00", ["overdue", "overdue", "due"]),
        ("2030-01-01T00:00:00", ["overdue", "overdue", "overdue"]),
    ],
)
def test_a_quarter_is_due_when_it_is_over_in_shanghai(at: str, expected: list[str]) -> None:
    """The last one ends with the agreement; thirty days on, what did not come is overdue."""
    as_of = datetime.fromisoformat(f"{at}+00:00")
    assert [one.state for one in feedback_due(USE, (), PACK, as_of)] == expected


def test_what_was_given_is_no_longer_due() -> None:
    """Each quarter by itself."""
    as_of = datetime(2024, 4, 10, tzinfo=UTC)
    found = feedback_due(USE, {"2023q4"}, PACK, as_of)
    assert [(one.quarter, one.state) for one in found] == [("2023q4", "given"), ("2024q1", "due")]
    assert found[1].due_on == date(2024, 4, 30)


def test_a_quarter_can_be_reported_on_once_it_has_begun() -> None:
    """Not before, and not beyond the term."""
    assert quarters_begun(USE, datetime(2024, 1, 2, tzinfo=UTC)) == ("2023q4", "2024q1")
    assert quarters_begun(USE, datetime(2029, 1, 2, tzinfo=UTC)) == ("2023q4", "2024q1", "2024q2")
