"""Orders of the bureau: supply is suspended, or goes on (第十六条)."""

from __future__ import annotations

import json
from typing import Literal

import structlog
from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import Engine, insert, select

from weir.bureau.acts import BureauActs
from weir.bureau.migrate import DATABASE
from weir.bureau.tables import orders
from weir.crypto.canonical import canonical_json
from weir.crypto.dsse import Envelope
from weir.evidence.actions import Action
from weir.evidence.audit import Legal, Target, new_id
from weir.evidence.database import transaction
from weir.model import Principal
from weir.policy.order import Order, ScopeKind, sign_order

log = structlog.get_logger("weir.bureau")


class OrderRequest(BaseModel):
    """What is ordered. `scope` names what `scope_kind` says; it is empty for `all`."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    action: Literal["suspend", "resume"]
    scope_kind: ScopeKind
    scope: str = Field(default="", max_length=100)
    ground: str = Field(min_length=1, max_length=2000)
    article: str = Field(default="第十六条", max_length=100)

    @model_validator(mode="after")
    def _scope_fits_kind(self) -> OrderRequest:
        if bool(self.scope) == (self.scope_kind == "all"):
            raise ValueError("a scope names something, unless it is all")
        return self


def issue(engine: Engine, acts: BureauActs, request: OrderRequest, by: Principal) -> Envelope:
    """Sign and keep an order."""
    order = Order(
        order_id=str(new_id(acts.clock)),
        action=request.action,
        scope_kind=request.scope_kind,
        scope=request.scope,
        ground=request.ground,
        article=request.article,
        issued_at=acts.clock.now(),
    )
    envelope = sign_order(order, acts.key)
    scenario = order.scope if order.scope_kind == "scenario" else ""
    with transaction(engine, DATABASE) as connection:
        connection.execute(
            insert(orders).values(
                order_id=order.order_id,
                action=order.action,
                scope_kind=order.scope_kind,
                scope=order.scope,
                ground=order.ground,
                article=order.article,
                issued_by=by.id,
                issued_at=order.issued_at,
                envelope=canonical_json(envelope.to_json()),
            )
        )
        acts.keep(
            connection,
            Action.ORDER_SIGNED,
            by=by,
            target=Target(kind=order.scope_kind, name=order.scope or "all"),
            legal=Legal(article=order.article, scenario=scenario),
            data={"order_id": order.order_id, "order": order.action},
        )
    log.info("order_signed", order_id=order.order_id, action=order.action, scope=order.scope)
    return envelope


def all_orders(engine: Engine) -> list[Envelope]:
    """Every order ever signed, oldest first."""
    with transaction(engine, DATABASE) as connection:
        kept = connection.execute(select(orders.c.envelope).order_by(orders.c.seq)).scalars()
        return [Envelope.from_json(json.loads(one)) for one in kept]
