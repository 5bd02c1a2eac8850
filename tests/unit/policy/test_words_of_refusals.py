"""What a refused move says: of which kind it is, what it takes, and what can be done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fakes.people import principal_of
from fakes.walked_case import OFFICER, WalkedCase
from weir.errors import AuthorisationError
from weir.model import Role
from weir.policy.machine import read_facts
from weir.policy.machines.agreement import AGREEMENT
from weir.policy.machines.dispute import DISPUTE
from weir.policy.machines.feedback import FEEDBACK
from weir.policy.machines.stop import STOP
from weir.policy.machines.user_stop import USER_STOP
from weir.policy.procedures import MACHINES
from weir.policy.roles import Act, check_may


def refused(call: Callable[[], object]) -> AuthorisationError:
    with pytest.raises(AuthorisationError) as refusal:
        call()
    return refusal.value


def test_a_field_that_does_not_hold_is_told_with_how_it_is_written() -> None:
    """A quarter and an article; what was sent is not repeated."""
    told = {"use_agreement": "ua-1", "quarter": "2026-Q3", "usage": "查询", "outcomes": "放贷"}
    error = refused(lambda: read_facts(FEEDBACK.move("give"), told))
    assert "quarter (written as 2026q3)" in error.remedy
    notice = {"grounds": "超范围", "article": "foo", "notice": "通报"}
    ended = refused(lambda: read_facts(AGREEMENT.move("terminate"), notice))
    assert "article (one that it names, as 第二十三条)" in ended.remedy
    assert "2026-Q3" not in str(error)
    assert "foo" not in str(ended)


@pytest.mark.parametrize("kind", MACHINES)
def test_what_a_kind_does_not_know_is_refused_by_its_own_article(kind: str) -> None:
    """Of moves and of states; the remedy names those that it knows."""
    machine = MACHINES[kind]
    unknown_state = refused(lambda: machine.check_state("bogus"))
    for error in (refused(lambda: machine.move("bogus")), unknown_state):
        assert error.article == machine.moves[0].article
    assert unknown_state.remedy == "ask for one of: " + ", ".join(machine.states)
    assert refused(lambda: DISPUTE.move("bogus")).article == "第二十二条"


def test_a_move_on_a_case_that_is_not_there_asks_for_its_name() -> None:
    """Nobody meant to open what they wanted to end."""
    error = refused(lambda: WalkedCase(USER_STOP).move("lift", OFFICER, reason="已整改"))
    assert "no user_stop of this name" in error.what
    assert "check its name" in error.remedy


def test_a_role_is_named_in_words_that_fit_every_role() -> None:
    """Whatever letter it begins with."""
    error = refused(lambda: check_may(principal_of(Role.OPERATOR_ENGINEER), Act.ORDER_SIGN))
    assert error.what.startswith("the role operator_engineer ")


@pytest.mark.article("第十六条")
def test_a_stop_sets_no_day_beyond_the_packs_number_of_them() -> None:
    """A channel could otherwise not be closed for years, whatever is not rectified."""
    stop: dict[str, Any] = {"scope_kind": "all", "scope": "", "ground": "检查"}
    case = WalkedCase(STOP)
    assert case.refusal("suspend", **stop, due_on="2036-01-01") == "deadline_too_far"
    assert case.refusal("suspend", **stop, due_on="2026-12-24") == "deadline_too_far"
    assert case.move("suspend", **stop, due_on="2026-12-23") == "suspended"
    case.move("plan", OFFICER, plan="停用接口")
    case.move("report", OFFICER, report="已停用")
    assert case.refusal("reject", finding="不全", due_on="2027-12-23") == "deadline_too_far"
