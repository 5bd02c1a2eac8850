"""Where the embedded instance listens; every port can be moved by a variable."""

from __future__ import annotations

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from weir.demo.embedded.ports import require_free
from weir.errors import ContractError


class Ports(BaseSettings):
    """Ports on 127.0.0.1: `WEIR_PORT_AIRFLOW`, `WEIR_PORT_GATE` and so on."""

    model_config = SettingsConfigDict(env_prefix="WEIR_PORT_", frozen=True)

    airflow: int = Field(default=8700, ge=1, le=65535)
    gate: int = Field(default=8701, ge=1, le=65535)
    bureau: int = Field(default=8702, ge=1, le=65535)
    s3: int = Field(default=8703, ge=1, le=65535)
    postgres: int = Field(default=8704, ge=1, le=65535)
    intake: int = Field(default=8705, ge=1, le=65535)

    def require_all_free(self) -> None:
        """Raise `ContractError` naming a port and its variable: `port_busy` where another program
        has it, `port_shared` where two of these are the same."""
        taken: dict[int, str] = {}
        for name, port in self:
            if port in taken:
                raise ContractError(
                    "port_shared",
                    f"{taken[port]} and {name} have the same port",
                    where={"port": port, "setting": f"WEIR_PORT_{name.upper()}"},
                    remedy="give each its own",
                )
            taken[port] = name
            require_free(port, f"WEIR_PORT_{name.upper()}")


def read_ports() -> Ports:
    """The ports of the environment; one that is none raises `ContractError` (`port_invalid`)."""
    try:
        return Ports()
    except ValidationError as error:
        name = "_".join(str(part) for part in error.errors()[0]["loc"]).upper()
        raise ContractError(
            "port_invalid",
            "a port is a number from 1 to 65535",
            where={"setting": f"WEIR_PORT_{name}"},
            remedy=f"set WEIR_PORT_{name} to a free port",
        ) from None
