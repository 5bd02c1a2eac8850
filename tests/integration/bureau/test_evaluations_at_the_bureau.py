"""Evaluations at the bureau: whom and when they concern, and what an operator's exit ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from bureau_server import DIRECTOR, BureauServer
from fakes.gate_city import TickingClock
from fakes.sample_contracts import sample_bundle
from weir.contracts.compile import compile_plan
from weir.errors import AuthorisationError
from weir.governance.cases import Case
from weir.model import Role
from weir.policy.standing import Standing, may_run
from weir.policy.termination import open_termination

OFFICER = Role.CHIEF_DATA_OFFICER
EXIT = dict.fromkeys(("keys_destroyed", "data_destroyed", "logs_handed_over"), "已办理")
NOTICE: dict[str, Any] = {"grounds": "期满前终止", "article": "第十五条", "notice": "现予通报"}


@pytest.fixture
def city(bureau: BureauServer) -> BureauServer:
    """A bureau that has decided on a scenario of city-operator."""
    bureau.stop()
    bureau.clock = TickingClock()
    bureau.start()
    bureau.decide(sample_bundle())
    return bureau


def opened(
    city: BureauServer, name: str, operator: str = "city-operator", year: int = 2026
) -> Case:
    with city.client() as director:
        return director.move("evaluation", name, "open", {"operator": operator, "year": year})


def failed(city: BureauServer, name: str = "ev-2026") -> str:
    opened(city, name)
    for role in (Role.PROVIDER, Role.DATA_USER):
        with city.client(role) as rater:
            rater.move("evaluation", name, "rate", {"score": 1, "words": "差"})
    with city.client() as director:
        director.move("evaluation", name, "fail", {"finding": "严重超范围"})
    return name


def left(city: BureauServer, name: str) -> Case:
    with city.client(OFFICER) as operator:
        return operator.move("evaluation", name, "exit", EXIT)


@pytest.mark.article("第二十条")
def test_an_operator_is_evaluated_once_a_year(city: BureauServer) -> None:
    """Not even after it failed and left; another year is another evaluation."""
    name = failed(city)
    left(city, name)
    with pytest.raises(AuthorisationError) as refusal:
        opened(city, "ev-2026b")
    error = refusal.value
    assert (error.code, error.article) == ("evaluation_exists", "第二十条")
    assert name in error.what
    assert "once a year" in error.remedy
    assert opened(city, "ev-2025", year=2025).state == "opened"


def test_there_is_advice_on_a_failed_operator_alone(city: BureauServer) -> None:
    """第二十一条: neither on an evaluation that never was nor on one under way."""
    opened(city, "ev-2026")
    headers = city.bears(DIRECTOR)
    for name in ("never-was", "ev-2026"):
        path = f"{city.url}/v1/evaluations/{name}/advice"
        answer = httpx.get(path, headers=headers, trust_env=False)
        assert (answer.status_code, answer.json()["code"]) == (404, "advice_missing")
        with city.client() as director:
            assert director.advice(name) is None


def test_only_an_operator_that_was_authorised_is_evaluated(city: BureauServer) -> None:
    """A draft authorises nobody."""
    with pytest.raises(AuthorisationError) as refusal:
        opened(city, "ev-x", operator="nobody")
    assert (refusal.value.code, refusal.value.article) == ("operator_unknown", "第二十条")
    assert "nobody" not in str(refusal.value)
    with city.client() as director:
        assert director.cases("evaluation") == ()


@pytest.mark.article("第二十一条")
def test_with_an_exit_every_agreement_of_the_operator_ends(city: BureauServer) -> None:
    """Signed in the same move, so that its scenarios may no longer run."""
    bundle = sample_bundle()
    name = failed(city)
    with city.client() as director:
        assert director.terminations() == ()
        left(city, name)
        signed = [open_termination(one, city.key.public) for one in director.terminations()]
        states = {one.case_id: one.state for one in director.cases("agreement")}
        decision = director.decision(bundle.scenario.scenario)
    named = {bundle.operation_agreement.agreement, bundle.use_agreement.agreement}
    assert {one.agreement for one in signed} == named
    assert {states[one] for one in named} == {"terminated"}
    assert {one.article for one in signed} == {"第二十一条"}
    standing = Standing(decision=decision, terminations=tuple(signed))
    plan, at = compile_plan(bundle), city.clock.now()

    def reasons(known: Standing) -> list[str]:
        verdict = may_run(
            plan, known, bureau_key=city.key.public, as_of=at, acknowledge_lapsed=True
        )
        return [one.code for one in verdict.reasons]

    assert reasons(replace(standing, terminations=())) == []
    assert "agreement_terminated" in reasons(standing)


def test_no_operator_leaves_while_an_agreement_of_its_own_runs_on(city: BureauServer) -> None:
    """A notice that takes effect later would let supply go on; nothing of the exit is kept."""
    name, bundle = failed(city), sample_bundle()
    assert isinstance(city.clock, TickingClock)
    effective_at = city.clock.now() + timedelta(days=2)
    with city.client() as director:
        agreement = bundle.operation_agreement.agreement
        notice = {**NOTICE, "effective_at": effective_at.isoformat()}
        director.move("agreement", agreement, "terminate", notice)
        with pytest.raises(AuthorisationError) as refusal:
            left(city, name)
        assert refusal.value.code == "termination_to_come"
        assert [one.state for one in director.cases("evaluation")] == ["failed"]
        assert len(director.terminations()) == 1
        city.clock.instant = effective_at + timedelta(minutes=1)
        assert left(city, name).state == "exited"
        assert len(director.terminations()) == 2
