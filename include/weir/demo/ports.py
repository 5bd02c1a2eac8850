"""Where the embedded instance listens; every port can be moved by a variable."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from weir.demo.embedded.ports import require_free


class Ports(BaseSettings):
    """Ports on 127.0.0.1: `WEIR_PORT_AIRFLOW`, `WEIR_PORT_GATE` and so on."""

    model_config = SettingsConfigDict(env_prefix="WEIR_PORT_", frozen=True)

    airflow: int = Field(default=8700, ge=1, le=65535)
    gate: int = Field(default=8701, ge=1, le=65535)
    bureau: int = Field(default=8702, ge=1, le=65535)
    s3: int = Field(default=8703, ge=1, le=65535)
    postgres: int = Field(default=8704, ge=1, le=65535)

    def require_all_free(self) -> None:
        """Raise `ContractError` (code `port_busy`) naming a port in use and its variable."""
        for name, port in self:
            require_free(port, f"WEIR_PORT_{name.upper()}")
