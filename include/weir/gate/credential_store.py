"""Which data user may sign in to the object store, with which keys, and whether it should be
able to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, Row, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from weir.evidence.audit import AuditRecord
from weir.evidence.database import transaction
from weir.evidence.outbox import append
from weir.gate.migrate import DATABASE
from weir.gate.tables import credential_keys, credentials
from weir.policy.order import Order
from weir.policy.stops import OperatorStop

DRILL = "drill"
"""The environment of the credentials that only drills use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessKey:
    """One of a credential's access keys; a rotated one serves until `ends_at`."""

    access_key: str
    issued_at: datetime
    ends_at: datetime | None
    last_used: str
    state: str
    intent_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A use agreement's credential for one environment and what it reaches; never its secret."""

    use_agreement: str
    environment: str
    user_name: str
    data_user: str
    scenarios: tuple[str, ...]
    datasets: tuple[str, ...]
    providers: tuple[str, ...]
    buckets: tuple[str, ...]
    operation_agreements: tuple[str, ...]
    valid_until: datetime
    state: str = "issuing"
    intent_id: UUID | None = None
    keys: tuple[AccessKey, ...] = ()

    def concerned_by(self, order: Order) -> bool:
        """Whether what the credential reaches is within the scope of `order`."""
        within = {
            "scenario": self.scenarios,
            "dataset": self.datasets,
            "provider": self.providers,
            "data_user": (self.data_user,),
            "drill": (self.data_user,) if self.environment == DRILL else (),
            "release": (),
        }
        return order.scope_kind == "all" or order.scope in within[order.scope_kind]

    def stopped_by(self, stop: OperatorStop) -> bool:
        return stop.stops(
            data_user=self.data_user,
            use_agreement=self.use_agreement,
            scenarios=self.scenarios,
            datasets=self.datasets,
        )

    @property
    def agreements(self) -> tuple[str, ...]:
        """What the credential rests on: it ends with the first of them."""
        return (self.use_agreement, *self.operation_agreements)


