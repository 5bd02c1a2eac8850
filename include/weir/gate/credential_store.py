"""Which data user may sign in to the object store, and whether it should be able to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, Row, select, update
from sqlalchemy.dialects.postgresql import insert

from weir.evidence.audit import AuditRecord
from weir.evidence.database import transaction
from weir.evidence.outbox import append
from weir.gate.migrate import DATABASE
from weir.gate.tables import credentials
from weir.policy.order import Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A use agreement's credential and what it reaches; never its secret."""

    use_agreement: str
    user_name: str
    access_key: str
    data_user: str
    scenarios: tuple[str, ...]
    datasets: tuple[str, ...]
    providers: tuple[str, ...]
    operation_agreements: tuple[str, ...]
    valid_until: datetime
    state: str = "issuing"
    intent_id: UUID | None = None

    def concerned_by(self, order: Order) -> bool:
        """Whether what the credential reaches is within the scope of `order`."""
        match order.scope_kind:
            case "scenario":
                return order.scope in self.scenarios
            case "dataset":
                return order.scope in self.datasets
            case "provider":
                return order.scope in self.providers
            case "data_user":
                return order.scope == self.data_user
            case "all":
                return True

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
            "user_name": grant.user_name,
            "access_key": "",
            "data_user": grant.data_user,
            "scenarios": list(grant.scenarios),
            "datasets": list(grant.datasets),
            "providers": list(grant.providers),
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
                statement.on_conflict_do_update(index_elements=["use_agreement"], set_=row)
            )
            append(connection, intent)

    def change(self, use_agreement: str, values: Mapping[str, Any], audit: AuditRecord) -> None:
        """Set columns of the table, with the record of why."""
        with transaction(self._engine, DATABASE) as connection:
            connection.execute(
                update(credentials)
                .where(credentials.c.use_agreement == use_agreement)
                .values(**values, changed_at=audit.occurred_at)
            )
            append(connection, audit)

    def all(self) -> tuple[Grant, ...]:
        query = select(credentials).order_by(credentials.c.use_agreement)
        with transaction(self._engine, DATABASE) as connection:
            return tuple(_grant(row) for row in connection.execute(query))


def _grant(row: Row[Any]) -> Grant:
    return Grant(
        use_agreement=row.use_agreement,
        user_name=row.user_name,
        access_key=row.access_key,
        data_user=row.data_user,
        scenarios=tuple(row.scenarios),
        datasets=tuple(row.datasets),
        providers=tuple(row.providers),
        operation_agreements=tuple(row.operation_agreements),
        valid_until=row.valid_until,
        state=row.state,
        intent_id=row.intent_id,
    )
