"""Real servers for tests: each with a folder of its own under the system's temporary folder."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from weir.demo.embedded.object_store import start_object_store
from weir.demo.embedded.ports import LOOPBACK, pick_free
from weir.demo.embedded.postgres import PostgresServer, start_postgres
from weir.errors import StoreUnavailableError, WeirError
from weir.storage.minio_store import MinioObjectStore

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreServer:
    """A running S3 server, its administrator, and how its users are made (`iam` or `minio`)."""

    endpoint: str
    access_key: str
    secret_key: str = field(repr=False)
    provisioner: str
    pid: int

    def store(self, *, timeout_seconds: float = 30.0) -> MinioObjectStore:
        """The administrator's view."""
        return MinioObjectStore(
            self.endpoint, self.access_key, self.secret_key, timeout_seconds=timeout_seconds
        )


def minio_binary() -> Path | None:
    """The MinIO that `WEIR_MINIO` names or `make minio` built, or None."""
    named = os.environ.get("WEIR_MINIO")
    path = Path(named) if named else ROOT / "var" / "tools" / "minio"
    return path if path.is_file() else None


@contextmanager
def postgres() -> Iterator[PostgresServer]:
    with _folder() as folder:
        (port,) = pick_free(1)
        server = start_postgres(folder / "postgres", port=port, env="development")
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def seaweedfs() -> Iterator[StoreServer]:
    with _folder() as folder:
        (port,) = pick_free(1)
        server = start_object_store(folder / "store", port=port, env="development")
        try:
            yield StoreServer(
                endpoint=server.endpoint,
                access_key=server.access_key,
                secret_key=server.secret_key,
                provisioner="iam",
                pid=server.process.pid,
            )
        finally:
            server.stop()


@contextmanager
def minio(binary: Path) -> Iterator[StoreServer]:
    with _folder() as folder:
        port, console = pick_free(2)
        secret = "only-for-this-test-run"
        with (folder / "minio.log").open("wb") as log:
            child = subprocess.Popen(
                [
                    *(binary, "server", folder / "data", "--address", f"{LOOPBACK}:{port}"),
                    *("--console-address", f"{LOOPBACK}:{console}"),
                ],
                env={
                    "PATH": os.defpath,
                    "HOME": str(folder),
                    "MINIO_ROOT_USER": "weir-store-admin",
                    "MINIO_ROOT_PASSWORD": secret,
                    "MINIO_BROWSER": "off",
                    "MINIO_UPDATE": "off",
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            server = StoreServer(
                endpoint=f"{LOOPBACK}:{port}",
                access_key="weir-store-admin",
                secret_key=secret,
                provisioner="minio",
                pid=child.pid,
            )
            _wait(server, child, folder / "minio.log")
            yield server
        finally:
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _wait(server: StoreServer, child: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and child.poll() is None:
        try:
            server.store(timeout_seconds=2.0).ensure_bucket("weir-readiness-probe")
        except WeirError:
            time.sleep(0.05)
        else:
            return
    raise StoreUnavailableError(
        "service_not_started", log.read_text(errors="replace")[-2000:], where={"pid": child.pid}
    )


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="weir-test-"))
    # Run by root, PostgreSQL works as another account, which has to pass through.
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
