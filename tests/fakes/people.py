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


@cache
def one_of_each() -> dict[str, Account]:
    """The accounts, by id."""
    return {
        account_id(role): Account(
            id=account_id(role),
            role=role,
            org=principal_of(role).org,
            verifier=Verifier.of(secret_of(role), LEAST_ITERATIONS),
        )
        for role in Role
    }


@cache
def everybody() -> Accounts:
    """One account of each role, in a file of their own."""
    path = Path(tempfile.mkdtemp(prefix="weir-test-")) / "accounts.json"
    write_accounts(path, one_of_each())
    return Accounts(path)
