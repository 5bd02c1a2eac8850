"""The one settings class. Each process is given only what it may know.

Values come from `WEIR_*` variables, then from files named like them (`weir_s3_secret_key`) in the
folder that `WEIR_SECRETS_DIR` names. Nothing is read at import.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from weir.errors import ContractError

ROOT = Path(__file__).resolve().parents[2]


class Settings(BaseSettings):
    """What a process of Weir may be told."""

    model_config = SettingsConfigDict(env_prefix="WEIR_", extra="ignore", frozen=True)

    env: Literal["development", "production"] = "development"
    contracts_dir: Path = ROOT / "contracts"
    policy_dir: Path = ROOT / "policy"
    expectations_dir: Path = ROOT / "expectations"
    var_dir: Path = Field(default=ROOT / "var", description="state of the embedded instance")
    scratch_dir: Path | None = Field(default=None, description="temporary files; system default")
    acknowledge_lapsed_policy: bool = Field(
        default=False, description="run under a policy pack whose term is over (第二十四条)"
    )

    exchange_dsn: SecretStr | None = Field(default=None, description="intake: the source database")
    ledger_dsn: SecretStr | None = Field(default=None, description="run ledger and outbox")
    delivery_dsn: SecretStr | None = Field(default=None, description="reads the outbox")
    governance_dsn: SecretStr | None = Field(default=None, description="gate only")
    report_dsn: SecretStr | None = Field(
        default=None, description="reads what reports tell, and adds to the outbox"
    )
    bureau_dsn: SecretStr | None = Field(default=None, description="bureau only")

    s3_endpoint: str = Field(default="127.0.0.1:8333", description="host:port, no scheme")
    s3_secure: bool = False
    s3_region: str = "us-east-1"
    s3_access_key: str = ""
    s3_secret_key: SecretStr = SecretStr("")
    s3_admin_access_key: str = Field(default="", description="gate only: makes buckets and users")
    s3_admin_secret_key: SecretStr = SecretStr("")
    s3_provisioner: Literal["iam", "minio"] = Field(
        default="iam", description="iam: SeaweedFS and AWS; minio: MinIO's admin API"
    )

    credential_overlap_hours: int = Field(
        default=24, ge=0, le=168, description="gate: how long a rotated access key serves on"
    )

    worker_s3_access_key: str = Field(
        default="", description="provisioning job, as below; access keys also the gate"
    )
    worker_s3_secret_key: SecretStr = SecretStr("")
    intake_s3_access_key: str = ""
    intake_s3_secret_key: SecretStr = SecretStr("")
    gate_s3_access_key: str = ""
    gate_s3_secret_key: SecretStr = SecretStr("")
    bureau_s3_access_key: str = ""
    bureau_s3_secret_key: SecretStr = SecretStr("")

    canaries: SecretStr = Field(
        default=SecretStr(""), description="JSON list of texts that no product may hold"
    )
    keys_dir: Path | None = Field(default=None, description="this process's keystore")
    masking_keys_dir: Path | None = Field(
        default=None, description="intake and gate only: the keys that products are masked with"
    )
    signing_key: Path | None = Field(default=None, description="SM2 private key, PEM")
    bureau_public_key: Path | None = Field(default=None, description="SM2, PEM, pinned")
    intake_public_key: Path | None = Field(default=None, description="SM2, PEM, pinned")
    operator_public_key: Path | None = Field(default=None, description="SM2, PEM, pinned")

    gate_url: str = "http://127.0.0.1:8701"
    bureau_url: str = "http://127.0.0.1:8702"
    intake_url: str = "http://127.0.0.1:8705"
    gate_account: str = Field(default="", description="as whom this process calls the gate")
    gate_secret: SecretStr = SecretStr("")
    bureau_account: str = Field(default="", description="as whom this process calls the bureau")
    bureau_secret: SecretStr = SecretStr("")
    intake_account: str = Field(default="", description="as whom this process calls the intake")
    intake_secret: SecretStr = SecretStr("")

    accounts: Path | None = Field(default=None, description="who may call this service; JSON")
    token_seconds: int = Field(default=600, ge=10, le=3600, description="life of its tokens")
    account_calls_per_minute: int = Field(default=6000, ge=60)
    stranger_calls_per_minute: int = Field(
        default=300, ge=60, description="of one address, before anybody has signed in"
    )


def load_settings() -> Settings:
    """Settings of this process. A secrets folder that is named but absent is an error."""
    secrets = os.environ.get("WEIR_SECRETS_DIR")
    if secrets and not Path(secrets).is_dir():
        raise ContractError(
            "secrets_dir_missing",
            "WEIR_SECRETS_DIR does not name a folder",
            remedy="create it or unset the variable",
        )
    return Settings(_secrets_dir=secrets or None)
