"""The embedded object store: what survives and whom it answers."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import ssl
from pathlib import Path

import pytest
import urllib3

from weir.demo.embedded import ports
from weir.demo.embedded.object_store import start_object_store
from weir.errors import AuthorisationError, IntegrityError
from weir.storage.iam_provisioner import IamProvisioner
from weir.storage.minio_store import MinioObjectStore
from weir.storage.objects import ObjectStore
from weir.storage.provisioning import consumer_policy

SOCKETS = Path("/tmp")  # noqa: S108 where SeaweedFS puts them


def test_the_object_store_keeps_objects_and_users_over_a_stop_and_a_kill(
    open_folder: Path, free_port: int
) -> None:
    """What it acknowledged is there when it starts again, and so is who may read it."""
    server = start_object_store(open_folder / "s3", port=free_port, env="development")
    admin = MinioObjectStore(server.endpoint, server.access_key, server.secret_key)
    admin.ensure_bucket("release-a")
    admin.put_bytes("release-a", "k", b"kept")
    reader = IamProvisioner(server.endpoint, server.access_key, server.secret_key).ensure_user(
        "reader", None, None, consumer_policy("release-a")
    )
    for ending in (signal.SIGTERM, signal.SIGKILL):
        server.process.stop(ending, grace_seconds=10)
        server = start_object_store(open_folder / "s3", port=free_port, env="development")
        store: ObjectStore = MinioObjectStore(server.endpoint, reader.access_key, reader.secret_key)
        assert store.get_bytes("release-a", "k") == b"kept"
        with pytest.raises(AuthorisationError):
            store.put_bytes("release-a", "k", b"mine")
    server.stop()


def test_the_object_store_answers_nobody_without_a_credential(
    open_folder: Path, free_port: int
) -> None:
    """From its first moment, to any kind of request."""
    server = start_object_store(open_folder / "s3", port=free_port, env="development")
    for method, path in (("GET", "/"), ("GET", "/weir-readiness-probe/probe"), ("PUT", "/open")):
        assert urllib3.request(method, f"http://{server.endpoint}{path}").status == 403
    server.stop()


def test_a_broken_identities_file_is_named(open_folder: Path, free_port: int) -> None:
    """Without identities the store would be open to anyone."""
    state = open_folder / "s3"
    state.mkdir()
    (state / "s3.json").write_text('{"identities": []}')
    with pytest.raises(IntegrityError) as refusal:
        start_object_store(state, port=free_port, env="development")
    assert refusal.value.code == "identities_file_broken"
    assert "s3.json" in str(refusal.value)


def test_sixty_buckets_fit_into_one_store(open_folder: Path, free_port: int) -> None:
    """Each bucket takes volumes of its own, which must not use up what there is."""
    server = start_object_store(open_folder / "s3", port=free_port, env="development")
    admin = MinioObjectStore(server.endpoint, server.access_key, server.secret_key)
    for number in range(60):
        admin.ensure_bucket(f"release-{number}")
        admin.put_bytes(f"release-{number}", "k", b"x")
    assert all(admin.get_bytes(f"release-{number}", "k") == b"x" for number in range(60))
    server.stop()


def test_a_stopped_store_leaves_no_socket_behind(open_folder: Path, free_port: int) -> None:
    """Another account could not start a store where one lies, neither after a stop nor a kill."""
    for ending in (signal.SIGTERM, signal.SIGKILL):
        server = start_object_store(open_folder / "s3", port=free_port, env="development")
        state = json.loads((open_folder / "s3" / "service.json").read_text())
        numbers = [value for name, value in state.items() if ".port" in name]
        server.process.stop(ending, grace_seconds=10)
        server.stop()
        left = {path.name for path in SOCKETS.glob("seaweedfs-*")}
        own = {f"-{number + more}.sock" for number in (free_port, *numbers) for more in (0, 10_000)}
        assert numbers
        assert not {name for name in left if name.endswith(tuple(own))}


def test_a_port_where_another_account_left_a_socket_is_not_picked(
    open_folder: Path, free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It could be neither used nor removed; the store starts beside it."""
    pairs = range(18_000, 18_012)
    left = [SOCKETS / f"seaweedfs-master-grpc-{port + 10_000}.sock" for port in pairs[:7]]
    monkeypatch.setattr(ports, "_PAIRED", pairs)
    with contextlib.ExitStack() as stack:
        for path in left:
            stack.enter_context(socket.socket(socket.AF_UNIX)).bind(str(path))
            stack.callback(path.unlink)
        server = start_object_store(open_folder / "s3", port=free_port, env="development")
        state = json.loads((open_folder / "s3" / "service.json").read_text())
        server.stop()
    assert {state[name] for name in state if ".port" in name} == set(pairs[7:])


def test_the_ports_between_its_parts_admit_nobody(open_folder: Path, free_port: int) -> None:
    """They know no S3 policy: whoever could use them would read and write every object."""
    server = start_object_store(open_folder / "s3", port=free_port, env="development")
    admin = MinioObjectStore(server.endpoint, server.access_key, server.secret_key)
    admin.ensure_bucket("release-a")
    admin.put_bytes("release-a", "k", b"kept")
    state = json.loads((open_folder / "s3" / "service.json").read_text())
    address = f"http://127.0.0.1:{state['filer.port']}/buckets/release-a"
    for method, path in (("GET", "k"), ("PUT", "evil"), ("POST", "evil"), ("DELETE", "k")):
        assert urllib3.request(method, f"{address}/{path}", body=b"x").status in {401, 404}
    master = f"http://127.0.0.1:{state['master.port']}"
    assert urllib3.request("GET", f"{master}/dir/assign").status in {401, 404}
    for name in ("filer.port", "master.port", "volume.port"):
        assert not _shakes_hands("127.0.0.1", state[name] + 10_000)
    assert not _shakes_hands("127.0.0.1", state["s3.port.grpc"])
    assert admin.get_bytes("release-a", "k") == b"kept"
    server.stop()


def _shakes_hands(host: str, port: int) -> bool:
    """Whether gRPC goes on after a TLS handshake without a certificate of the store's own."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    try:
        with (
            socket.create_connection((host, port), timeout=5) as plain,
            context.wrap_socket(plain) as inner,
        ):
            inner.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04" + bytes(5))
            return inner.recv(9) != b""
    except OSError:
        return False
