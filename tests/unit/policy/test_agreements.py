"""Agreements: what keeps one from coming into force, and by which calendar it ends."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from fakes.sample_statements import BUREAU, NOW, PLAN, agreed
from fakes.walked_case import DIRECTOR, OFFICER, WalkedCase, with_number
from weir.clock import SHANGHAI
from weir.crypto.sm2 import SigningKey
from weir.errors import ExpiredError, IntegrityError
from weir.model import Principal, Role
from weir.policy.machines.agreement import AGREEMENT, EXCLUSIONS, REQUIRED
from weir.policy.order import PAYLOAD_TYPE as ORDER
from weir.policy.standing import Standing, check_may_run, may_run
from weir.policy.statement import sign_statement
from weir.policy.termination import Termination, open_termination, sign_termination

KEY = SigningKey.generate()
OPERATION: dict[str, Any] = {
    "kind": "operation",
    "operator": "city-operator",
    "starts_on": "2025-06-01",
    "ends_on": "2027-05-31",
    **dict.fromkeys(REQUIRED["operation"], "已约定"),
    **dict.fromkeys(EXCLUSIONS, False),
}
USE: dict[str, Any] = {
    "kind": "use",
    "operator": "city-operator",
    "data_user": "town-bank",
    "starts_on": "2026-03-01",
    "ends_on": "2028-02-29",
    **dict.fromkeys(REQUIRED["use"], "已约定"),
}
NOTICE: dict[str, Any] = {
    "grounds": "超过授权范围使用数据",
    "article": "第二十三条",
    "notice": "现予通报",
}


def shanghai(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)


def in_force(**changes: Any) -> WalkedCase:
    case = WalkedCase(AGREEMENT)
    case.move("draft", OFFICER, **(OPERATION | changes))
    case.move("conclude")
    return case


def test_an_operation_agreement_runs_its_course() -> None:
    """Drafted, in force, renewal due, expired."""
    case = in_force()
    case.at = shanghai(2027, 2, 28)
    assert case.move("notify") == "renewal_due"
    case.at = shanghai(2027, 6, 1)
    assert case.move("expire") == "expired"
    assert AGREEMENT.final("expired")


@pytest.mark.parametrize("clause", REQUIRED["operation"])
@pytest.mark.article("第十一条")
def test_a_missing_clause_keeps_an_operation_agreement_from_coming_into_force(clause: str) -> None:
    """第十一条 lists what it must hold; it may be drafted again with it."""
    case = WalkedCase(AGREEMENT)
    case.move("draft", OFFICER, **(OPERATION | {clause: "  "}))
    assert case.refusal("conclude") == "agreement_incomplete"
    case.move("draft", OFFICER, **OPERATION)
    assert case.move("conclude") == "in_force"


@pytest.mark.parametrize("exclusion", EXCLUSIONS)
@pytest.mark.article("第十条")
def test_an_operator_declares_that_no_exclusion_holds(exclusion: str) -> None:
    """第十条: silence is no declaration, and one that holds excludes."""
    case = WalkedCase(AGREEMENT)
    silent = {key: value for key, value in OPERATION.items() if key != exclusion}
    assert case.refusal("draft", OFFICER, **silent) == "exclusion_not_declared"
    assert case.refusal("draft", OFFICER, **(OPERATION | {exclusion: True})) == "operator_excluded"


@pytest.mark.article("第十四条")
def test_a_use_agreement_is_brought_into_force_by_its_operator() -> None:
    """And an operation agreement by the bureau: neither by the other's move."""
    use = WalkedCase(AGREEMENT)
    assert use.refusal("draft", OFFICER, **(USE | {"data_user": None})) == "data_user_missing"
    use.move("draft", OFFICER, **USE)
    assert use.refusal("conclude") == "agreement_of_other_kind"
    assert use.move("agree", OFFICER) == "in_force"
    operation = WalkedCase(AGREEMENT)
    operation.move("draft", OFFICER, **OPERATION)
    assert operation.refusal("agree", OFFICER) == "agreement_of_other_kind"


