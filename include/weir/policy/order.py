"""Orders of the bureau: supply stops or goes on (第十六条), is closed or delisted (第二十三条)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from pydantic import AwareDatetime, ConfigDict

from weir.contracts.plan import Plan
from weir.crypto.dsse import Envelope
from weir.crypto.sm2 import SigningKey, VerifyingKey
from weir.errors import IntegrityError
from weir.policy.statement import open_statement, sign_statement

PAYLOAD_TYPE = "application/vnd.weir.order.v1+json"

OrderAction = Literal["suspend", "resume", "close", "delist"]
"""`close` shuts the channel after an overdue rectification (第二十三条): nothing resumes it."""

ScopeKind = Literal["scenario", "dataset", "provider", "data_user", "drill", "all", "release"]
"""A `drill` is a scope that no scenario uses: each drill has one of its own, which ends with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order. `scope` names what `scope_kind` says, and is empty for `all`. What is delisted is
    a release, and nothing else is done to one."""

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
    order = open_statement(Order, envelope, PAYLOAD_TYPE, key)
    if not fits(order.action, order.scope_kind):
        raise IntegrityError(
            "statement_malformed",
            "the order's scope is not one that such an order can have",
            where={"payload_type": PAYLOAD_TYPE},
            remedy="have it signed anew by a bureau of the same version",
        )
    return order


def fits(action: OrderAction, scope_kind: ScopeKind) -> bool:
    """Whether an order to do `action` can have a scope of this kind."""
    return (action == "delist") == (scope_kind == "release")


def stops_supply(order: Order) -> bool:
    """Whether an order is about anybody's supply: a drill's and a release's are not."""
    return order.scope_kind not in {"drill", "release"}


def delisting_orders(orders: Iterable[Order], release_id: str) -> tuple[Order, ...]:
    """The orders to delist this release, oldest first. No order takes one back."""
    known = sorted(orders, key=lambda order: (order.issued_at, order.order_id))
    return tuple(one for one in known if one.action == "delist" and one.scope == release_id)


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
    return in_scope(order.scope_kind, order.scope, plan)


def in_scope(scope_kind: ScopeKind, scope: str, plan: Plan) -> bool:
    """Is what `plan` does within a scope of this kind and name?"""
    match scope_kind:
        case "scenario":
            return scope == plan.scenario.scenario
        case "dataset":
            return any(scope == one.dataset.dataset for one in plan.inputs)
        case "provider":
            return any(scope == one.dataset.provider for one in plan.inputs)
        case "data_user":
            return scope == plan.scenario.data_user
        case "all":
            return True
        case "drill" | "release":
            return False


def _lifted(order: Order, resumed_at: datetime | None) -> bool:
    return resumed_at is not None and order.issued_at < resumed_at
