"""Refused attempts of known callers, kept as audit records, and never more than a few a minute.

A stranger's attempt is only logged, and so is what a caller tries beyond the rate: the next record
of that caller says how many were not kept.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

import structlog
from sqlalchemy import Connection, Engine

from weir.clock import Clock
from weir.evidence.actions import Action
from weir.evidence.audit import AuditRecord, Initiator, Legal, Target, new_record
from weir.evidence.database import transaction
from weir.model import Principal, Role
from weir.service.limits import Limiter, Rate

log = structlog.get_logger()

KEPT = Rate(per_minute=10, burst=30)
_SERVICES = {Role.GATE, Role.WORKER, Role.INTAKE, Role.DELIVERER}
_NO_GROUND = Legal()


def initiator_of(by: Principal) -> Initiator:
    """A caller as audit records name it."""
    return Initiator(
        type="service" if by.role in _SERVICES else "person",
        id=by.id,
        role=by.role,
        org=by.org,
        auth_method="token",
    )


class KeepsAttempts(Protocol):
    """Where a service puts what a known caller was refused."""

    def refused(
        self,
        by: Principal,
        target: Target,
        code: str,
        *,
        legal: Legal = _NO_GROUND,
        run_id: str = "",
    ) -> None: ...


class LoggedAttempts:
    """Of a service without a database: its log alone tells of them."""

    def refused(
        self,
        by: Principal,
        target: Target,
        code: str,
        *,
        legal: Legal = _NO_GROUND,
        run_id: str = "",
    ) -> None:
        del legal, run_id
        _log_refused(by, target, code)


class Attempts:
    """`keep` puts an audit record where the service keeps its own, in the transaction at hand."""

    def __init__(
        self,
        *,
        engine: Engine,
        database: str,
        clock: Clock,
        service: str,
        key_id: str,
        keep: Callable[[Connection, AuditRecord], None],
        rate: Rate = KEPT,
    ) -> None:
        self._engine = engine
        self._database = database
        self._clock = clock
        self._service = service
        self._key_id = key_id
        self._keep = keep
        self._limiter = Limiter(rate)
        self._lock = threading.Lock()
        self._left_out: dict[str, int] = {}

    def may_keep(self, by: Principal) -> bool:
        """Whether one more refused attempt of `by` is kept; one that is not is counted."""
        if not self._limiter.take(by.id):
            return True
        with self._lock:
            self._left_out[by.id] = self._left_out.get(by.id, 0) + 1
        return False

    def refused(
        self,
        by: Principal,
        target: Target,
        code: str,
        *,
        legal: Legal = _NO_GROUND,
        run_id: str = "",
    ) -> None:
        """Keep that `by` tried at `target` what it may not (GB/T 22239-2019 8.1.4.3).

        Raises `StoreUnavailableError` where the database does not answer.
        """
        _log_refused(by, target, code)
        if not self.may_keep(by):
            return
        with self._lock:
            left_out = self._left_out.pop(by.id, 0)
        record = new_record(
            self._clock,
            Action.ACCESS_REFUSED,
            initiator=initiator_of(by),
            target=target,
            service=self._service,
            outcome="refused",
            legal=legal,
            reason_code=code,
            run_id=run_id,
            data={"attempts_left_out": left_out} if left_out else {},
            key_id=self._key_id,
        )
        with transaction(self._engine, self._database) as connection:
            self._keep(connection, record)


def _log_refused(by: Principal, target: Target, code: str) -> None:
    log.warning("attempt_refused", account=by.id, role=by.role, target=target.name, code=code)
