"""An accounts file lets in whom it names, and stops a service that cannot read it."""

from __future__ import annotations

import json
import stat
import time
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from weir.errors import ContractError, UnavailableError
from weir.model import Principal, Role
from weir.runtime.account_files import add_account, remove_account
from weir.service.accounts import (
    LEAST_ITERATIONS,
    Account,
    Accounts,
    Verifier,
    read_accounts,
    write_accounts,
)

SECRET = "geheim-wert-1"


def account(name: str = "worker", role: Role = Role.WORKER, secret: str = SECRET) -> Account:
    verifier = Verifier.of(secret, LEAST_ITERATIONS)
    return Account(id=name, role=role, org="city-operator", verifier=verifier)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A sound file of two accounts."""
    file = tmp_path / "secrets" / "accounts.json"
    other = account("auditor", Role.AUDITOR, "another-secret")
    write_accounts(file, {"worker": account(), "auditor": other})
    return file


def entries(path: Path) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["accounts"]
    return told


def test_account_and_secret_are_somebody(path: Path) -> None:
    """Each with its own, again and again; anybody else is nobody."""
    accounts = Accounts(path)
    who = Principal(id="worker", role=Role.WORKER, org="city-operator")
    for _ in range(3):
        assert accounts.check("worker", SECRET.encode()) == who
        assert accounts.check("auditor", SECRET.encode()) is None
        assert accounts.check("nobody", SECRET.encode()) is None
        assert accounts.check("worker", b"") is None
        assert accounts.check("worker", SECRET.encode() + b"\0") is None
        assert accounts.check("worker", b"x" * 10_000_000) is None
    assert accounts.find("worker") == who
    assert accounts.find("WORKER") is None


def test_an_unknown_account_takes_as_long_as_a_known_one(path: Path) -> None:
    """Names of accounts are not told by the clock."""
    accounts = Accounts(path)
    spent = {"worker": 0.0, "nobody": 0.0}
    for turn in range(20):
        for name in spent:
            began = time.thread_time()
            assert accounts.check(name, b"wrong %d" % turn) is None
            spent[name] += time.thread_time() - began
    assert 0.5 < spent["worker"] / spent["nobody"] < 2


def test_the_file_holds_no_secret_and_is_its_owners_alone(path: Path) -> None:
    """A verifier cannot be turned back; two accounts of one secret have two."""
    assert SECRET not in path.read_text("utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert account().verifier.digest != account().verifier.digest


def test_a_changed_file_is_read_anew(path: Path) -> None:
    """A new secret holds at once, a removed account is gone, a new role is the role."""
    accounts = Accounts(path)
    assert accounts.check("worker", SECRET.encode())
    new = add_account(path, "worker", Role.DELIVERER, "city-operator")
    assert accounts.check("worker", SECRET.encode()) is None
    found = accounts.check("worker", new.encode())
    assert found is not None
    assert found.role is Role.DELIVERER
    remove_account(path, "worker")
    assert accounts.check("worker", new.encode()) is None
    assert accounts.find("auditor") is not None


def test_a_file_that_breaks_while_the_service_runs_lets_nobody_in(path: Path) -> None:
    """Also not those it knew; once put right, everybody is let in again."""
    accounts = Accounts(path)
    sound = path.read_text("utf-8")
    for broken in ("", "{", '{"accounts": []}', None):
        if broken is None:
            path.unlink()
        else:
            path.write_text(broken, "utf-8")
        with pytest.raises(UnavailableError) as outage:
            accounts.find("worker")
        assert outage.value.code == "accounts_unreadable"
        with pytest.raises(UnavailableError):
            accounts.check("worker", SECRET.encode())
    path.write_text(sound, "utf-8")
    assert accounts.find("worker") is not None


BROKEN: dict[str, tuple[str, int]] = {
    "": ("accounts_malformed", 0),
    "{": ("accounts_malformed", 0),
    "[]": ("accounts_malformed", 0),
    "\ufeff{}": ("accounts_malformed", 0),
    '{"accounts": {}}': ("accounts_malformed", 0),
    '{"accounts": [], "more": 1}': ("accounts_malformed", 0),
    '{"accounts": []}': ("accounts_empty", 0),
    '{"accounts": [1]}': ("accounts_malformed", 1),
    '{"accounts": [{"id": "x", "id": "y"}]}': ("accounts_malformed", 0),
    " " * 5_000_000: ("accounts_malformed", 0),
}


@pytest.mark.parametrize("text", BROKEN, ids=lambda text: text[:20] or "nothing")
def test_a_broken_file_stops_the_service_with_file_and_entry(tmp_path: Path, text: str) -> None:
    """Before anything listens."""
    file = tmp_path / "accounts.json"
    file.write_text(text, "utf-8")
    with pytest.raises(ContractError) as refusal:
        Accounts(file)
    code, entry = BROKEN[text]
    assert refusal.value.code == code
    assert refusal.value.where == {"file": str(file)} | ({"entry": entry} if entry else {})
    assert "WEIR_ACCOUNTS" in refusal.value.remedy


@pytest.mark.parametrize("missing", ["none.json", "."])
def test_a_missing_file_is_named(tmp_path: Path, missing: str) -> None:
    """A folder in its place is none either."""
    with pytest.raises(ContractError) as refusal:
        Accounts(tmp_path / missing)
    assert refusal.value.code == "accounts_missing"


ENTRIES: dict[str, dict[str, Any]] = {
    "unknown role": {"role": "emperor"},
    "look-alike id": {"id": "wоrker"},
    "colon in id": {"id": "a:b"},
    "upper case": {"id": "Worker"},
    "empty id": {"id": ""},
    "line end": {"id": "worker\n"},
    "no party": {"org": ""},
    "one key more": {"secret": SECRET},
    "few rounds": {"verifier": {"iterations": 1}},
    "other algorithm": {"verifier": {"algorithm": "md5"}},
    "short salt": {"verifier": {"salt": "00"}},
    "plain digest": {"verifier": {"digest": SECRET}},
}


@pytest.mark.parametrize("change", ENTRIES)
def test_a_malformed_entry_is_named_and_not_shown(path: Path, change: str) -> None:
    """File and number of the entry; what stands there may be a secret."""
    first, second = entries(path)
    verifier = second["verifier"] | ENTRIES[change].get("verifier", {})
    changed = second | ENTRIES[change] | {"verifier": verifier}
    path.write_text(json.dumps({"accounts": [first, changed]}), "utf-8")
    with capture_logs() as logged, pytest.raises(ContractError) as refusal:
        Accounts(path)
    assert refusal.value.code == "accounts_malformed"
    assert refusal.value.where == {"file": str(path), "entry": 2}
    assert SECRET not in str(refusal.value) + repr(refusal.value) + str(logged)


def test_two_accounts_with_one_id_stop_the_service(path: Path) -> None:
    """Which of the two would it be?"""
    first, second = entries(path)
    path.write_text(json.dumps({"accounts": [first, second, first]}), "utf-8")
    with pytest.raises(ContractError) as refusal:
        Accounts(path)
    assert (refusal.value.code, refusal.value.where["entry"]) == ("account_repeated", 3)


def test_nothing_that_is_printed_holds_a_secret_or_verifier(path: Path) -> None:
    """Neither accounts nor the file's reader."""
    accounts = Accounts(path)
    accounts.check("worker", SECRET.encode())
    held = read_accounts(path)
    text = repr(accounts) + repr(held) + str(held["worker"])
    assert SECRET not in text
    assert held["worker"].verifier.digest not in text


def test_the_command_makes_a_file_and_refuses_what_is_no_account(tmp_path: Path) -> None:
    """A secret that nobody chose; an id that could be taken for another is none."""
    file = tmp_path / "new" / "accounts.json"
    secret = add_account(file, "auditor", Role.AUDITOR, "audit-office")
    assert len(secret) >= 40
    assert Accounts(file).check("auditor", secret.encode()) is not None
    with pytest.raises(ContractError) as refusal:
        add_account(file, "Auditor", Role.AUDITOR, "audit-office")
    assert refusal.value.code == "account_malformed"
    with pytest.raises(ContractError) as refusal:
        remove_account(file, "nobody")
    assert refusal.value.code == "account_unknown"
    assert list(file.parent.iterdir()) == [file]
