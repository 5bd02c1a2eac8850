"""Drills of revocation: a credential that only the drill has, its scope, and what came of it.

A drill takes the same way as a suspension of a data user: a signed order of the bureau, registered
here, obeyed by `Credentials.enforce`. Its scope is its own and no scenario's, and ends with it: the
drill's credential is void after ten minutes whatever happens, and the next drill has another scope,
so that nothing has to be resumed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Row, func, insert, select, update

from weir.clock import civil_date
from weir.errors import AuthorisationError, IntegrityError
from weir.evidence.actions import Action
from weir.evidence.audit import Legal, Target, new_id
from weir.evidence.database import transaction
from weir.evidence.outbox import append
from weir.gate.credential_store import DRILL, CredentialStore, Grant
from weir.gate.credentials import Credentials
from weir.gate.migrate import DATABASE
from weir.gate.ports import GatePorts
from weir.gate.records import About, Recorder
from weir.gate.standing_store import StandingStore
from weir.gate.tables import decisions, drills
from weir.governance.attempts import initiator_of
from weir.model import Principal
from weir.storage.provisioning import Credential

log = structlog.get_logger()

BUCKET = "release-0drill"
"""No scenario's bucket: their names begin with a letter."""
PROBE = "probe.txt"
_AGREEMENT = "revocation"
_TERM = timedelta(minutes=10)
_PAUSE = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """One drill; what it measured is None while it is under way."""

    drill_id: str
    store_kind: str
    started_at: datetime
    completed_at: datetime | None
    milliseconds: int | None
    reads: int | None
    bound_seconds: int | None
    passed: bool | None


class Drills:
    """Raises `StoreUnavailableError` when database or object store do not answer."""

    def __init__(self, ports: GatePorts, credentials: Credentials) -> None:
        self._ports = ports
        self._credentials = credentials
        self._store = CredentialStore(ports.engine)
        self._standings = StandingStore(ports.engine, ports.bureau_key)
        self._recorder = Recorder(ports.clock, ports.signing_key.public.key_id)

    def start(self, by: Principal) -> tuple[str, Credential]:
        """The scope of a new drill, and the credential that reads its probe until an order cuts
        it. An earlier drill that is under way is over."""
        drill_id = str(new_id(self._ports.clock))
        now = self._ports.clock.now()
        made = self._credentials.issue_for_drill(
            Grant(
                use_agreement=_AGREEMENT,
                environment=DRILL,
                user_name=f"use-{DRILL}-{_AGREEMENT}",
                data_user=drill_id,
                scenarios=(),
                datasets=(),
                operation_agreements=(),
                providers=(),
                buckets=(BUCKET,),
                valid_until=now + _TERM,
            ),
            by,
        )
        self._ports.store.put_bytes(BUCKET, PROBE, b"probe of a drill\n")
        data = {"store_kind": self._ports.store_kind}
        audit = self._recorder.state(
            Action.DRILL_STARTED, _about(drill_id), data, by=initiator_of(by)
        )
        with transaction(self._ports.engine, DATABASE) as connection:
            connection.execute(
                insert(drills).values(
                    drill_id=drill_id,
                    store_kind=self._ports.store_kind,
                    started_at=audit.occurred_at,
                )
            )
            append(connection, audit)
        return drill_id, made

    def complete(
        self, drill_id: str, *, milliseconds: int, reads: int, ended: bool, by: Principal
    ) -> Drill:
        """Keep what was measured; `ended` is whether reads came to an end at all.

        A drill that was never ordered, is closed or superseded is refused.
        """
        self._check_under_way(drill_id)
        bound = self._ports.contracts.pack(self._ports.clock.now()).parameters.revocation_seconds
        passed = ended and milliseconds <= bound.value * 1000
        figures = {"milliseconds": milliseconds, "reads": reads, "bound_seconds": bound.value}
        audit = self._recorder.state(
            Action.DRILL_COMPLETED,
            _about(drill_id),
            {"store_kind": self._ports.store_kind, **figures, "passed": int(passed)},
            by=initiator_of(by),
        )
        with transaction(self._ports.engine, DATABASE) as connection:
            row = connection.execute(
                update(drills)
                .where(drills.c.drill_id == drill_id, drills.c.completed_at.is_(None))
                .values(**figures, passed=passed, completed_at=audit.occurred_at)
                .returning(drills)
            ).one_or_none()
            if row is None:
                raise _not_under_way()
            append(connection, audit)
        log.info("drill_completed", drill=drill_id, milliseconds=milliseconds, passed=passed)
        return _drill(row)

    def due(self) -> bool:
        """Has none been passed for the policy pack's number of days, or, where none was ever, since
        the bureau first agreed to a use? After one that failed, the next waits for an hour."""
        now = self._ports.clock.now()
        days = self._ports.contracts.pack(now).parameters.drill_days.value
        with transaction(self._ports.engine, DATABASE) as connection:
            agreed, passed, started = connection.execute(
                select(
                    select(func.min(decisions.c.registered_at))
                    .where(decisions.c.outcome == "agreed")
                    .scalar_subquery(),
                    select(func.max(drills.c.completed_at))
                    .where(drills.c.passed)
                    .scalar_subquery(),
                    select(func.max(drills.c.started_at)).scalar_subquery(),
                )
            ).one()
        since = passed or agreed
        if since is None or (started is not None and started > now - _PAUSE):
            return False
        return bool(civil_date(now) >= civil_date(since) + timedelta(days=days))

    def history(self, limit: int = 100) -> Sequence[Drill]:
        """The drills, the last one first."""
        query = select(drills).order_by(drills.c.started_at.desc()).limit(limit)
        with transaction(self._ports.engine, DATABASE) as connection:
            return [_drill(row) for row in connection.execute(query)]

    def _check_under_way(self, drill_id: str) -> None:
        grant = self._store.find(_AGREEMENT, DRILL)
        if grant is None or grant.data_user != drill_id:
            raise _not_under_way()
        scopes = {(one.scope_kind, one.scope) for one in self._standings.orders()}
        if (DRILL, drill_id) not in scopes:
            raise AuthorisationError(
                "drill_without_order",
                "the bureau has ordered nothing for this drill",
                article="第十六条",
                remedy="have the bureau sign the order, and register it",
            )


def _not_under_way() -> IntegrityError:
    return IntegrityError(
        "drill_unknown",
        "no drill of this name is under way",
        article="第十六条",
        remedy="start another",
    )


def _about(drill_id: str) -> About:
    return About(target=Target(kind=DRILL, name=drill_id), legal=Legal(article="第十六条"))


def _drill(row: Row[Any]) -> Drill:
    return Drill(
        drill_id=row.drill_id,
        store_kind=row.store_kind,
        started_at=row.started_at,
        completed_at=row.completed_at,
        milliseconds=row.milliseconds,
        reads=row.reads,
        bound_seconds=row.bound_seconds,
        passed=row.passed,
    )
