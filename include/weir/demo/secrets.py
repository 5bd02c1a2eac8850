"""The embedded instance's secrets: made once, kept under its state folder, one folder a process."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from weir.crypto.sm2 import SigningKey
from weir.errors import ContractError

WORKER, GATE, BUREAU, PROVISION = "worker", "gate", "bureau", "provision"
INTAKE = "intake"


@dataclass(frozen=True, slots=True)
class Vault:
    """Named secrets of one instance. A value is made at its first use and stays."""

    folder: Path

    def token(self, name: str) -> str:
        """A random secret of 43 URL-safe characters, the same on every call."""
        path = self._path(f"{name}.token")
        if not path.exists():
            _write(path, secrets.token_urlsafe(32))
        return path.read_text(encoding="ascii")

    def password(self, name: str) -> str:
        """A sign-in that a person can type: 16 characters without look-alikes."""
        path = self._path(f"{name}.password")
        if not path.exists():
            alphabet = "abcdefghijkmnpqrstuvwxyz23456789"
            _write(path, "".join(secrets.choice(alphabet) for _ in range(16)))
        return path.read_text(encoding="ascii")

    def signing_key(self, name: str) -> tuple[Path, Path]:
        """The files of an SM2 key pair: private and public, in PEM."""
        private, public = self._path(f"{name}.key.pem"), self._path(f"{name}.pub.pem")
        if not private.exists():
            key = SigningKey.generate()
            _write(public, key.public.to_pem().decode("ascii"))
            _write(private, key.to_pem().decode("ascii"))
        return private, public

    def deal(self, process: str, values: Mapping[str, str]) -> Path:
        """Write what one process may know, as `weir_<name>` files; returns its folder."""
        folder = self.folder / "for" / process
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name, value in values.items():
            _write(folder / f"weir_{name}", value)
        return folder

    def _path(self, name: str) -> Path:
        if "/" in name or name.startswith("."):
            raise ContractError("secret_name", "a secret's name is one plain word")
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self.folder / name


def _write(path: Path, text: str) -> None:
    new = path.with_name(path.name + ".new")
    new.touch(mode=0o600)
    new.write_text(text, encoding="ascii")
    new.replace(path)
