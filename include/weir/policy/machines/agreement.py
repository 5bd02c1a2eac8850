"""An agreement (授权运营协议、数据利用协议) from draft to end (第十、十一、十四、十五条)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from weir.clock import civil_date
from weir.contracts.agreement import Agreement
from weir.contracts.calendar import add_months
from weir.contracts.dataset import Day, Name
from weir.model import Party, Reason
from weir.policy.machine import NEW, Facts, Machine, Move, Situation, Words
from weir.policy.parties import of_another_operator
from weir.policy.roles import Act
from weir.policy.terms import renewal_notice_from

REQUIRED = {
    "operation": (
        "rights_and_duties",
        "mode",
        "content",
        "scope",
        "revenue",
        "security",
        "exit",
    ),
    "use": ("purpose", "conditions", "responsibilities"),
}
"""What an agreement of a kind must hold (第十一、十四条), beside parties and term."""
EXCLUSIONS = ("punished", "listed_as_dishonest", "officers_punished")
"""第十条: whoever one of these is true of does not become an operator."""

IN_FORCE = frozenset({"in_force", "renewal_due"})
"""The states in which something may rest on an agreement."""

Clause = Annotated[str, StringConstraints(max_length=4000, strip_whitespace=True)]


class AgreementDraft(Facts):
    """What the parties have written so far. A clause that is missing keeps the agreement from
    coming into force; an operator also declares each of 第十条's exclusions."""

    kind: Literal["operation", "use"]
    operator: Name
    data_user: Name | None = None
    starts_on: Day
    ends_on: Day
    rights_and_duties: Clause = ""
    mode: Clause = ""
    content: Clause = ""
    scope: Clause = ""
    revenue: Clause = ""
    security: Clause = ""
    exit: Clause = ""
    purpose: Clause = ""
    conditions: Clause = ""
    responsibilities: Clause = ""
    longer_because: str = Field(default="", max_length=2000)
    punished: bool | None = None
    listed_as_dishonest: bool | None = None
    officers_punished: bool | None = None


def drafted(written: Agreement, declared: Mapping[str, bool] | None = None) -> dict[str, Any]:
    """What is drafted of an agreement's file; `declared` is what an operator declares about 第十条,
    by default that none of it holds."""
    told = written.model_dump(mode="json")
    stated = {name: value for name, value in told.items() if name in AgreementDraft.model_fields}
    if written.kind == "use":
        return stated
    return stated | dict(dict.fromkeys(EXCLUSIONS, False) if declared is None else declared)


class Notice(Facts):
    """Why an agreement ends early, by which article, and the notice that says so."""

    grounds: Words
    article: str = Field(pattern=r"第.{1,12}条", description="one that it names, as 第二十三条")
    notice: Words
    effective_at: AwareDatetime | None = None


def _sound(situation: Situation, given: AgreementDraft) -> Iterator[Reason]:
    for operator in {given.operator, situation.facts.get("operator", given.operator)}:
        yield from of_another_operator(situation, operator, "第十条")
    if given.ends_on < given.starts_on:
        yield Reason(
            code="term_reversed",
            what="the agreement would end before it starts",
            article="第十五条",
            remedy="state its first and last day",
        )
    if given.kind == "use" and given.data_user is None:
        yield Reason(
            code="data_user_missing",
            what="a use agreement names its data user",
            article="第十四条",
            remedy="state with whom it is concluded",
        )
    if given.kind == "operation":
        yield from _declared(given)


def _declared(given: AgreementDraft) -> Iterator[Reason]:
    """第十条: each exclusion is declared, and none holds."""
    silent = [name for name in EXCLUSIONS if getattr(given, name) is None]
    if silent:
        yield Reason(
            code="exclusion_not_declared",
            what="the operator has not declared: " + ", ".join(silent),
            article="第十条",
            remedy="declare each as false, where it is",
        )
    true = [name for name in EXCLUSIONS if getattr(given, name)]
    if true:
        yield Reason(
            code="operator_excluded",
            what="whoever this is true of does not become an operator: " + ", ".join(true),
            article="第十条",
            remedy="another unit has to apply",
        )


def _may_begin(situation: Situation, kind: str, article: str) -> Iterator[Reason]:
    facts, today = situation.facts, civil_date(situation.at)
    if facts["kind"] != kind:
        yield Reason(
            code="agreement_of_other_kind",
            what=f"this is a {facts['kind']} agreement; the move is for a {kind} agreement",
            article=article,
            remedy="the bureau concludes operation agreements, the operator use agreements",
        )
        return
    missing = [name for name in REQUIRED[kind] if not facts[name].strip()]
    if missing:
        yield Reason(
            code="agreement_incomplete",
            what="the agreement does not say: " + ", ".join(missing),
            article=article,
            remedy="draft it again with every required clause",
        )
    if today < _day(situation, "starts_on"):
        yield Reason(
            code="agreement_not_started",
            what=f"its first day is {facts['starts_on']}",
            article="第十五条",
            remedy="wait for its first day",
        )
    yield from _not_over(situation)
    yield from _usual_term(situation)


