"""The data directory of the embedded PostgreSQL: its making, its password, its lock."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from pathlib import Path

import psutil

from weir.demo.embedded.ports import LOOPBACK
from weir.demo.embedded.postgres_home import Home
from weir.demo.embedded.process import ServiceProcess, plain_environment, write_private
from weir.errors import IntegrityError, StoreUnavailableError

SUPERUSER = "postgres"
_PASSWORD_FILE = "superuser-password"  # noqa: S105 the name of a file
_READ_BY_SHELLS = frozenset('$`"\\\n')
_ACCESS_RULES = f"host all all {LOOPBACK}/32 scram-sha-256\n"


def read_password(folder: Path) -> str:
    """The superuser's password, or `IntegrityError` (code `postgres_password_missing`)."""
    path = folder / _PASSWORD_FILE
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise IntegrityError(
            "postgres_password_missing",
            "the password of this server's superuser is gone",
            where={"file": str(path)},
            remedy="restore the file, or remove the whole folder to begin anew",
        ) from None


def check_path(path: Path) -> None:
    """Raise `IntegrityError` (code `path_unusable`) for a path that initdb, which hands it to a
    shell between double quotes, would read as something else. Spaces are no harm."""
    found = sorted(set(str(path)) & _READ_BY_SHELLS)
    if found:
        raise IntegrityError(
            "path_unusable",
            "the embedded PostgreSQL cannot work under a path with a character of the shell's",
            where={"path": str(path), "characters": " ".join(map(repr, found))},
            remedy="move the project, or its state, to a path without it",
        )


def initialise(folder: Path, home: Home) -> None:
    """Make the data directory; it takes its name only when it is complete."""
    for path in (home.work, home.bin):
        check_path(path)
    part = home.work / "data.part"
    shutil.rmtree(part, ignore_errors=True)
    password = secrets.token_urlsafe(24)
    told = home.work / "initial-password"
    write_private(told, password)
    if home.account is not None:
        os.chown(told, home.account.uid, home.account.gid)
    try:
        subprocess.run(  # noqa: S603 the program comes with our own package
            [
                *(home.bin / "initdb", "-D", part, "-U", SUPERUSER, "--no-instructions"),
                *("--auth=scram-sha-256", f"--pwfile={told}", "--encoding=UTF8", "--locale=C"),
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            ],
            cwd=home.work,
            env=plain_environment(home.work),
            check=True,
            capture_output=True,
            user=home.account.uid if home.account else None,
            group=home.account.gid if home.account else None,
            extra_groups=[] if home.account else None,
        )
    except subprocess.CalledProcessError as error:
        (folder / "postgres.log").write_bytes(error.stdout + error.stderr)
        raise StoreUnavailableError(
            "service_not_started",
            "the embedded PostgreSQL's data could not be made",
            where={"log": str(folder / "postgres.log")},
            remedy="read its log",
        ) from error
    finally:
        told.unlink()
    (part / "pg_hba.conf").write_text(_ACCESS_RULES, encoding="utf-8")
    write_private(folder / _PASSWORD_FILE, password + "\n")
    part.rename(home.work / "data")


def forget_dead_postmaster(data: Path) -> None:
    """Remove the lock of a killed server whose pid another program has by now.

    PostgreSQL would take that program for itself. In every other case the lock is its to judge:
    it also guards against sessions that outlived their server.
    """
    lock = data / "postmaster.pid"
    try:
        pid = int(lock.read_text(encoding="utf-8").split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return
    if psutil.pid_exists(pid) and not ServiceProcess(pid=pid, mark=str(data)).alive:
        lock.unlink()
