"""Makes the secrets of `docker-compose.yaml`: one file each, those that exist are kept.

A container's user must be able to read the files mounted into it, so they are readable by all; the
folder around them is its owner's alone. No container is told a person's secret: `sign-ins` holds
what each person sources before typing commands, the accounts files hold verifiers.
"""

from __future__ import annotations

import base64
import json
import secrets
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from weir.crypto.sm2 import SigningKey
from weir.demo.people import (
    DELIVERY_ACCOUNT,
    INTAKE_ACCOUNT,
    WORKER_ACCOUNT,
    account_of,
    accounts_at,
)
from weir.demo.secrets import BUREAU, GATE, INTAKE
from weir.service.accounts import accounts_text
from weir.settings import ROOT

HOSTS = {"airflow": "postgres", "weir": "postgres", "exchange": "exchange", "bureau": "bureau-db"}
ROLES = {
    "airflow": "airflow",
    "weir_gate": "weir",
    "weir_worker": "weir",
    "weir_delivery": "weir",
    "weir_reports": "weir",
    "exchange_owner": "exchange",
    "exchange_reader": "exchange",
    "bureau": "bureau",
}
TOKENS = (
    "airflow_admin_password",
    "airflow_jwt_secret",
    "airflow_secret_key",
    "bureau_delivery_secret",
    "bureau_s3_secret_key",
    "bureau_superuser",
    "exchange_superuser",
    "gate_s3_secret_key",
    "gate_intake_secret",
    "gate_worker_secret",
    "intake_s3_secret_key",
    "intake_worker_secret",
    "postgres_superuser",
    "store_admin_secret_key",
    "worker_s3_secret_key",
)
OWNERS = ("operator", "bureau", "intake")
STORE_ADMIN = "weirstoreadmin"
URLS = {GATE: "http://127.0.0.1:8701", BUREAU: "http://127.0.0.1:8702"}
"""Where people call; the intake, the third service, knows machines only."""
SERVICES = (*URLS, INTAKE)
MACHINES = {
    (GATE, WORKER_ACCOUNT): "gate_worker_secret",
    (GATE, INTAKE_ACCOUNT): "gate_intake_secret",
    (INTAKE, WORKER_ACCOUNT): "intake_worker_secret",
    (BUREAU, DELIVERY_ACCOUNT): "bureau_delivery_secret",
}


def make_secrets(folder: Path) -> list[str]:
    """Fill `folder`; returns the names of the files that were made."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    made: list[str] = []

    def keep(name: str, make: Callable[[], str]) -> str:
        path = folder / name
        if not path.exists():
            path.write_text(make(), encoding="ascii")
            made.append(name)
        path.chmod(0o444)
        return path.read_text(encoding="ascii")

    for name in (*TOKENS, *(f"pg_{role}" for role in ROLES)):
        keep(name, _token)
    keep("airflow_fernet_key", _fernet_key)
    for owner in OWNERS:
        keep(f"{owner}_signing_key", _signing_key)
    for name, value in _derived(lambda name: (folder / name).read_text(encoding="ascii")):
        keep(name, partial(str, value))
    if not all((folder / f"{service}_accounts").exists() for service in SERVICES):
        made += _make_accounts(folder)
    return made


def _make_accounts(folder: Path) -> Iterator[str]:
    """Accounts of every service that has none yet, and a file of sign-ins for each person among
    them; whoever has signed in before keeps the secret."""
    sign_ins: dict[str, str] = {}
    for service in SERVICES:
        if (folder / f"{service}_accounts").exists():
            continue
        held = {}
        for one in accounts_at(service, ROOT / "contracts"):
            machine = MACHINES.get((service, one.id))
            secret = (folder / machine).read_text(encoding="ascii") if machine else _token()
            held[one.id] = account_of(one, secret)
            if not machine:
                told = {"URL": URLS[service], "ACCOUNT": one.id, "SECRET": secret}
                lines = (f"export WEIR_{service.upper()}_{k}={v}\n" for k, v in told.items())
                sign_ins[one.id] = sign_ins.get(one.id, "") + "".join(lines)
        path = folder / f"{service}_accounts"
        path.write_text(accounts_text(held), encoding="utf-8")
        path.chmod(0o444)
        yield path.name
    people = folder / "sign-ins"
    people.mkdir(mode=0o700, exist_ok=True)
    for name, text in sign_ins.items():
        with (people / f"{name}.env").open("a", encoding="ascii") as sink:
            sink.write(text)


def _derived(secret: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """What follows from another secret, in the form that a program wants."""
    for role, database in ROLES.items():
        password = secret(f"pg_{role}")
        url = f"postgresql+psycopg2://{role}:{password}@{HOSTS[database]}:5432/{database}"
        yield f"dsn_{role}", url
    for owner in OWNERS:
        private = secret(f"{owner}_signing_key").encode("ascii")
        public = SigningKey.from_pem(private).public.to_pem()
        yield f"{owner}_public_key", public.decode("ascii")
    yield "store_admin_access_key", STORE_ADMIN
    identity = {
        "name": STORE_ADMIN,
        "credentials": [{"accessKey": STORE_ADMIN, "secretKey": secret("store_admin_secret_key")}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    yield "seaweedfs_identities", json.dumps({"identities": [identity]})


def _token() -> str:
    return secrets.token_hex(24)


def _fernet_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode("ascii")


def _signing_key() -> str:
    return SigningKey.generate().to_pem().decode("ascii")


if __name__ == "__main__":
    target = Path(sys.argv[1])
    print(f"{target}: {len(make_secrets(target))} secrets made")  # noqa: T201 a command's answer
