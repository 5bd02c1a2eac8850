"""What the operator may stop: only what the gate knows, for a stop of nothing looks like one."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, select

from weir.errors import AuthorisationError, ContractError
from weir.gate.ports import ContractFolders, GatePorts
from weir.gate.tables import cases, credentials, releases
from weir.governance.cases import Case, Effect
from weir.model import Principal
from weir.policy.machines.user_stop import USER_STOP


def only_of_the_known(ports: GatePorts) -> Effect:
    """Undoes a stop of, or an incident over, what the gate knows nothing of.

    Known is what contract files name, and what was released or given a credential before. While a
    file cannot be read nothing is refused: in doubt it is stopped.
    """

    def check(connection: Connection, case: Case, by: Principal) -> None:
        del by
        facts = case.facts
        kind = facts.get("stop_kind") or facts["scope_kind"]
        name = facts.get("stop_name") or facts["scope"]
        if _is_known(connection, ports.contracts, kind, name):
            return
        raise AuthorisationError(
            "scope_unknown",
            f"the gate knows no {kind} of this name",
            where={"scope_kind": kind},
            article="第十九条",
            remedy="check its name; letters that look alike are not the same",
        )

    return check


def only_once(connection: Connection, case: Case) -> None:
    """Undoes a stop of a data user where one of the same name stands already: lifting the one would
    look like lifting both."""
    held, facts = cases.cases.c, case.facts
    query = select(held.case_id).where(
        held.kind == USER_STOP.kind,
        held.state == "stopped",
        held.case_id != case.case_id,
        held.facts["stop_kind"].astext == facts["stop_kind"],
        held.facts["stop_name"].astext == facts["stop_name"],
    )
    standing = connection.scalar(query.limit(1))
    if standing is not None:
        raise AuthorisationError(
            "already_stopped",
            "the operator has stopped it already",
            where={"stop": standing},
            article="第十九条",
            remedy="lift the stop that stands before another is imposed: weir user lift",
        )


def _is_known(connection: Connection, contracts: ContractFolders, kind: str, name: str) -> bool:
    held = credentials.c
    match kind:
        case "scenario":
            return (
                contracts.holds(name)
                or _any(connection, held.scenarios.contains([name]))
                or _any(connection, releases.c.scenario == name)
            )
        case "dataset":
            return contracts.holds_dataset(name) or _any(connection, held.datasets.contains([name]))
        case "data_user" | "use_agreement":
            column = held.data_user if kind == "data_user" else held.use_agreement
            return _any(connection, column == name) or _on_file(contracts, kind, name)
    return kind == "all"


def _on_file(contracts: ContractFolders, kind: str, name: str) -> bool:
    try:
        agreements = contracts.use_agreements()
    except ContractError:
        return True
    return any(
        name == (one.data_user if kind == "data_user" else one.agreement) for one in agreements
    )


def _any(connection: Connection, condition: ColumnElement[bool]) -> bool:
    return connection.execute(select(1).where(condition).limit(1)).first() is not None
