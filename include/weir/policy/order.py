"""Orders of the bureau that stop supply and let it go on (第十六、二十三条)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from pydantic import AwareDatetime, ConfigDict

from weir.contracts.plan import Plan
from weir.crypto.dsse import Envelope
from weir.crypto.sm2 import SigningKey, VerifyingKey
from weir.policy.statement import open_statement, sign_statement

PAYLOAD_TYPE = "application/vnd.weir.order.v1+json"

ScopeKind = Literal["scenario", "dataset", "provider", "data_user", "all"]
OrderAction = Literal["suspend", "resume", "close"]
"""`close` shuts the channel after an overdue rectification (第二十三条): nothing resumes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order. `scope` names what `scope_kind` says, and is empty for `all`."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    order_id: str
    action: OrderAction
    scope_kind: ScopeKind
    scope: str
    ground: str
    article: str
    issued_at: AwareDatetime


def sign_order(order: Order, key: SigningKey) -> Envelope:
    return sign_statement(order, PAYLOAD_TYPE, key)


def open_order(envelope: Envelope, key: VerifyingKey) -> Order:
    """The order, once the bureau's `key` has signed it; else `IntegrityError`."""
    return open_statement(Order, envelope, PAYLOAD_TYPE, key)


def suspensions_in_force(orders: Iterable[Order], as_of: datetime) -> tuple[Order, ...]:
    """The stops in force, oldest first: suspensions that no later order of the same scope has
    lifted, and channels that were closed.

    A suspension counts from the moment it is known, even when its clock runs ahead of ours; an
    order to resume counts from its own instant on, and lifts only what was issued before it.
    """
    known = sorted(orders, key=lambda order: (order.issued_at, order.order_id))
    lifted_at = {
        (order.scope_kind, order.scope): order.issued_at
        for order in known
        if order.action == "resume" and order.issued_at <= as_of
    }
    return tuple(
        order
        for order in known
        if order.action == "close"
        or (
            order.action == "suspend"
            and not _lifted(order, lifted_at.get((order.scope_kind, order.scope)))
        )
    )


def concerns(order: Order, plan: Plan) -> bool:
    """Is what `plan` does within the scope of `order`?"""
    match order.scope_kind:
        case "scenario":
            return order.scope == plan.scenario.scenario
        case "dataset":
            return any(order.scope == one.dataset.dataset for one in plan.inputs)
        case "provider":
            return any(order.scope == one.dataset.provider for one in plan.inputs)
        case "data_user":
            return order.scope == plan.scenario.data_user
        case "all":
            return True


def _lifted(order: Order, resumed_at: datetime | None) -> bool:
    return resumed_at is not None and order.issued_at < resumed_at
