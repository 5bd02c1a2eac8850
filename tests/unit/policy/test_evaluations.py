"""The yearly evaluation: ratings, results, 30 days, and what a second 限期整改 counts as."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from fakes.walked_case import DATA_USER, OFFICER, PROVIDER, WalkedCase, with_number
from weir.clock import SHANGHAI
from weir.policy.advice import advice_text
from weir.policy.machines.dispute import DISPUTE
from weir.policy.machines.evaluation import EVALUATION
from weir.policy.rectification import last_day_for

FOUND: dict[str, Any] = {"finding": "日志不全"}
TERM: dict[str, Any] = {**FOUND, "due_on": "2026-12-23"}
EXIT: dict[str, Any] = {
    "keys_destroyed": "SM4密钥全部销毁",
    "data_destroyed": "存量数据已销毁",
    "logs_handed_over": "日志已移交",
}


def rated() -> WalkedCase:
    case = WalkedCase(EVALUATION)
    case.move("open", year=2026, operator="city-operator")
    case.move("rate", PROVIDER, score=2, words="响应慢")
    case.move("rate", DATA_USER, score=4, words="数据可用")
    return case


def rectified() -> WalkedCase:
    case = rated()
    case.move("rectify", **TERM)
    case.move("plan", OFFICER, plan="补全日志")
    case.move("report", OFFICER, report="已补全")
    return case


def test_an_operator_that_passes_goes_on() -> None:
    """At once, or after a rectification."""
    assert rated().move("pass", **FOUND) == "passed"
    assert rectified().move("pass", **FOUND) == "passed"


@pytest.mark.article("第二十条")
def test_nothing_is_concluded_before_providers_and_data_users_have_rated() -> None:
    """第二十条: both are part of the evaluation, each party once."""
    case = WalkedCase(EVALUATION)
    case.move("open", year=2026, operator="city-operator")
    assert case.refusal("pass", **FOUND) == "move_out_of_order"
    case.move("rate", PROVIDER, score=1, words="差")
    for name, facts in (("pass", FOUND), ("fail", FOUND), ("rectify", TERM)):
        assert case.refusal(name, **facts) == "rating_missing"
    assert case.refusal("rate", PROVIDER, score=5, words="改主意") == "already_rated"
    assert case.refusal("rate", replace(DATA_USER, org=""), score=5, words="好") == "rater_unnamed"
    assert case.refusal("rate", OFFICER, score=5, words="自评") == "role_not_allowed"
    case.move("rate", replace(PROVIDER, org="another"), score=3, words="一般")
    case.move("rate", DATA_USER, score=3, words="一般")
    assert case.move("fail", **FOUND) == "failed"


@pytest.mark.parametrize("score", [0, 6, -1, "3", 3.5, None, True])
def test_a_score_is_a_whole_number_from_1_to_5(score: object) -> None:
    """Anything else is no rating."""
    case = WalkedCase(EVALUATION)
    case.move("open", year=2026, operator="city-operator")
    assert case.refusal("rate", PROVIDER, score=score, words="好") == "facts_malformed"
    assert case.refusal("rate", PROVIDER, score=3, words=" ") == "facts_malformed"


@pytest.mark.article("第二十一条")
def test_a_second_rectification_counts_as_failed() -> None:
    """第二十一条, by the policy pack's number."""
    case = rectified()
    assert case.refusal("rectify", **TERM) == "rectification_counts_as_failed"
    assert case.move("rectify_again", **FOUND) == "failed"


def test_another_pack_may_allow_another_rectification() -> None:
    """The number is the pack's, and the plan is asked for anew."""
    case = rectified()
    case.pack = with_number("failed_after_rectifications", 3)
    assert case.refusal("rectify_again", **FOUND) == "rectification_not_exhausted"
    case.move("rectify", **TERM)
    assert case.refusal("report", OFFICER, report="已补全") == "plan_missing"
    case.move("plan", OFFICER, plan="再补")
    case.move("report", OFFICER, report="已补全")
    assert case.move("rectify_again", **FOUND) == "failed"


def test_a_rectification_ends_with_its_last_day_in_shanghai() -> None:
    """Until midnight the operator may report, from then on the bureau may conclude."""
    case = rated()
    case.move("rectify", **TERM)
    assert case.refusal("report", OFFICER, report="已补全") == "plan_missing"
    case.move("plan", OFFICER, plan="补全日志")
    case.at = datetime(2026, 12, 23, 15, 59, tzinfo=UTC)
    assert case.refusal("fail", **FOUND) == "rectification_running"
    case.at = datetime(2026, 12, 23, 16, 0, tzinfo=UTC)
    assert case.refusal("report", OFFICER, report="已补全") == "rectification_overdue"
    case.at -= timedelta(days=40)
    assert case.refusal("fail", **FOUND) == "clock_behind"
    case.at += timedelta(days=40)
    assert case.move("fail", **FOUND) == "failed"


