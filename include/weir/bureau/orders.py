"""Orders of the bureau: supply is suspended, goes on, or its channel is closed (第十六、二十三条).

Each such order is a move of a stop's case: what is signed and what is kept of the rectification
commit together, and no order goes by its rules. An order to delist a release, and one of a drill,
stop nobody's supply and have no case.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import Connection, Engine, Row, insert, select, text

from weir.bureau.acts import BureauActs
from weir.bureau.migrate import DATABASE
from weir.bureau.notices import tell
from weir.bureau.scopes import is_known
from weir.bureau.tables import orders
from weir.contracts.dataset import Day
from weir.crypto.canonical import canonical_json
from weir.crypto.dsse import Envelope
from weir.errors import AuthorisationError
from weir.evidence.actions import Action
from weir.evidence.audit import Legal, Target, new_id
from weir.evidence.database import transaction
from weir.governance.cases import Case, CaseBook, Effect
from weir.model import Principal
from weir.policy.machine import Words
from weir.policy.machines.stop import OPEN, STOP
from weir.policy.order import Order, OrderAction, ScopeKind, fits, sign_order
from weir.policy.rectification import last_day_for

log = structlog.get_logger("weir.bureau")

_ARTICLES: Mapping[OrderAction, str] = {
    "suspend": "第十六条",
    "resume": "第十六条",
    "close": "第二十三条",
    "delist": "第二十三条",
}
_MOVES: tuple[OrderAction, ...] = ("suspend", "resume", "close")


class OrderRequest(BaseModel):
    """What is ordered. `scope` names what `scope_kind` says; it is empty for `all`.

    `due_on` is the last day for rectifying what a suspension is for; without one it is the policy
    pack's number of days from now.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    action: OrderAction
    scope_kind: ScopeKind
    scope: str = Field(default="", max_length=100)
    ground: Words
    article: str = Field(default="", max_length=100)
    due_on: Day | None = None

    @model_validator(mode="after")
    def _scope_fits_kind(self) -> OrderRequest:
        if bool(self.scope) == (self.scope_kind == "all"):
            raise ValueError("a scope names something, unless it is all")
        if not fits(self.action, self.scope_kind):
            raise ValueError("a release is delisted, and nothing else is")
        if self.scope_kind == "drill" and self.action != "suspend":
            raise ValueError("a drill's scope ends with it")
        return self

    @property
    def stands_alone(self) -> bool:
        """Whether it stops nobody's supply, and so has no rectification."""
        return self.scope_kind in {"drill", "release"}


def issue(book: CaseBook, acts: BureauActs, request: OrderRequest, by: Principal) -> Envelope:
    """Sign and keep an order, and move the stop that it is about.

    Raises `AuthorisationError`, and keeps the attempt: `scope_unknown` for what the bureau never
    decided on, `release_unknown` for a release that the operator's records do not tell of,
    `already_suspended`, `not_suspended`, `channel_closed`, and `rectification_open`
    where supply would go on before its rectification was accepted.
    """
    if request.stands_alone:
        _check_heard_of(book, acts, request, by)
        return _sign_alone(book, acts, request, by)
    ground = {"ground": request.ground, "article": request.article or _ARTICLES[request.action]}
    if request.action == "suspend":
        now = acts.clock.now()
        case_id = f"stop-{new_id(acts.clock)}"
        due_on = request.due_on or last_day_for(book.pack(now), now)
        facts = {"scope_kind": request.scope_kind, "scope": request.scope}
        facts |= {"due_on": due_on.isoformat(), **ground}
    else:
        case_id, facts = _stop_of(book, acts, request, by), ground
    book.move(STOP, case_id, request.action, facts, by, effects(acts)[STOP.kind, request.action])
    with transaction(book.engine, DATABASE) as connection:
        signed = connection.execute(
            select(orders.c.envelope).where(
                orders.c.stop == case_id, orders.c.action == request.action
            )
        ).scalar_one()
    return Envelope.from_json(json.loads(signed))


def order_drill(book: CaseBook, acts: BureauActs, drill_id: UUID, by: Principal) -> Envelope:
    """Sign the order that a drill of revocation measures. Its scope is that drill and nothing else:
    no scenario, no data user and no release can be called by it."""
    request = OrderRequest(
        action="suspend", scope_kind="drill", scope=str(drill_id), ground="收回演练"
    )
    return _sign_alone(book, acts, request, by)


def effects(acts: BureauActs) -> dict[tuple[str, str], Effect]:
    """What signs the order that a move of a stop is, by kind and move."""
    return {(STOP.kind, action): partial(_sign, acts, action) for action in _MOVES}


def all_orders(engine: Engine) -> list[Envelope]:
    """Every order ever signed, oldest first."""
    with transaction(engine, DATABASE) as connection:
        kept = connection.execute(select(orders.c.envelope).order_by(orders.c.seq)).scalars()
        return [Envelope.from_json(json.loads(one)) for one in kept]


def _stop_of(book: CaseBook, acts: BureauActs, request: OrderRequest, by: Principal) -> str:
    """The stop that an order to resume or close is about."""
    with transaction(book.engine, DATABASE) as connection:
        last = _last(connection, request.scope_kind, request.scope)
        stop = book.read(connection, STOP.kind, last.stop) if last is not None else None
        refusal = _against(request.action, last, stop)
        if refusal is None and stop is not None:
            return stop.case_id
        refusal = refusal or _not_suspended(request.action)
        if book.may_keep(by):
            known = is_known(connection, request.scope_kind, request.scope)
            _keep_attempt(connection, acts, request, by, refusal, known=known)
    raise refusal


