"""Callers with an account, in the roles that deal with data users."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from weir.model import Principal, Role
from weir.service.accounts import (
    LEAST_ITERATIONS,
    Account,
    Accounts,
    Verifier,
    write_accounts,
)

OPERATOR = Principal(id="operator", role=Role.CHIEF_DATA_OFFICER, org="city-operator")
SECURITY = Principal(id="guard", role=Role.SECURITY_OFFICER, org="city-operator")
ENGINEER = Principal(id="engineer", role=Role.OPERATOR_ENGINEER, org="city-operator")
REVIEWER = Principal(id="reviewer", role=Role.BUREAU_REVIEWER, org="bureau")
PLANNER = Principal(id="planner", role=Role.DATA_USER, org="city-planner")
INSTITUTE = Principal(id="institute", role=Role.DATA_USER, org="trade-institute")


def secret_of(caller: Principal) -> str:
    return f"secret of {caller.id}"


@cache
def known_callers() -> Accounts:
    """An account for each of them."""
    people = (OPERATOR, SECURITY, ENGINEER, REVIEWER, PLANNER, INSTITUTE)
    path = Path(tempfile.mkdtemp(prefix="weir-test-")) / "accounts.json"
    verifiers = {one: Verifier.of(secret_of(one), LEAST_ITERATIONS) for one in people}
    write_accounts(
        path,
        {
            one.id: Account(id=one.id, role=one.role, org=one.org, verifier=verifiers[one])
            for one in people
        },
    )
    return Accounts(path)
