"""Whom the demo's services know: an account for each role, party and service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from weir.contracts.agreement import OperationAgreement, UseAgreement
from weir.contracts.loader import ContractFiles, names_in
from weir.demo.secrets import BUREAU, GATE, INTAKE, Vault
from weir.model import Principal, Role
from weir.service.accounts import (
    LEAST_ITERATIONS,
    Account,
    Verifier,
    read_accounts,
    write_accounts,
)

WORKER_ACCOUNT = "weir-worker"
DELIVERY_ACCOUNT = "weir-delivery"
INTAKE_ACCOUNT = "weir-intake"
DIRECTOR = "bureau-director"
OFFICER = "chief-data-officer"
BUREAU_PARTY = "bureau"
_CALLED: Mapping[str, frozenset[str]] = {
    WORKER_ACCOUNT: frozenset({GATE, INTAKE}),
    INTAKE_ACCOUNT: frozenset({GATE}),
    DELIVERY_ACCOUNT: frozenset({BUREAU}),
}
"""Machines, and the services that each one calls. People call gate and bureau."""
_PEOPLE_CALL = frozenset({GATE, BUREAU})
_BUREAU_ROLES = (Role.BUREAU_REVIEWER, Role.BUREAU_DIRECTOR)
_OPERATOR_ROLES = (Role.OPERATOR_ENGINEER, Role.CHIEF_DATA_OFFICER, Role.SECURITY_OFFICER)


def demo_accounts(contracts_dir: Path) -> tuple[Principal, ...]:
    """Everybody, by the parties that the contracts name: a provider for each of its datasets, a
    data user for each use agreement."""
    files = ContractFiles(contracts_dir, contracts_dir, contracts_dir)
    datasets = [files.dataset(name).value for name in names_in(contracts_dir / "datasets", ".yaml")]
    agreements = [
        files.agreement(name).value for name in names_in(contracts_dir / "agreements", ".yaml")
    ]
    operators = {one.operator for one in agreements if isinstance(one, OperationAgreement)}
    operator = min(operators, default="operator")
    providers = {one.provider for one in datasets if one is not None}
    users = {one.data_user for one in agreements if isinstance(one, UseAgreement)}
    return (
        *(_person(role, BUREAU_PARTY) for role in _BUREAU_ROLES),
        *(_person(role, operator) for role in _OPERATOR_ROLES),
        _person(Role.AUDITOR, "audit-office"),
        *(Principal(id=name, role=Role.PROVIDER, org=name) for name in sorted(providers)),
        *(Principal(id=f"user-{name}", role=Role.DATA_USER, org=name) for name in sorted(users)),
        Principal(id=WORKER_ACCOUNT, role=Role.WORKER, org=operator),
        Principal(id=INTAKE_ACCOUNT, role=Role.INTAKE, org=operator),
        Principal(id=DELIVERY_ACCOUNT, role=Role.DELIVERER, org=operator),
    )


def accounts_at(service: str, contracts_dir: Path) -> Iterator[Principal]:
    """Those of one service; a machine's account is at those it calls."""
    for one in demo_accounts(contracts_dir):
        if service in _CALLED.get(one.id, _PEOPLE_CALL):
            yield one


def account_named(contracts_dir: Path, role: Role, org: str) -> str:
    """The account of who has this role at a party."""
    return next(
        one.id for one in demo_accounts(contracts_dir) if (one.role, one.org) == (role, org)
    )


def secret_of(vault: Vault, service: str, account: str) -> str:
    """The secret of an account at one service; another service's is another."""
    if account in _CALLED:
        return vault.token(f"{service}-{account}")
    return vault.password(f"{service}-{account}")


def deal_accounts(vault: Vault, service: str, contracts_dir: Path) -> None:
    """Write the service's accounts file; an account that is in it already stays as it is."""
    path = accounts_file(vault, service)
    held = read_accounts(path) if path.exists() else {}
    told = {}
    for one in accounts_at(service, contracts_dir):
        before = held.get(one.id)
        told[one.id] = (
            before
            if before and before.principal == one
            else account_of(one, secret_of(vault, service, one.id))
        )
    if told != held:
        write_accounts(path, told)


def accounts_file(vault: Vault, service: str) -> Path:
    return vault.folder / "for" / service / "accounts.json"


def _person(role: Role, org: str) -> Principal:
    return Principal(id=role.value.replace("_", "-"), role=role, org=org)


def account_of(one: Principal, secret: str) -> Account:
    """For a secret made by chance: it has 80 bits or more, to which more rounds add nothing."""
    verifier = Verifier.of(secret, LEAST_ITERATIONS)
    return Account(id=one.id, role=one.role, org=one.org, verifier=verifier)