def test_another_operator_drafts_nothing_in_this_ones_name() -> None:
    """第二十三条第(四)项 begins here."""
    other = Principal(id="x", role=Role.CHIEF_DATA_OFFICER, org="other-operator")
    case = WalkedCase(AGREEMENT)
    assert case.refusal("draft", other, **OPERATION) == "operator_other"
    case.move("draft", OFFICER, **OPERATION)
    taken = OPERATION | {"operator": "other-operator"}
    assert case.refusal("draft", other, **taken) == "operator_other"


@pytest.mark.parametrize(
    ("ends_on", "due"),
    [
        ("2027-05-31", date(2027, 2, 28)),
        ("2024-05-31", date(2024, 2, 29)),
        ("2026-05-30", date(2026, 2, 28)),
        ("2026-02-28", date(2025, 11, 28)),
        ("2028-02-29", date(2027, 11, 29)),
        ("2026-07-31", date(2026, 4, 30)),
        ("2026-01-15", date(2025, 10, 15)),
    ],
)
@pytest.mark.article("第十五条")
def test_renewal_is_due_calendar_months_before_the_last_day(ends_on: str, due: date) -> None:
    """From midnight in Asia/Shanghai of that day, and not a minute before."""
    last = date.fromisoformat(ends_on)
    case = WalkedCase(AGREEMENT, at=shanghai(last.year - 1, last.month, 1))
    case.move(
        "draft",
        OFFICER,
        **(OPERATION | {"starts_on": f"{last.year - 1}-01-01", "ends_on": ends_on}),
    )
    case.move("conclude")
    midnight = shanghai(due.year, due.month, due.day)
    case.at = midnight - timedelta(minutes=1)
    assert case.refusal("notify") == "renewal_not_due"
    case.at = midnight
    assert case.move("notify") == "renewal_due"


def test_the_months_of_notice_are_the_packs() -> None:
    """第十五条 states three; another pack may state another number."""
    case = in_force()
    case.at = shanghai(2026, 12, 1)
    assert case.refusal("notify") == "renewal_not_due"
    case.pack = with_number("renewal_notice_months", 6)
    assert case.move("notify") == "renewal_due"


def test_an_agreement_expires_only_after_its_last_day() -> None:
    """Midnight in Asia/Shanghai, which is 16:00 UTC of the day before."""
    case = in_force()
    case.at = datetime(2027, 5, 31, 15, 59, tzinfo=UTC)
    assert case.refusal("expire") == "agreement_running"
    assert case.refusal("terminate", **(NOTICE | {"article": "x"})) == "facts_malformed"
    case.at = datetime(2027, 5, 31, 16, 0, tzinfo=UTC)
    assert case.refusal("terminate", **NOTICE) == "agreement_over"
    assert case.refusal("notify") == "agreement_over"
    assert case.move("expire") == "expired"


def test_an_agreement_comes_into_force_within_its_term_only() -> None:
    """Neither before its first day nor after its last; a clock that went back moves nothing."""
    case = WalkedCase(AGREEMENT, at=shanghai(2025, 5, 1))
    case.move("draft", OFFICER, **OPERATION)
    case.at = shanghai(2025, 5, 31, 23, 59)
    assert case.refusal("conclude") == "agreement_not_started"
    case.at = shanghai(2027, 6, 1)
    assert case.refusal("conclude") == "agreement_over"
    case.at = shanghai(2025, 4, 30)
    assert case.refusal("conclude") == "clock_behind"
    case.at = shanghai(2025, 6, 1)
    assert case.move("conclude") == "in_force"


