"""Agreements at the bureau: conclude, terminate, and the notice that a termination signs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bureau_server import BureauServer
from fakes.gate_city import TickingClock
from fakes.sample_contracts import sample_bundle
from weir.errors import AuthorisationError
from weir.model import Role
from weir.policy.machines.agreement import EXCLUSIONS, REQUIRED, drafted
from weir.policy.termination import open_termination

OFFICER = Role.CHIEF_DATA_OFFICER
DRAFT: dict[str, Any] = {
    "kind": "operation",
    "operator": "city-operator",
    "starts_on": "2026-03-01",
    "ends_on": "2028-02-29",
    **dict.fromkeys(REQUIRED["operation"], "已约定"),
    **dict.fromkeys(EXCLUSIONS, False),
}
NOTICE: dict[str, Any] = {
    "grounds": "超过授权范围使用数据",
    "article": "第二十三条",
    "notice": "现予正式通报",
}


@pytest.fixture
def city(bureau: BureauServer) -> BureauServer:
    """A bureau with an operation agreement in force."""
    bureau.stop()
    bureau.clock = TickingClock()
    bureau.start()
    with bureau.client(OFFICER) as operator, bureau.client() as director:
        operator.move("agreement", "oa-1", "draft", DRAFT)
        director.move("agreement", "oa-1", "conclude", {})
    return bureau


def test_a_termination_is_a_notice_under_the_bureaus_signature(city: BureauServer) -> None:
    """第十五条: grounds and article in what is signed; at once where no instant is stated."""
    with city.client() as director:
        assert director.terminations() == ()
        ended = director.move("agreement", "oa-1", "terminate", NOTICE)
        (signed,) = director.terminations()
    notice = open_termination(signed, city.key.public)
    assert (notice.kind, notice.agreement, notice.grounds) == (
        "operation",
        "oa-1",
        "超过授权范围使用数据",
    )
    assert notice.effective_at == notice.issued_at
    assert ended.state == "terminated"


def test_a_termination_may_name_an_instant_to_come(city: BureauServer) -> None:
    """In whatever zone it was written."""
    with city.client() as director:
        told = {**NOTICE, "effective_at": "2026-12-01T00:00:00+08:00"}
        director.move("agreement", "oa-1", "terminate", told)
        (signed,) = director.terminations()
    notice = open_termination(signed, city.key.public)
    assert notice.effective_at == datetime(2026, 11, 30, 16, tzinfo=UTC)


def test_nothing_is_agreed_to_under_a_terminated_agreement(city: BureauServer) -> None:
    """A decision that could let nothing run is not signed."""
    with city.client() as director:
        city.decide(sample_bundle())
        director.move("agreement", "oa-1", "terminate", NOTICE)
        with pytest.raises(AuthorisationError) as refusal:
            city.decide(sample_bundle())
        assert (refusal.value.code, refusal.value.article) == ("agreement_terminated", "第十五条")
        city.decide(sample_bundle(), "refused", reason="协议已终止", article="第十五条")


@pytest.mark.article("第十一条")
@pytest.mark.article("第十四条")
def test_nothing_is_agreed_to_before_both_agreements_are_in_force(bureau: BureauServer) -> None:
    """Neither on a draft nor on an agreement that the bureau does not know."""
    bundle = sample_bundle()
    with bureau.client(OFFICER) as operator, bureau.client() as director:
        for agreement, made, by, article in (
            (bundle.operation_agreement, "conclude", director, "第十一条"),
            (bundle.use_agreement, "agree", operator, "第十四条"),
        ):
            operator.move("agreement", agreement.agreement, "draft", drafted(agreement))
            with pytest.raises(AuthorisationError) as refusal:
                bureau.decide(bundle, concluded=False)
            told = (refusal.value.code, refusal.value.article)
            assert told == ("agreement_not_in_force", article)
            by.move("agreement", agreement.agreement, made, {})
    bureau.decide(bundle, concluded=False)


def test_an_agreements_file_that_was_edited_since_is_no_agreement(bureau: BureauServer) -> None:
    """A longer term, another data user: that was never concluded."""

    def longer(data: dict[str, Any]) -> None:
        data["use_agreement"]["ends_on"] = "2027-12-31"

    bureau.conclude(sample_bundle())
    with pytest.raises(AuthorisationError) as refusal:
        bureau.decide(sample_bundle(longer))
    assert (refusal.value.code, refusal.value.article) == ("agreement_differs", "第十四条")


def test_an_agreement_that_nobody_concluded_cannot_be_terminated(city: BureauServer) -> None:
    """And the operator terminates none."""
    with city.client() as director, pytest.raises(AuthorisationError) as refusal:
        director.move("agreement", "oa-9", "terminate", NOTICE)
    assert refusal.value.code == "move_out_of_order"
    with city.client(OFFICER) as operator, pytest.raises(AuthorisationError) as refusal:
        operator.move("agreement", "oa-1", "terminate", NOTICE)
    assert refusal.value.code == "role_not_allowed"


def test_of_racing_terminations_one_is_signed(city: BureauServer) -> None:
    """Two people press at once."""

    def terminate(_: int) -> str:
        with city.client() as director:
            try:
                director.move("agreement", "oa-1", "terminate", NOTICE)
            except AuthorisationError as error:
                return error.code
        return "made"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(terminate, range(4))) == ["made", *["move_out_of_order"] * 3]
    with city.client() as director:
        assert len(director.terminations()) == 1


def test_a_clock_that_went_back_terminates_nothing(city: BureauServer) -> None:
    """Its notice would be dated before the agreement came into force."""
    assert isinstance(city.clock, TickingClock)
    city.clock.instant -= timedelta(days=1)
    with city.client() as director, pytest.raises(AuthorisationError) as refusal:
        director.move("agreement", "oa-1", "terminate", NOTICE)
    assert refusal.value.code == "clock_behind"
    with city.client() as director:
        assert director.terminations() == ()
