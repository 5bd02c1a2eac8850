"""What orders may name: what was ever decided on, and the releases that the operator told of."""

from __future__ import annotations

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from weir.bureau.tables import audit_records, record_json, scopes
from weir.contracts.plan import ContractBundle
from weir.policy.order import ScopeKind

Scope = tuple[str, str]
"""Kind and name."""


def keep_scopes(connection: Connection, bundle: ContractBundle, known: set[Scope]) -> None:
    """Remember whom and what a decided contract concerns, as orders count it. `known` are those
    that were found committed before: no scope is ever forgotten, so they are not written again."""
    scenario = bundle.scenario
    inputs = [bundle.datasets[one.dataset] for one in scenario.inputs]
    named = {("scenario", scenario.scenario), ("data_user", scenario.data_user)}
    named |= {("dataset", one.dataset) for one in inputs}
    named |= {("provider", one.provider) for one in inputs}
    if named <= known:
        return
    rows = [{"scope_kind": kind, "scope": scope} for kind, scope in sorted(named)]
    added = connection.execute(insert(scopes).values(rows).on_conflict_do_nothing()).rowcount
    if not added:
        known |= named


def is_known(connection: Connection, kind: ScopeKind, scope: str) -> bool:
    """Has the bureau ever decided on something of this name, or heard of such a release?"""
    if kind == "all":
        return not scope
    if kind == "release":
        return _is_heard_of(connection, scope)
    return (
        connection.execute(
            select(scopes.c.scope).where(scopes.c.scope_kind == kind, scopes.c.scope == scope)
        ).first()
        is not None
    )


def _is_heard_of(connection: Connection, release: str) -> bool:
    return (
        connection.execute(
            select(audit_records.c.id)
            .where(
                audit_records.c.origin == "operator",
                audit_records.c.action.startswith("release."),
                record_json["target"]["version"].astext == release,
            )
            .limit(1)
        ).first()
        is not None
    )
