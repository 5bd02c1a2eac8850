"""Accounts files as those who keep a service change them; the service reads them anew by itself."""

from __future__ import annotations

import secrets
from pathlib import Path

from pydantic import ValidationError

from weir.errors import ContractError
from weir.model import Role
from weir.runtime.folders import writing_into
from weir.service.accounts import Account, Verifier, read_accounts, write_accounts


def add_account(path: Path, account_id: str, role: Role, org: str) -> str:
    """Put an account into the file, which is made where there is none, in the place of one of the
    same id. Returns its secret, which is kept nowhere."""
    secret = secrets.token_urlsafe(32)
    try:
        made = Account(id=account_id, role=role, org=org, verifier=Verifier.of(secret))
    except ValidationError:
        raise ContractError(
            "account_malformed",
            "an account's id is lower-case words joined by hyphens, and it acts for somebody",
            remedy="correct id and org",
        ) from None
    with writing_into(path.parent):
        held = read_accounts(path) if path.exists() else {}
        write_accounts(path, {**held, account_id: made})
    return secret


def remove_account(path: Path, account_id: str) -> None:
    """Take an account out: its tokens are refused from now on."""
    held = read_accounts(path)
    if account_id not in held:
        raise ContractError(
            "account_unknown",
            "there is no such account",
            where={"file": str(path)},
            remedy="check its id",
        )
    with writing_into(path.parent):
        write_accounts(path, {name: one for name, one in held.items() if name != account_id})
