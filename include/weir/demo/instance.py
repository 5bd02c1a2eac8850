"""One embedded instance: where it keeps its state, what each of its processes is told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from weir.demo import airflow, people
from weir.demo.city import canary
from weir.demo.embedded.object_store import ObjectStoreServer
from weir.demo.embedded.postgres import PostgresServer, find_postgres
from weir.demo.ports import Ports
from weir.demo.secrets import BUREAU, GATE, INTAKE, PROVISION, WORKER, Vault
from weir.errors import UnavailableError
from weir.model import Role
from weir.settings import ROOT, Settings

AIRFLOW_USERS: Mapping[str, str] = {"admin": "admin", "engineer": "op", "auditor": "viewer"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """All state lies under `state_dir`; everything listens on 127.0.0.1."""

    state_dir: Path
    ports: Ports
    told: Settings

    @property
    def env(self) -> str:
        return self.told.env

    @property
    def vault(self) -> Vault:
        return Vault(self.state_dir / "secrets")

    @property
    def gate_url(self) -> str:
        return f"http://127.0.0.1:{self.ports.gate}"

    @property
    def bureau_url(self) -> str:
        return f"http://127.0.0.1:{self.ports.bureau}"

    @property
    def intake_url(self) -> str:
        return f"http://127.0.0.1:{self.ports.intake}"

    @property
    def airflow_url(self) -> str:
        return f"http://127.0.0.1:{self.ports.airflow}"

    def airflow_api(self) -> airflow.AirflowApi:
        return airflow.AirflowApi(self.airflow_url, "admin", self.vault.password("airflow-admin"))

    def postgres(self) -> PostgresServer:
        """The running server, or `UnavailableError` (code `instance_down`)."""
        server = find_postgres(self.state_dir / "postgres")
        if server is None:
            raise UnavailableError(
                "instance_down", "no instance is running", remedy="start one: make up"
            )
        return server

    def url(self, database: str, role: str) -> str:
        """The SQLAlchemy URL of a database of the running instance, under one of its roles."""
        return self.database_url(self.postgres(), database, role)

    def database_url(self, postgres: PostgresServer, database: str, role: str) -> str:
        """The SQLAlchemy URL of a database under one of its roles."""
        return postgres.url(database, role, self.vault.token(f"pg-{role}"))

    def deal_secrets(self, postgres: PostgresServer, store: ObjectStoreServer) -> None:
        """Write each process's own folder of secrets, and nothing of another's into it."""
        vault = self.vault
        for service in (GATE, BUREAU, INTAKE):
            people.deal_accounts(vault, service, self.told.contracts_dir)
        vault.deal(
            WORKER,
            {
                "gate_account": people.WORKER_ACCOUNT,
                "gate_secret": people.secret_of(vault, GATE, people.WORKER_ACCOUNT),
                "intake_account": people.WORKER_ACCOUNT,
                "intake_secret": people.secret_of(vault, INTAKE, people.WORKER_ACCOUNT),
                "bureau_account": people.DELIVERY_ACCOUNT,
                "bureau_secret": people.secret_of(vault, BUREAU, people.DELIVERY_ACCOUNT),
                "ledger_dsn": self.database_url(postgres, "weir", "weir_worker"),
                "delivery_dsn": self.database_url(postgres, "weir", "weir_delivery"),
                "report_dsn": self.database_url(postgres, "weir", "weir_reports"),
                "s3_access_key": "weirworker",
                "s3_secret_key": vault.token("s3-worker"),
            },
        )
        vault.deal(
            INTAKE,
            {
                "gate_account": people.INTAKE_ACCOUNT,
                "gate_secret": people.secret_of(vault, GATE, people.INTAKE_ACCOUNT),
                "exchange_dsn": self.database_url(postgres, "exchange", "exchange_reader"),
                "s3_access_key": "weirintake",
                "s3_secret_key": vault.token("s3-intake"),
            },
        )
        vault.deal(
            GATE,
            {
                "governance_dsn": self.database_url(postgres, "weir", "weir_gate"),
                "canaries": json.dumps(canary.VALUES),
                "s3_access_key": "weirgate",
                "s3_secret_key": vault.token("s3-gate"),
                "s3_admin_access_key": store.access_key,
                "s3_admin_secret_key": store.secret_key,
            },
        )
        vault.deal(
            BUREAU,
            {
                "bureau_dsn": self.database_url(postgres, "bureau", "bureau"),
                "s3_access_key": "weirbureau",
                "s3_secret_key": vault.token("s3-bureau"),
            },
        )

        keys = {
            f"{process}_s3_{part}": value
            for process in (WORKER, INTAKE, GATE, BUREAU)
            for part, value in (
                ("access_key", f"weir{process}"),
                ("secret_key", vault.token(f"s3-{process}")),
            )
        }
        vault.deal(
            PROVISION,
            keys
            | {"s3_admin_access_key": store.access_key, "s3_admin_secret_key": store.secret_key},
        )

    def launcher_settings(self) -> Settings:
        """What the demo's people know: where everything is, and how the one who decides signs in
        at the bureau and the one who issues credentials at the gate."""
        _, operator_public = self.vault.signing_key("operator")
        _, bureau_public = self.vault.signing_key("bureau")
        return self.told.model_copy(
            update={
                "s3_endpoint": f"127.0.0.1:{self.ports.s3}",
                "gate_url": self.gate_url,
                "bureau_url": self.bureau_url,
                "gate_account": people.OFFICER,
                "gate_secret": SecretStr(people.secret_of(self.vault, GATE, people.OFFICER)),
                "bureau_account": people.DIRECTOR,
                "bureau_secret": SecretStr(people.secret_of(self.vault, BUREAU, people.DIRECTOR)),
                "operator_public_key": operator_public,
                "bureau_public_key": bureau_public,
            }
        )

    def settings_of(self, role: Role, org: str) -> Settings:
        """What one of the demo's people knows at the gate and at the bureau."""
        account = people.account_named(self.told.contracts_dir, role, org)
        return self.launcher_settings().model_copy(
            update={
                "gate_account": account,
                "gate_secret": SecretStr(people.secret_of(self.vault, GATE, account)),
                "bureau_account": account,
                "bureau_secret": SecretStr(people.secret_of(self.vault, BUREAU, account)),
            }
        )

    def sign_in(self, account: str) -> dict[str, str]:
        """What somebody who has an account sources before typing commands."""
        told = {
            "WEIR_S3_ENDPOINT": f"127.0.0.1:{self.ports.s3}",
            "WEIR_INTAKE_URL": self.intake_url,
        }
        for service, url in ((GATE, self.gate_url), (BUREAU, self.bureau_url)):
            if account in {one.id for one in people.accounts_at(service, self.told.contracts_dir)}:
                name = f"WEIR_{service.upper()}"
                told |= {
                    f"{name}_URL": url,
                    f"{name}_ACCOUNT": account,
                    f"{name}_SECRET": people.secret_of(self.vault, service, account),
                }
        return told

    def settings(self, process: str) -> dict[str, str]:
        """What a process of Weir is told; secrets come from its own folder only."""
        operator_private, operator_public = self.vault.signing_key("operator")
        bureau_private, bureau_public = self.vault.signing_key("bureau")
        intake_private, intake_public = self.vault.signing_key("intake")
        told = {
            "WEIR_ENV": self.env,
            "WEIR_CONTRACTS_DIR": str(self.told.contracts_dir.resolve()),
            "WEIR_POLICY_DIR": str(self.told.policy_dir.resolve()),
            "WEIR_EXPECTATIONS_DIR": str(self.told.expectations_dir.resolve()),
            "WEIR_SECRETS_DIR": str(self.vault.folder / "for" / process),
            "WEIR_ACKNOWLEDGE_LAPSED_POLICY": "true",
            "WEIR_S3_ENDPOINT": f"127.0.0.1:{self.ports.s3}",
            "WEIR_GATE_URL": self.gate_url,
            "WEIR_BUREAU_URL": self.bureau_url,
            "WEIR_INTAKE_URL": self.intake_url,
            # The intake seals snapshots, workers and gate open them: one keystore.
            "WEIR_KEYS_DIR": str(self.state_dir / "keys" / WORKER),
            "WEIR_BUREAU_PUBLIC_KEY": str(bureau_public),
            "WEIR_OPERATOR_PUBLIC_KEY": str(operator_public),
            "WEIR_INTAKE_PUBLIC_KEY": str(intake_public),
            "PYTHONPATH": str(ROOT / "include"),
            "PYTHONUNBUFFERED": "1",
            "GX_ANALYTICS_ENABLED": "False",
        }
        signing = {GATE: operator_private, BUREAU: bureau_private, INTAKE: intake_private}
        if process in (GATE, INTAKE):
            told["WEIR_MASKING_KEYS_DIR"] = str(self.state_dir / "keys" / "masking")
        if process == GATE:
            for one in (WORKER, INTAKE, GATE, BUREAU):
                told[f"WEIR_{one.upper()}_S3_ACCESS_KEY"] = f"weir{one}"
        if process in signing:
            told["WEIR_SIGNING_KEY"] = str(signing[process])
            told["WEIR_ACCOUNTS"] = str(people.accounts_file(self.vault, process))
        return told

    def airflow_environment(self, postgres: PostgresServer) -> dict[str, str]:
        """What every Airflow process is told; writes the sign-in file of the demo."""
        home = self.state_dir / "airflow"
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        sign_in = home / "sign-in.json"
        passwords = {name: self.vault.password(f"airflow-{name}") for name in AIRFLOW_USERS}
        if not sign_in.exists():
            sign_in.touch(mode=0o600)
            sign_in.write_text(json.dumps(passwords) + "\n", encoding="ascii")
        return self.settings(WORKER) | airflow.environment(
            home=home,
            port=self.ports.airflow,
            database=self.database_url(postgres, "airflow", "airflow"),
            jwt_secret=self.vault.token("airflow-jwt"),
            users=AIRFLOW_USERS,
        )
