"""Start processes that can all be found and stopped again, also after a crash of the launcher."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from weir.errors import UnavailableError

MARK = "WEIR_INSTANCE"
"""Every process of an instance carries this variable with its state folder, and so do the
children it forks: what is running is read from the process table, not from a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A started process and where it logs."""

    name: str
    child: subprocess.Popen[bytes]
    log: Path

    def check(self) -> None:
        """Raise `UnavailableError` (code `process_ended`) where it has ended by itself."""
        if self.child.poll() is not None:
            raise UnavailableError(
                "process_ended",
                f"{self.name} ended with exit code {self.child.returncode}",
                where={"log": str(self.log)},
                remedy="read the end of the log named here",
            )


def start(
    name: str,
    arguments: Sequence[str],
    *,
    state_dir: Path,
    environment: Mapping[str, str],
    folder: Path,
) -> Process:
    """Start a program in a session of its own, logging to `<state_dir>/log/<name>.log`.

    It is given `environment` and of the caller's own only what finds programs and locale.
    """
    log = state_dir / "log" / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    inherited = {
        key: value
        for key, value in os.environ.items()
        if key in {"PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH"}
        or key.startswith("OPENBLAS_")
    }
    with log.open("ab") as sink:
        child = subprocess.Popen(  # noqa: S603 - arguments are the launcher's own
            list(arguments),
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            cwd=folder,
            # Programs that write their own title would overwrite the mark with it.
            env={**inherited, **environment, MARK: str(state_dir), "SPT_NOENV": "1"},
            start_new_session=True,
        )
    return Process(name=name, child=child, log=log)


def python(*arguments: str) -> list[str]:
    """A command line of this environment's own interpreter."""
    return [sys.executable, *arguments]


def running(state_dir: Path) -> list[psutil.Process]:
    """Every live process of the instance but the caller."""
    found = []
    for process in psutil.process_iter():
        try:
            if (
                process.pid != os.getpid()
                and process.status() != psutil.STATUS_ZOMBIE
                and process.environ().get(MARK) == str(state_dir)
            ):
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def stop_all(state_dir: Path, *, patience_seconds: float = 15.0) -> int:
    """Stop every process of the instance: asked first, then killed. Returns how many there were.

    Databases are asked with SIGINT, which for PostgreSQL means a fast shutdown.
    """
    total = 0
    for _ in range(5):
        found = running(state_dir)
        if not found:
            return total
        total += len(found)
        for process in found:
            _signal(process, _polite(process))
        psutil.wait_procs(found, timeout=patience_seconds)
        for process in running(state_dir):
            _signal(process, signal.SIGKILL)
        time.sleep(0.1)
    return total


def _polite(process: psutil.Process) -> signal.Signals:
    try:
        return signal.SIGINT if process.name().startswith("postgres") else signal.SIGTERM
    except psutil.Error:
        return signal.SIGTERM


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.Error:
        return