@pytest.mark.parametrize(
    ("ordered", "last"),
    [
        (datetime(2026, 1, 31, 12, tzinfo=SHANGHAI), date(2026, 3, 2)),
        (datetime(2028, 1, 31, 12, tzinfo=SHANGHAI), date(2028, 3, 1)),
        (datetime(2028, 1, 30, 23, 59, tzinfo=SHANGHAI), date(2028, 2, 29)),
        (datetime(2028, 1, 30, 16, 0, tzinfo=UTC), date(2028, 3, 1)),
        (datetime(2026, 12, 2, 0, 0, tzinfo=SHANGHAI), date(2027, 1, 1)),
    ],
)
@pytest.mark.article("第二十一条")
def test_thirty_days_are_calendar_days_in_shanghai(ordered: datetime, last: date) -> None:
    """The day of the order is not counted; a month's length and a leap day make no difference."""
    case = rated()
    assert last_day_for(case.pack, ordered) == last
    case.at = ordered.astimezone(UTC)
    case.history = [replace(one, at=case.at) for one in case.history]
    after = last + timedelta(days=1)
    assert case.refusal("rectify", **FOUND, due_on=after.isoformat()) == "deadline_too_far"
    yesterday = ordered.astimezone(SHANGHAI).date() - timedelta(days=1)
    assert case.refusal("rectify", **FOUND, due_on=yesterday.isoformat()) == "deadline_passed"
    assert case.move("rectify", **FOUND, due_on=last.isoformat()) == "rectifying"


def test_a_year_is_evaluated_once_it_has_begun() -> None:
    """At midnight of new year's day in Asia/Shanghai."""
    case = WalkedCase(EVALUATION, at=datetime(2026, 12, 31, 15, 59, tzinfo=UTC))
    assert case.refusal("open", year=2027, operator="city-operator") == "year_to_come"
    case.at = datetime(2026, 12, 31, 16, 0, tzinfo=UTC)
    assert case.move("open", year=2027, operator="city-operator") == "opened"


def test_only_the_operator_itself_rectifies_and_exits() -> None:
    """Exit states what became of keys, data and logs."""
    case = rated()
    case.move("fail", **FOUND)
    other = replace(OFFICER, org="other-operator")
    assert case.refusal("exit", other, **EXIT) == "operator_other"
    for name in EXIT:
        assert case.refusal("exit", OFFICER, **(EXIT | {name: ""})) == "facts_malformed"
    assert case.move("exit", OFFICER, **EXIT) == "exited"
    assert case.refusal("exit", OFFICER, **EXIT) == "move_out_of_order"


@pytest.mark.article("第二十一条")
def test_the_advice_names_result_ratings_and_rectification() -> None:
    """第二十一条: the bureau reports to the city government and advises that the operator leave."""
    assert advice_text(rated().facts, rated().history) is None
    case = rectified()
    case.move("rectify_again", finding="日志仍不全")
    letter = advice_text(case.facts, case.history)
    assert letter is not None
    for told in (
        "市人民政府",
        "city-operator2026年度",
        "再次评估仍为限期整改，按未通过评估办理",
        "日志仍不全",
        "2份评价，平均3.0分",
        "数据提供方power-company：2分，响应慢",
        "数据使用方town-bank：4分，数据可用",
        "期限至2026-12-23",
        "建议该数据运营单位退出运营工作",
        "2026年11月23日",
    ):
        assert told in letter
    assert "逾期" not in letter
    late = rated()
    late.move("rectify", **TERM)
    late.at += timedelta(days=31)
    late.move("fail", **FOUND)
    assert "逾期未完成整改" in str(advice_text(late.facts, late.history))
    late.move("exit", OFFICER, **EXIT)
    assert "逾期未完成整改" in str(advice_text(late.facts, late.history))


@pytest.mark.article("第二十二条")
def test_a_dispute_is_opened_by_a_side_and_settled_by_the_bureau() -> None:
    """第二十二条; whoever opened it may withdraw it, the other side may not."""
    case = WalkedCase(DISPUTE)
    about = {"scope_kind": "dataset", "scope": "bills", "complaint": "收益分配不明"}
    case.move("open", PROVIDER, **about, hold_asked=True)
    assert case.refusal("settle", settlement="按协议分配") == "move_out_of_order"
    assert case.refusal("withdraw", OFFICER) == "dispute_of_another"
    case.move("mediate", finding="双方各执一词", adviser="第三方咨询机构")
    assert case.refusal("settle", PROVIDER, settlement="归我方") == "role_not_allowed"
    assert case.move("settle", settlement="按协议分配") == "settled"
    other = WalkedCase(DISPUTE)
    other.move("open", PROVIDER, **about)
    assert other.move("withdraw", PROVIDER) == "withdrawn"
