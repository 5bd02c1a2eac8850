"""Long-running programs that outlive the one that started them and can be stopped by another."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from weir.errors import ContractError, IntegrityError, StoreUnavailableError

STATE_FILE = "service.json"
_START_SECONDS = 60.0
_KILLED_WITHIN_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The system account a program runs as, where that is not the caller's own."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceProcess:
    """A program in a session of its own.

    `mark` is an argument that only this program carries: a pid alone may belong to another by now.
    """

    pid: int
    mark: str

    @property
    def alive(self) -> bool:
        return self._find() is not None

    def stop(self, request: signal.Signals, *, grace_seconds: float) -> None:
        """Ask the process to end, then kill it with all it started. Returns when it is gone."""
        leader = self._find()
        if leader is None:
            return
        with contextlib.suppress(psutil.NoSuchProcess):
            family = [leader, *leader.children(recursive=True)]
            leader.send_signal(request)
            for process in _left_after(grace_seconds, family):
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            _left_after(_KILLED_WITHIN_SECONDS, family)

    def _find(self) -> psutil.Process | None:
        try:
            found = psutil.Process(self.pid)
            return found if self.mark in found.cmdline() and not _ended(found) else None
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return None


def _left_after(seconds: float, family: list[psutil.Process]) -> list[psutil.Process]:
    """Those of `family` that have not ended `seconds` from now, or sooner none."""
    deadline = time.monotonic() + seconds
    while (left := [one for one in family if not _ended(one)]) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left


def _ended(process: psutil.Process) -> bool:
    """Whether a process runs no more.

    One that nobody has waited for yet has ended too: where the first process of a container never
    waits, it stays so for good. But its threads may outlive the first of them, with its ports.
    """
    try:
        if not process.is_running():
            return True
        if process.status() != psutil.STATUS_ZOMBIE or process.num_threads() > 1:
            return False
    except psutil.NoSuchProcess:
        return True
    with contextlib.suppress(ChildProcessError):
        os.waitpid(process.pid, os.WNOHANG)
    return True


def refuse_production(env: str) -> None:
    """Raise `ContractError` (code `embedded_in_production`) in production."""
    if env == "production":
        raise ContractError(
            "embedded_in_production",
            "embedded services are for development and the demonstration only",
            remedy="name real services in WEIR_*_DSN and WEIR_S3_ENDPOINT, or unset WEIR_ENV",
        )


def spawn(
    command: Sequence[str | Path],
    *,
    mark: str,
    folder: Path,
    log: Path,
    account: Account | None = None,
) -> ServiceProcess:
    """Start `command` in `folder`, detached, appending its output to `log`.

    Of the caller's environment it sees nothing that could hold a secret.
    """
    with log.open("ab") as sink:
        child = subprocess.Popen(  # noqa: S603 the programs come with our own packages
            [str(part) for part in command],
            cwd=folder,
            env=plain_environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    # It is meant to outlive this object, which would otherwise warn that it does.
    child.returncode = 0
    return ServiceProcess(pid=child.pid, mark=mark)


def plain_environment(home: Path) -> dict[str, str]:
    """The environment of an embedded program."""
    return {"PATH": os.defpath, "HOME": str(home), "LC_ALL": "C.UTF-8"}


def wait_until_ready(
    process: ServiceProcess, ready: Callable[[], bool], *, service: str, log: Path
) -> None:
    """Return once `ready()` holds; stop the process and raise `StoreUnavailableError`

    (code `service_not_started`) when it dies first or takes longer than a minute.
    """
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if ready():
            return
        if not process.alive:
            break
        time.sleep(0.05)
    process.stop(signal.SIGTERM, grace_seconds=1.0)
    raise StoreUnavailableError(
        "service_not_started",
        f"the embedded {service} did not start",
        where={"log": str(log)},
        remedy="read its log",
    )


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as sink:
        sink.write(text)
    part.replace(path)


def write_state(folder: Path, state: dict[str, str | int]) -> None:
    """Note what runs in `folder`, for whoever has to stop it."""
    write_private(folder / STATE_FILE, json.dumps(state, indent=2) + "\n")


def read_state(folder: Path) -> dict[str, str | int] | None:
    """What `write_state` noted, or None."""
    path = folder / STATE_FILE
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError:
        state = None
    if not isinstance(state, dict):
        raise IntegrityError(
            "state_file_broken",
            "the note of what runs here cannot be read",
            where={"file": str(path)},
            remedy="stop the program by hand and remove the file",
        )
    return state