def test_a_term_beyond_the_packs_years_states_why() -> None:
    """第十五条: two years in principle."""
    case = WalkedCase(AGREEMENT)
    assert case.refusal("draft", OFFICER, **(OPERATION | {"ends_on": "2025-05-31"})) == (
        "term_reversed"
    )
    case.move("draft", OFFICER, **(OPERATION | {"ends_on": "2027-06-01"}))
    assert case.refusal("conclude") == "term_too_long"
    longer = {"ends_on": "2027-06-01", "longer_because": "市政府批准"}
    case.move("draft", OFFICER, **(OPERATION | longer))
    assert case.move("conclude") == "in_force"


@pytest.mark.article("第十五条")
def test_termination_takes_grounds_an_article_and_a_notice() -> None:
    """第十五条; by the bureau's director, never for the past, and once."""
    case = in_force()
    for missing in NOTICE:
        stated = {key: value for key, value in NOTICE.items() if key != missing}
        assert case.refusal("terminate", **stated) == "facts_malformed"
        assert case.refusal("terminate", **(NOTICE | {missing: " "})) == "facts_malformed"
    past = (case.at - timedelta(seconds=1)).isoformat()
    assert case.refusal("terminate", **NOTICE, effective_at=past) == "termination_retroactive"
    assert case.refusal("terminate", **NOTICE, effective_at="2027-01-01") == "facts_malformed"
    assert case.refusal("terminate", OFFICER, **NOTICE) == "role_not_allowed"
    assert case.move("terminate", **NOTICE) == "terminated"
    assert case.refusal("terminate", **NOTICE) == "move_out_of_order"
    assert case.history[-1].by == DIRECTOR


def notice(**changes: Any) -> Termination:
    values: dict[str, Any] = {
        "termination_id": "t-1",
        "kind": "use",
        "agreement": "ua-1",
        **NOTICE,
        "issued_at": NOW - timedelta(days=1),
        "effective_at": NOW,
    }
    return Termination(**(values | changes))


def verdict(*terminations: Termination, as_of: datetime = NOW) -> list[tuple[str, str]]:
    found = may_run(
        PLAN,
        Standing(decision=agreed(), terminations=terminations),
        bureau_key=BUREAU.public,
        as_of=as_of,
        acknowledge_lapsed=False,
    )
    return [(reason.code, reason.article) for reason in found.reasons]


@pytest.mark.parametrize("agreement", ["ua-1", "oa-1"])
def test_nothing_runs_under_a_terminated_agreement(agreement: str) -> None:
    """From its effective instant on, and not before."""
    ended = notice(agreement=agreement)
    assert verdict(ended) == [("agreement_terminated", "第十五条")]
    assert verdict(ended, as_of=NOW - timedelta(seconds=1)) == []
    assert verdict(notice(agreement="ua-2")) == []


def test_leave_ends_with_a_termination_to_come() -> None:
    """Whoever is given leave is told until when."""
    later = notice(effective_at=NOW + timedelta(hours=2))
    leave = check_may_run(
        PLAN,
        Standing(decision=agreed(), terminations=(later,)),
        bureau_key=BUREAU.public,
        as_of=NOW,
        acknowledge_lapsed=False,
    )
    assert leave.valid_until == later.effective_at
    with pytest.raises(ExpiredError):
        check_may_run(
            PLAN,
            Standing(decision=agreed(), terminations=(later,)),
            bureau_key=BUREAU.public,
            as_of=later.effective_at,
            acknowledge_lapsed=False,
        )


def test_only_the_bureaus_own_notice_is_one() -> None:
    """Signed by its key, as a notice and nothing else, with every field."""
    assert open_termination(sign_termination(notice(), KEY), KEY.public) == notice()
    with pytest.raises(IntegrityError):
        open_termination(sign_termination(notice(), SigningKey.generate()), KEY.public)
    with pytest.raises(IntegrityError):
        open_termination(sign_statement(notice(), ORDER, KEY), KEY.public)
    with pytest.raises(IntegrityError):
        open_termination(agreed(key=KEY), KEY.public)