def _usual_term(situation: Situation) -> Iterator[Reason]:
    years = situation.pack.parameters.agreement_term_years
    last = add_months(_day(situation, "starts_on"), 12 * years.value) - timedelta(days=1)
    stated = situation.facts["longer_because"].strip()
    if _day(situation, "ends_on") > last and not stated:
        yield Reason(
            code="term_too_long",
            what=f"an agreement is in principle for {years.value} years, here until {last}",
            article=years.article,
            remedy="end it by then, or state longer_because in the draft",
        )


def _concluded(situation: Situation, given: Facts) -> Iterator[Reason]:
    del given
    yield from _may_begin(situation, "operation", "第十一条")


def _agreed(situation: Situation, given: Facts) -> Iterator[Reason]:
    del given
    yield from of_another_operator(situation, situation.facts["operator"], "第十四条")
    yield from _may_begin(situation, "use", "第十四条")


def _renewal_is_due(situation: Situation, given: Facts) -> Iterator[Reason]:
    del given
    due = renewal_notice_from(_day(situation, "ends_on"), situation.pack)
    if civil_date(situation.at) < due:
        yield Reason(
            code="renewal_not_due",
            what=f"the operator applies anew from {due} on",
            article="第十五条",
            remedy="wait for that day",
        )
    yield from _not_over(situation)


def _not_over(situation: Situation) -> Iterator[Reason]:
    if civil_date(situation.at) > _day(situation, "ends_on"):
        yield Reason(
            code="agreement_over",
            what=f"its last day was {situation.facts['ends_on']}",
            article="第十五条",
            remedy="conclude another agreement",
        )


def _is_over(situation: Situation, given: Facts) -> Iterator[Reason]:
    del given
    if civil_date(situation.at) <= _day(situation, "ends_on"):
        yield Reason(
            code="agreement_running",
            what=f"it is in force until {situation.facts['ends_on']}, that day included",
            article="第十五条",
            remedy="wait until the day is over, or terminate it with grounds and notice",
        )


def _not_in_the_past(situation: Situation, given: Notice) -> Iterator[Reason]:
    yield from _not_over(situation)
    if given.effective_at is not None and given.effective_at < situation.at:
        yield Reason(
            code="termination_retroactive",
            what="a notice takes effect no earlier than it is given",
            article="第十五条",
            remedy="leave the instant out, or state one to come",
        )


def _day(situation: Situation, name: str) -> date:
    return date.fromisoformat(situation.facts[name])


AGREEMENT = Machine(
    kind="agreement",
    zh="授权运营协议与数据利用协议",
    states={
        "drafted": "已起草",
        "in_force": "已生效",
        "renewal_due": "应当重新申请",
        "expired": "已届满",
        "terminated": "已终止",
    },
    moves=(
        Move(
            name="draft",
            zh="起草并声明无第十条情形",
            sources=frozenset({NEW, "drafted"}),
            target="drafted",
            act=Act.AGREEMENT_DRAFT,
            record="agreement.drafted",
            article="第十条",
            facts=AgreementDraft,
            guard=_sound,
        ),
        Move(
            name="conclude",
            zh="授权运营协议生效",
            sources=frozenset({"drafted"}),
            target="in_force",
            act=Act.AGREEMENT_CONCLUDE,
            record="agreement.concluded",
            article="第十一条",
            guard=_concluded,
            responsible=Party.BUREAU,
        ),
        Move(
            name="agree",
            zh="数据利用协议生效",
            sources=frozenset({"drafted"}),
            target="in_force",
            act=Act.AGREEMENT_DRAFT,
            record="agreement.concluded",
            article="第十四条",
            guard=_agreed,
        ),
        Move(
            name="notify",
            zh="期满前通知",
            sources=frozenset({"in_force"}),
            target="renewal_due",
            act=Act.AGREEMENT_WATCH,
            record="agreement.notified",
            article="第十五条",
            guard=_renewal_is_due,
            responsible=Party.BUREAU,
        ),
        Move(
            name="expire",
            zh="期满",
            sources=IN_FORCE,
            target="expired",
            act=Act.AGREEMENT_WATCH,
            record="agreement.expired",
            article="第十五条",
            guard=_is_over,
            responsible=Party.BUREAU,
        ),
        Move(
            name="terminate",
            zh="终止并正式通报",
            sources=IN_FORCE,
            target="terminated",
            act=Act.AGREEMENT_TERMINATE,
            record="agreement.terminated",
            article="第十五条",
            facts=Notice,
            guard=_not_in_the_past,
            responsible=Party.BUREAU,
        ),
    ),
)