class CredentialStore:
    """Raises `StoreUnavailableError` when the database does not answer."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, grant: Grant, intent: AuditRecord) -> None:
        """Keep that a credential is about to be made; it takes the place of an earlier one."""
        row = {
            "use_agreement": grant.use_agreement,
            "environment": grant.environment,
            "user_name": grant.user_name,
            "data_user": grant.data_user,
            "scenarios": list(grant.scenarios),
            "datasets": list(grant.datasets),
            "providers": list(grant.providers),
            "buckets": list(grant.buckets),
            "operation_agreements": list(grant.operation_agreements),
            "valid_until": grant.valid_until,
            "state": "issuing",
            "intent_id": intent.id,
            "issued_at": intent.occurred_at,
            "changed_at": intent.occurred_at,
        }
        statement = insert(credentials).values(row)
        with transaction(self._engine, DATABASE) as connection:
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["use_agreement", "environment"], set_=row
                )
            )
            # A key whose removal is under way stays, so that the removal is closed.
            connection.execute(
                delete(credential_keys).where(
                    *_keys_of(grant), credential_keys.c.state == "serving"
                )
            )
            append(connection, intent)

    def change(self, grant: Grant, values: Mapping[str, Any], *audits: AuditRecord) -> None:
        """Set columns of the credential, with the records of why."""
        with transaction(self._engine, DATABASE) as connection:
            _set(connection, grant, values, audits)

    def serve(
        self, grant: Grant, access_key: str, audit: AuditRecord, *, earlier_end_at: datetime
    ) -> None:
        """Keep that the credential is in use with a new key; its earlier ones end."""
        with transaction(self._engine, DATABASE) as connection:
            connection.execute(
                update(credential_keys)
                .where(*_keys_of(grant), credential_keys.c.ends_at.is_(None))
                .values(ends_at=earlier_end_at)
            )
            connection.execute(
                insert(credential_keys).values(
                    access_key=access_key,
                    use_agreement=grant.use_agreement,
                    environment=grant.environment,
                    state="serving",
                    issued_at=audit.occurred_at,
                )
            )
            _set(connection, grant, {"state": "active", "intent_id": None}, (audit,))

    def remove_begun(self, grant: Grant, access_key: str, intent: AuditRecord) -> None:
        """Keep that a key is about to be removed, also one that is not the gate's."""
        row = {"state": "removing", "intent_id": intent.id, "ends_at": intent.occurred_at}
        statement = insert(credential_keys).values(
            access_key=access_key,
            use_agreement=grant.use_agreement,
            environment=grant.environment,
            issued_at=intent.occurred_at,
            **row,
        )
        with transaction(self._engine, DATABASE) as connection:
            connection.execute(
                statement.on_conflict_do_update(index_elements=["access_key"], set_=row)
            )
            append(connection, intent)

    def removed(self, access_key: str, *audits: AuditRecord) -> None:
        """Keep that a key is gone."""
        with transaction(self._engine, DATABASE) as connection:
            connection.execute(
                delete(credential_keys).where(credential_keys.c.access_key == access_key)
            )
            for audit in audits:
                append(connection, audit)

    def used(self, access_key: str, last_used: str, audit: AuditRecord) -> None:
        """Keep when the store says that a key last served."""
        with transaction(self._engine, DATABASE) as connection:
            connection.execute(
                update(credential_keys)
                .where(credential_keys.c.access_key == access_key)
                .values(last_used=last_used)
            )
            append(connection, audit)

    def find(self, use_agreement: str, environment: str) -> Grant | None:
        named = {"use_agreement": use_agreement, "environment": environment}
        return next(iter(self._read(named)), None)

    def all(self) -> tuple[Grant, ...]:
        return self._read({})

    def _read(self, named: Mapping[str, str]) -> tuple[Grant, ...]:
        grants = select(credentials).filter_by(**named)
        held = select(credential_keys).filter_by(**named)
        keys: dict[tuple[str, str], list[AccessKey]] = {}
        by_name = (credentials.c.use_agreement, credentials.c.environment)
        by_age = (credential_keys.c.issued_at, credential_keys.c.access_key)
        with transaction(self._engine, DATABASE) as connection:
            for row in connection.execute(held.order_by(*by_age)):
                keys.setdefault((row.use_agreement, row.environment), []).append(_key(row))
            return tuple(
                _grant(row, keys.get((row.use_agreement, row.environment), ()))
                for row in connection.execute(grants.order_by(*by_name))
            )


def _set(
    connection: Connection, grant: Grant, values: Mapping[str, Any], audits: Iterable[AuditRecord]
) -> None:
    for audit in audits:
        connection.execute(
            update(credentials)
            .where(
                credentials.c.use_agreement == grant.use_agreement,
                credentials.c.environment == grant.environment,
            )
            .values(**values, changed_at=audit.occurred_at)
        )
        append(connection, audit)


def _keys_of(grant: Grant) -> tuple[Any, Any]:
    return (
        credential_keys.c.use_agreement == grant.use_agreement,
        credential_keys.c.environment == grant.environment,
    )


def _key(row: Row[Any]) -> AccessKey:
    return AccessKey(
        access_key=row.access_key,
        issued_at=row.issued_at,
        ends_at=row.ends_at,
        last_used=row.last_used,
        state=row.state,
        intent_id=row.intent_id,
    )


def _grant(row: Row[Any], keys: Iterable[AccessKey]) -> Grant:
    return Grant(
        use_agreement=row.use_agreement,
        environment=row.environment,
        user_name=row.user_name,
        data_user=row.data_user,
        scenarios=tuple(row.scenarios),
        datasets=tuple(row.datasets),
        providers=tuple(row.providers),
        buckets=tuple(row.buckets),
        operation_agreements=tuple(row.operation_agreements),
        valid_until=row.valid_until,
        state=row.state,
        intent_id=row.intent_id,
        keys=tuple(keys),
    )
