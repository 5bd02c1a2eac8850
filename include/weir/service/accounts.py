"""Whom a service knows: its accounts file, which holds verifiers and no secret.

The file is JSON: `{"accounts": [{"id", "role", "org", "verifier"}]}`. It is read when the service
starts and again whenever it has changed, so that an account that is taken out is out at once.
"""

from __future__ import annotations

import hmac
import json
import secrets
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import structlog
from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from weir.errors import ContractError, IntegrityError, UnavailableError
from weir.model import Principal, Role
from weir.service.strict_json import read_json

log = structlog.get_logger()

ITERATIONS = 100_000
LEAST_ITERATIONS = 10_000
LIMIT_BYTES = 4 * 1024 * 1024
LIMIT_SECRET_BYTES = 1024
_DIGEST_BYTES = 32

AccountId = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", min_length=1, max_length=64)
]
Hex = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32,128}$")]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Verifier(_Entry):
    """What a secret is compared with: PBKDF2 over HMAC-SM3 (GB/T 32905), salted."""

    algorithm: Literal["pbkdf2-hmac-sm3"]
    iterations: int = Field(ge=LEAST_ITERATIONS, le=10_000_000)
    salt: Hex
    digest: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]

    @classmethod
    def of(cls, secret: str, iterations: int = ITERATIONS) -> Verifier:
        salt = secrets.token_bytes(16)
        return cls(
            algorithm="pbkdf2-hmac-sm3",
            iterations=iterations,
            salt=salt.hex(),
            digest=_derive(secret.encode(), salt, iterations).hex(),
        )

    def fits(self, secret: bytes) -> bool:
        derived = _derive(secret, bytes.fromhex(self.salt), self.iterations)
        return hmac.compare_digest(derived, bytes.fromhex(self.digest))


class Account(_Entry):
    """Somebody, or a service, that may call: in what role, and for which party."""

    id: AccountId
    role: Role
    org: str = Field(min_length=1, max_length=100)
    verifier: Verifier = Field(repr=False)

    @property
    def principal(self) -> Principal:
        return Principal(id=self.id, role=self.role, org=self.org)


class Accounts:
    """The accounts of one service.

    A file that is missing, malformed or empty, or that names an account twice, raises
    `ContractError` when the service starts (codes `accounts_missing`, `accounts_malformed`,
    `accounts_empty`, `account_repeated`), naming file and entry. One that becomes so while the
    service runs lets nobody in: `UnavailableError` (code `accounts_unreadable`).
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._mark = _mark(path)
        self._held = read_accounts(path)
        # A secret that has proven right is known again by a digest under this process's own key:
        # a page's every request would otherwise cost a derivation.
        self._proof_key = secrets.token_bytes(32)
        self._proven: dict[str, bytes] = {}
        self._nobody = Verifier.of(secrets.token_hex(16), self._most_iterations())

    def find(self, account_id: str) -> Principal | None:
        account = self._current().get(account_id)
        return account.principal if account else None

    def check(self, account_id: str, secret: bytes) -> Principal | None:
        """Whose secret this is. An account that does not exist takes as long as one that does."""
        # HMAC pads its key with NUL: a secret with one at its end would be the one without.
        if len(secret) > LIMIT_SECRET_BYTES or b"\0" in secret:
            return None
        account = self._current().get(account_id)
        verifier = account.verifier if account else self._nobody
        proof = self._proof(verifier, secret)
        if hmac.compare_digest(self._proven.get(account_id, b""), proof):
            return account.principal if account else None
        if not verifier.fits(secret) or account is None:
            return None
        self._proven[account_id] = proof
        return account.principal

    def _current(self) -> Mapping[str, Account]:
        with self._lock:
            try:
                mark = _mark(self._path)
                if mark != self._mark:
                    self._held = read_accounts(self._path)
                    self._mark = mark
                    self._proven.clear()
                    log.info("accounts_read", accounts=len(self._held))
            except ContractError as error:
                log.error("accounts_unreadable", code=error.code, where=error.where)  # noqa: TRY400 - the code says it
                raise UnavailableError(
                    "accounts_unreadable",
                    "the service's accounts file cannot be read",
                    remedy="put it right: nobody is let in before",
                ) from None
            return self._held

    def _proof(self, verifier: Verifier, secret: bytes) -> bytes:
        mac = HMAC(self._proof_key, SM3())
        mac.update(bytes.fromhex(verifier.digest) + secret)
        return mac.finalize()

    def _most_iterations(self) -> int:
        return max(account.verifier.iterations for account in self._held.values())

    def __repr__(self) -> str:
        return f"Accounts({str(self._path)!r})"


def read_accounts(path: Path) -> dict[str, Account]:
    """The accounts of a file, by id; `ContractError` as `Accounts` says."""
    entries = _entries(path)
    if not entries:
        raise _problem("accounts_empty", "the accounts file names no account", path)
    held: dict[str, Account] = {}
    for place, entry in enumerate(entries, start=1):
        try:
            account = Account.model_validate_json(json.dumps(entry))
        except ValidationError as error:
            # Only names of our own: what else stands there may be a secret.
            places = sorted({str(part) for one in error.errors() for part in one["loc"]} & _KEYS)
            what = "an account cannot be read: look at " + (", ".join(places) or "its keys")
            raise _problem("accounts_malformed", what, path, place) from None
        if account.id in held:
            raise _problem("account_repeated", "two accounts have one id", path, place)
        held[account.id] = account
    return held


def write_accounts(path: Path, accounts: Mapping[str, Account]) -> None:
    """Put `accounts` in the place of the file, whole or not at all; its owner's alone."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    new.touch(mode=0o600)
    new.write_text(accounts_text(accounts), encoding="utf-8")
    new.replace(path)


def accounts_text(accounts: Mapping[str, Account]) -> str:
    """The accounts file as text."""
    entries = [account.model_dump(mode="json") for account in accounts.values()]
    return json.dumps({"accounts": entries}, ensure_ascii=False, indent=1) + "\n"


_KEYS = {*Account.model_fields, *Verifier.model_fields}


def _entries(path: Path) -> list[Any]:
    try:
        with path.open("rb") as file:
            data = file.read(LIMIT_BYTES + 1)
    except OSError as error:
        what = f"the accounts file cannot be opened: {type(error).__name__}"
        raise _problem("accounts_missing", what, path) from None
    if len(data) > LIMIT_BYTES:
        raise _problem("accounts_malformed", "the accounts file is too large", path)
    try:
        value = read_json(data)
    except IntegrityError:
        raise _problem("accounts_malformed", "the accounts file is no JSON", path) from None
    match value:
        case {"accounts": list(entries)} if len(value) == 1:
            return entries
    raise _problem("accounts_malformed", "the accounts file is not one list `accounts`", path)


def _mark(path: Path) -> tuple[int, ...]:
    try:
        found = path.stat()
    except OSError as error:
        what = f"the accounts file cannot be opened: {type(error).__name__}"
        raise _problem("accounts_missing", what, path) from None
    return (found.st_mtime_ns, found.st_size, found.st_ino)


def _problem(code: str, what: str, path: Path, entry: int = 0) -> ContractError:
    where: dict[str, str | int] = {"file": str(path)}
    if entry:
        where["entry"] = entry
    return ContractError(
        code,
        what,
        where=where,
        article="第十八条",
        remedy="make it with `weir account add`, and name it with WEIR_ACCOUNTS",
    )


def _derive(secret: bytes, salt: bytes, iterations: int) -> bytes:
    return PBKDF2HMAC(SM3(), _DIGEST_BYTES, salt, iterations).derive(secret)
