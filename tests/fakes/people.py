"""An account for each role, at a service that a test runs."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from weir.governance.entrance import Limits
from weir.model import Principal, Role
from weir.service.accounts import (
    LEAST_ITERATIONS,
    Account,
    Accounts,
    Verifier,
    write_accounts,
)
from weir.service.limits import Rate

ORGS = {
    Role.BUREAU_REVIEWER: "bureau",
    Role.BUREAU_DIRECTOR: "bureau",
    Role.PROVIDER: "city-library",
    Role.DATA_USER: "reading-society",
    Role.AUDITOR: "audit-office",
}
UNBOUND = Limits(
    account=Rate(per_minute=10**6, burst=10**6), stranger=Rate(per_minute=10**6, burst=10**6)
)
"""Limits for tests of anything else."""


def account_id(role: Role) -> str:
    return "the-" + role.value.replace("_", "-")


def secret_of(role: Role) -> str:
    """Any characters, a colon and Chinese among them."""
    return f"口令 with: colon, {role.value}"


def principal_of(role: Role) -> Principal:
    return Principal(id=account_id(role), role=role, org=ORGS.get(role, "city-operator"))


EVERYBODY = (
    *(principal_of(role) for role in Role),
    *(
        Principal(id=org, role=Role.PROVIDER, org=org)
        for org in ("market-bureau", "power-company", "water-company")
    ),
)
"""One of each role, and the providers of the sample contracts."""


def one_of_each() -> dict[str, Account]:
    """The accounts, by id."""
    return {one.id: _account(one) for one in EVERYBODY}


def everybody() -> Accounts:
    """The accounts, in a file of their own."""
    return accounts_of(EVERYBODY)


@cache
def accounts_of(people: tuple[Principal, ...]) -> Accounts:
    """The accounts of some people, in a file of their own; the secret is the role's."""
    path = Path(tempfile.mkdtemp(prefix="weir-test-")) / "accounts.json"
    write_accounts(path, {one.id: _account(one) for one in people})
    return Accounts(path)


def _account(one: Principal) -> Account:
    return Account(id=one.id, role=one.role, org=one.org, verifier=_verifier(one.role))


@cache
def _verifier(role: Role) -> Verifier:
    return Verifier.of(secret_of(role), LEAST_ITERATIONS)