def _check_heard_of(book: CaseBook, acts: BureauActs, request: OrderRequest, by: Principal) -> None:
    """A drill's scope is its own: nobody has to have heard of it."""
    with transaction(book.engine, DATABASE) as connection:
        if request.scope_kind == "drill" or is_known(connection, "release", request.scope):
            return
        refusal = AuthorisationError(
            "release_unknown",
            "no record that the operator delivered tells of a release of this name",
            article=_ARTICLES["delist"],
            remedy="check its name; where it is new, wait for its records or suspend its scenario",
        )
        if book.may_keep(by):
            _keep_attempt(connection, acts, request, by, refusal, known=False)
    raise refusal


def _keep_attempt(
    connection: Connection,
    acts: BureauActs,
    request: OrderRequest,
    by: Principal,
    refusal: AuthorisationError,
    *,
    known: bool,
) -> None:
    """Keep a refused order; a name that nobody knows is not repeated."""
    unknown = "never heard of" if request.scope_kind == "release" else "never decided on"
    acts.keep(
        connection,
        Action.ORDER_SIGNED,
        by=by,
        target=Target(
            kind=request.scope_kind,
            name=(request.scope or "all") if known else unknown,
        ),
        legal=Legal(article=_ARTICLES[request.action]),
        data={"order": request.action},
        reason_code=refusal.code,
    )


def _against(
    action: OrderAction, last: Row[Any] | None, stop: Case | None
) -> AuthorisationError | None:
    if last is None or stop is None or last.action == "resume":
        return _not_suspended(action)
    if last.action == "close":
        return _closed()
    if action == "resume" and stop.state in OPEN:
        return AuthorisationError(
            "rectification_open",
            f"the rectification of this stop is not closed: it is {stop.state}",
            where={"stop": stop.case_id, "due_on": stop.facts["due_on"]},
            article="第十六条",
            remedy="supply goes on once the operator has reported and the bureau has accepted it",
        )
    return None


def _sign(
    acts: BureauActs, action: OrderAction, connection: Connection, case: Case, by: Principal
) -> None:
    kind, scope = case.facts["scope_kind"], case.facts["scope"]
    stated = case.history[-1].facts
    # Two people must not stop one scope twice.
    connection.execute(
        text("select pg_advisory_xact_lock(hashtextextended(:name, 0))"),
        {"name": f"weir.scope:{kind}:{scope}"},
    )
    last = _last(connection, kind, scope)
    issued_at = case.changed_at
    if action == "suspend":
        _check_may_suspend(connection, kind, scope, last)
    if last is not None and last.issued_at >= issued_at:
        if action == "resume":
            raise AuthorisationError(
                "clock_behind",
                "the clock does not stand after the order that this one would lift",
                article="第十六条",
                remedy="set this service's clock",
            )
        # An earlier order to resume would lift a stop dated before it: in doubt it is stopped.
        issued_at = last.issued_at
    order = Order(
        order_id=str(new_id(acts.clock)),
        action=action,
        scope_kind=kind,
        scope=scope,
        ground=stated["ground"],
        article=stated["article"],
        issued_at=issued_at,
    )
    _keep(connection, acts, order, by, stop=case.case_id)
    tell(acts, connection, case, by)


def _sign_alone(book: CaseBook, acts: BureauActs, request: OrderRequest, by: Principal) -> Envelope:
    order = Order(
        order_id=str(new_id(acts.clock)),
        action=request.action,
        scope_kind=request.scope_kind,
        scope=request.scope,
        ground=request.ground,
        article=request.article or _ARTICLES[request.action],
        issued_at=acts.clock.now(),
    )
    with transaction(book.engine, DATABASE) as connection:
        return _keep(connection, acts, order, by, stop=None)


def _keep(
    connection: Connection, acts: BureauActs, order: Order, by: Principal, *, stop: str | None
) -> Envelope:
    envelope = sign_order(order, acts.key)
    connection.execute(
        insert(orders).values(
            order_id=order.order_id,
            stop=stop,
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
        legal=Legal(
            article=order.article, scenario=order.scope if order.scope_kind == "scenario" else ""
        ),
        data={"order_id": order.order_id, "order": order.action},
    )
    log.info("order_signed", order_id=order.order_id, action=order.action, scope=order.scope)
    return envelope


def _check_may_suspend(
    connection: Connection, kind: ScopeKind, scope: str, last: Row[Any] | None
) -> None:
    if not is_known(connection, kind, scope):
        raise AuthorisationError(
            "scope_unknown",
            f"the bureau has never decided on a {kind} of this name",
            where={"scope_kind": kind},
            article="第十六条",
            remedy="check its name; letters that look alike are not the same",
        )
    if last is not None and last.action == "close":
        raise _closed()
    if last is not None and last.action == "suspend":
        raise AuthorisationError(
            "already_suspended",
            "supply for this scope is suspended already",
            where={"stop": last.stop},
            article="第十六条",
            remedy="one stop is enough; judge its rectification",
        )


def _last(connection: Connection, kind: ScopeKind, scope: str) -> Row[Any] | None:
    """The last order over exactly this scope."""
    return connection.execute(
        select(orders)
        .where(orders.c.scope_kind == kind, orders.c.scope == scope)
        .order_by(orders.c.seq.desc())
        .limit(1)
    ).first()


def _not_suspended(action: OrderAction) -> AuthorisationError:
    return AuthorisationError(
        "not_suspended",
        f"supply for this scope is not suspended, so there is nothing to {action}",
        article="第十六条",
        remedy="name the scope exactly as it was suspended",
    )


def _closed() -> AuthorisationError:
    return AuthorisationError(
        "channel_closed",
        "the channel of this scope was closed after an overdue rectification",
        article="第二十三条",
        remedy="no order resumes it; what follows is for the city government",
    )
