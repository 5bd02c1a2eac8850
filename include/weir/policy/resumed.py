"""What was pulled before a stop is not released once supply goes on again (第十六条)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from weir.contracts.plan import Plan
from weir.model import Reason
from weir.policy.grounds import operator_stop_reasons
from weir.policy.order import Order, concerns
from weir.policy.stops import OperatorStop


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedStop:
    """A stop of the operator's, an incident's included, and the instant at which it ended."""

    stop: OperatorStop
    ended_at: datetime


def went_on_at(
    plan: Plan, orders: Iterable[Order], ended: Collection[EndedStop], as_of: datetime
) -> datetime | None:
    """When the last stop that `plan` was under ended; None where it never was under one.

    An order to resume what was not suspended ends nothing.
    """
    stopped: set[tuple[str, str]] = set()
    instants = []
    for order in sorted(orders, key=lambda one: (one.issued_at, one.order_id)):
        scope = (order.scope_kind, order.scope)
        if order.action == "suspend" and concerns(order, plan):
            stopped.add(scope)
        elif order.action == "resume" and scope in stopped and order.issued_at <= as_of:
            stopped.discard(scope)
            instants.append(order.issued_at)
    instants += [one.ended_at for one in ended if any(operator_stop_reasons(plan, (one.stop,)))]
    return max(instants, default=None)


def pull_reasons(
    pulled_at: Collection[datetime],
    went_on: datetime | None,
    published: Collection[datetime] = (),
) -> Iterator[Reason]:
    """Why a product of snapshots that were `pulled_at` these instants is too old. `went_on` is when
    the last stop ended, and `published` when the newest release's snapshots were pulled."""
    oldest = min(pulled_at)
    if went_on is not None and oldest < went_on:
        yield Reason(
            code="pulled_before_stop",
            what="the data was pulled before supply was stopped, and it has been resumed since",
            article="第十六条",
            remedy="start a new run: what was rectified is pulled anew",
        )
    if published and oldest < min(published):
        yield Reason(
            code="release_overtaken",
            what="a release of data pulled later is published already",
            article="第十四条",
            remedy="start a new run; consumers never get older data for newer",
        )
