"""What orders may name: the scenarios, datasets, providers and data users ever decided on."""

from __future__ import annotations

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from weir.bureau.tables import scopes
from weir.contracts.plan import ContractBundle
from weir.policy.order import ScopeKind


def keep_scopes(connection: Connection, bundle: ContractBundle) -> None:
    """Remember whom and what a decided contract concerns, as orders count it."""
    scenario = bundle.scenario
    inputs = [bundle.datasets[one.dataset] for one in scenario.inputs]
    named = {("scenario", scenario.scenario), ("data_user", scenario.data_user)}
    named |= {("dataset", one.dataset) for one in inputs}
    named |= {("provider", one.provider) for one in inputs}
    connection.execute(
        insert(scopes)
        .values([{"scope_kind": kind, "scope": scope} for kind, scope in sorted(named)])
        .on_conflict_do_nothing()
    )


def is_known(connection: Connection, kind: ScopeKind, scope: str) -> bool:
    """Has the bureau ever decided on something of this name?"""
    if kind == "all":
        return not scope
    return (
        connection.execute(
            select(scopes.c.scope).where(scopes.c.scope_kind == kind, scopes.c.scope == scope)
        ).first()
        is not None
    )
