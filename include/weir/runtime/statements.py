"""The way of what the bureau signed to the gate: nothing is lost on it, or holds up the rest."""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from weir.contracts.loader import scenario_names
from weir.errors import (
    AuthorisationError,
    GateUnavailableError,
    IntegrityError,
    RefusedError,
    UnavailableError,
    WeirError,
)
from weir.policy.order import OrderAction, ScopeKind, open_order
from weir.runtime.adapters import bureau_client, bureau_key, gate_client, settings

if TYPE_CHECKING:
    from weir.bureau.client import BureauClient
    from weir.crypto.dsse import Envelope
    from weir.settings import Settings

_log = structlog.get_logger()

Register = Callable[["Envelope"], bool]

_NAMES = ("order_id", "revocation_id", "termination_id", "scenario")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A statement of the bureau's that the gate did not take, by its kind and name."""

    statement: str
    error: RefusedError


def hand_over(register: Register, signed: Envelope, again: str = "repeat the command") -> bool:
    """Register at the gate what the bureau has just signed; whether it was new there.

    Raises `GateUnavailableError` (code `not_yet_at_gate`) where the gate does not answer: the
    statement stands, and `again` says how it gets there.
    """
    try:
        return register(signed)
    except UnavailableError as error:
        raise GateUnavailableError(
            "not_yet_at_gate",
            "已由主管部门签署，尚未送达闸门 signed at the bureau, not yet at the gate",
            where={"cause": error.code},
            article="第十六条",
            remedy=f"{again} once the gate answers; the DAG upkeep hands it over as well",
        ) from error


def sign_once(
    sign: Callable[[], Envelope],
    register: Register,
    *,
    repeated: Container[str],
    signed_before: Callable[[], Envelope | None],
) -> None:
    """Have the bureau sign, and register that at the gate. A refusal with one of the codes
    `repeated` may mean that it was signed before: then that is registered where the gate does not
    have it yet; else the refusal is raised."""
    try:
        signed = sign()
    except AuthorisationError as error:
        held = signed_before() if error.code in repeated else None
        if held is None or not hand_over(register, held):
            raise
        return
    hand_over(register, signed)


def last_order(
    bureau: BureauClient, action: OrderAction, scope_kind: ScopeKind, scope: str
) -> Envelope | None:
    """The last order over exactly this scope, where it is one to do `action`."""
    key = bureau_key()
    for signed in reversed(bureau.orders()):
        order = open_order(signed, key)
        if (order.scope_kind, order.scope) == (scope_kind, scope):
            return signed if order.action == action else None
    return None


def register(scenarios: Iterable[str], told: Settings | None = None) -> tuple[Refused, ...]:
    """Fetch what the bureau signed, with its decisions on `scenarios`, and register it at the gate,
    what stops supply first; what the gate refuses is passed over and told.

    Needs an account at either: at the bureau one that may read decisions; the gate checks every
    signature.
    """
    told = told or settings()
    gate = gate_client(told)
    with bureau_client(told) as bureau:
        kept: tuple[tuple[str, Register, Iterable[Envelope]], ...] = (
            ("order", gate.register_order, bureau.orders()),
            ("revocation", gate.register_revocation, bureau.revocations()),
            ("termination", gate.register_termination, bureau.terminations()),
            (
                "decision",
                gate.register_decision,
                [one for one in map(bureau.decision, scenarios) if one is not None],
            ),
        )
    return tuple(_refusals(kept))


def register_all(told: Settings | None = None) -> None:
    """Register whatever the bureau signed, its decisions on every scenario that has a contract
    here included. Raises `IntegrityError` (code `statements_refused`), which names each statement
    that the gate refused, once all others are through."""
    told = told or settings()
    refused = register(scenario_names(told.contracts_dir), told)
    if refused:
        raise IntegrityError(
            "statements_refused",
            "the gate does not take what the bureau signed: "
            + "; ".join(f"{one.statement}: {one.error.code}" for one in refused),
            where={"refused": len(refused)},
            article="第十六条",
            remedy="see the code of each; every other statement is registered",
        )


def hear(scenario: str) -> None:
    """Hand over what the bureau signed, where it answers, before a release is asked for or
    approved: the gate may have been down when it was signed. What the gate refuses is for upkeep to
    tell, and the gate decides by what it knows."""
    try:
        register([scenario])
    except WeirError as error:
        _log.warning("bureau_not_heard", scenario=scenario, code=error.code)


def _refusals(
    kept: Iterable[tuple[str, Register, Iterable[Envelope]]],
) -> Iterator[Refused]:
    for kind, register_one, statements in kept:
        for signed in statements:
            try:
                register_one(signed)
            except RefusedError as error:
                yield Refused(statement=f"{kind} {_name(signed)}", error=error)


def _name(signed: Envelope) -> str:
    """What a refused statement calls itself; it is shown and proves nothing."""
    try:
        said = json.loads(signed.payload)
        return next(str(said[key]) for key in _NAMES if said.get(key))
    except (ValueError, AttributeError, StopIteration):
        return "of no name"
