"""What the desk shows of supervision: stops, agreements, evaluations and disputes, by last day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from weir.clock import civil_date
from weir.contracts.policy_pack import PolicyPack
from weir.governance.cases import Case, CaseBook
from weir.model import Role
from weir.policy.machine import Machine
from weir.policy.machines.agreement import AGREEMENT, IN_FORCE
from weir.policy.machines.dispute import DISPUTE
from weir.policy.machines.evaluation import EVALUATION
from weir.policy.machines.stop import STOP
from weir.policy.rectification import UNDONE
from weir.policy.terms import renewal_notice_from


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Something with a last day. `late` once that day is over, `soon` where a notice is due."""

    case: Case
    state: str
    ended: bool
    due_on: date | None
    late: bool
    soon: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    due: Due
    ratings: int
    mean: float | None
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Supervision:
    """Open cases stand before ended ones, the nearest last day first."""

    stops: tuple[Due, ...]
    agreements: tuple[Due, ...]
    evaluations: tuple[Evaluated, ...]
    disputes: tuple[Due, ...]

    @property
    def late(self) -> tuple[Due, ...]:
        return tuple(one for one in self._all() if one.late)

    @property
    def soon(self) -> tuple[Due, ...]:
        return tuple(one for one in self._all() if one.soon)

    def _all(self) -> Iterator[Due]:
        yield from self.stops
        yield from self.agreements
        yield from (one.due for one in self.evaluations)


def supervision(book: CaseBook, now: datetime) -> Supervision:
    """Everything under supervision as it stands at `now`."""
    today, pack = civil_date(now), book.pack(now)

    def dues(machine: Machine) -> tuple[Due, ...]:
        found = [_due(machine, case, today, pack) for case in book.listed(machine.kind)]
        return tuple(sorted(found, key=lambda one: (one.ended, one.due_on or date.max)))

    return Supervision(
        stops=dues(STOP),
        agreements=dues(AGREEMENT),
        evaluations=tuple(map(_evaluated, dues(EVALUATION))),
        disputes=dues(DISPUTE),
    )


def _due(machine: Machine, case: Case, today: date, pack: PolicyPack) -> Due:
    of_agreement = machine is AGREEMENT
    told = case.facts.get("ends_on" if of_agreement else "due_on")
    last = date.fromisoformat(told) if told else None
    running = last is not None and case.state in (IN_FORCE if of_agreement else UNDONE)
    return Due(
        case=case,
        state=machine.states[case.state],
        ended=machine.final(case.state),
        due_on=last,
        late=running and last is not None and today > last,
        soon=running
        and of_agreement
        and last is not None
        and renewal_notice_from(last, pack) <= today <= last,
    )


def _evaluated(due: Due) -> Evaluated:
    ratings = [one for one in due.case.history if one.move == "rate"]
    heard = {one.by.role for one in ratings}
    scores = [int(one.facts["score"]) for one in ratings]
    return Evaluated(
        due=due,
        ratings=len(ratings),
        mean=sum(scores) / len(scores) if scores else None,
        missing=tuple(role for role in (Role.PROVIDER, Role.DATA_USER) if role not in heard),
    )
