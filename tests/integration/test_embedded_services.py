"""The embedded PostgreSQL and object store as programs: who may start, reach and stop them."""

from __future__ import annotations

import json
import os
import pwd
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Protocol

import psutil
import pytest

from weir.demo.embedded.object_store import find_object_store, start_object_store
from weir.demo.embedded.ports import LOOPBACK, is_free, pick_free
from weir.demo.embedded.postgres import find_postgres, start_postgres
from weir.demo.embedded.process import ServiceProcess
from weir.errors import ContractError, IntegrityError

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another account")


class Server(Protocol):
    """What both services have in common."""

    @property
    def port(self) -> int: ...
    @property
    def process(self) -> ServiceProcess: ...
    def stop(self) -> None: ...


class Start(Protocol):
    """Starts a service."""

    def __call__(self, folder: Path, *, port: int, env: str, setting: str = ...) -> Server: ...


Find = Callable[[Path], Server | None]
Service = tuple[Start, Find]
SERVICES = pytest.mark.parametrize(
    "service",
    [(start_postgres, find_postgres), (start_object_store, find_object_store)],
    ids=["postgres", "object-store"],
)


@SERVICES
def test_a_service_is_refused_in_production(
    service: Service, open_folder: Path, free_port: int
) -> None:
    """Nothing is started and nothing is written."""
    start, _ = service
    with pytest.raises(ContractError) as refusal:
        start(open_folder / "state", port=free_port, env="production")
    assert refusal.value.code == "embedded_in_production"
    assert list(open_folder.iterdir()) == []


@SERVICES
def test_a_busy_port_is_named_with_its_setting(
    service: Service, open_folder: Path, free_port: int
) -> None:
    """A person reads which number to change, and where."""
    start, find = service
    with closing(socket.create_server((LOOPBACK, free_port))):
        with pytest.raises(ContractError) as refusal:
            start(
                open_folder / "state",
                port=free_port,
                env="development",
                setting="WEIR_PORT_OF_THIS",
            )
        assert refusal.value.code == "port_busy"
        assert str(free_port) in str(refusal.value)
        assert "WEIR_PORT_OF_THIS" in refusal.value.remedy
    assert find(open_folder / "state") is None


@pytest.mark.parametrize("number", [0, -1, 65_536])
@SERVICES
def test_a_port_that_is_none_is_refused(service: Service, open_folder: Path, number: int) -> None:
    """Before anything is made."""
    with pytest.raises(ContractError) as refusal:
        service[0](open_folder / "state", port=number, env="development")
    assert refusal.value.code == "port_invalid"


@SERVICES
def test_a_service_listens_on_the_loopback_interface_only(
    service: Service, open_folder: Path, free_port: int
) -> None:
    """Every port that it opens, the internal ones too."""
    server = service[0](open_folder / "state", port=free_port, env="development")
    listening = [
        connection.laddr
        for connection in psutil.Process(server.process.pid).net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert free_port in {address.port for address in listening}
    assert {address.ip for address in listening} == {LOOPBACK}
    server.stop()


@SERVICES
def test_a_service_tells_no_secret_to_the_process_list(
    service: Service, open_folder: Path, free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its arguments hold none, it inherits none, and files that do are its owner's alone."""
    monkeypatch.setenv("WEIR_GATE_SECRET", "a-secret-of-somebody")
    state = open_folder / "state"
    server = service[0](state, port=free_port, env="development")
    process = psutil.Process(server.process.pid)
    assert "a-secret-of-somebody" not in process.environ().values()
    for name in ("superuser-password", "s3.json", "service.json"):
        file = state / name
        if not file.exists():
            continue
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        if name == "superuser-password":
            assert file.read_text().strip() not in " ".join(process.cmdline())
    server.stop()


@SERVICES
def test_a_running_service_is_started_once(
    service: Service, open_folder: Path, free_port: int
) -> None:
    """Whoever starts it again is given the one that runs, whatever port was asked for."""
    start, _ = service
    first = start(open_folder / "state", port=free_port, env="development")
    second = start(open_folder / "state", port=pick_free(1)[0], env="development")
    assert (second.process, second.port) == (first.process, first.port)
    first.stop()


@SERVICES
def test_another_program_stops_a_service_by_its_folder(
    service: Service, open_folder: Path, free_port: int
) -> None:
    """Nothing of the program that started it is needed, and its port is free afterwards."""
    start, find = service
    server = start(open_folder / "state", port=free_port, env="development")
    module = "postgres" if start is start_postgres else "object_store"
    script = (
        f"from pathlib import Path\n"
        f"from weir.demo.embedded.{module} import find_{module} as find\n"
        f"find(Path({str(open_folder / 'state')!r})).stop()\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, env={**os.environ, **_path()})
    assert not server.process.alive
    assert find(open_folder / "state") is None
    assert is_free(free_port)
    server.stop()


@SERVICES
def test_stopping_leaves_a_stranger_with_the_same_pid_alone(
    service: Service, open_folder: Path, free_port: int
) -> None:
    """After a crash the number may be anybody's."""
    start, find = service
    state = open_folder / "state"
    start(state, port=free_port, env="development").stop()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        note = json.loads((state / "service.json").read_text())
        (state / "service.json").write_text(json.dumps(note | {"pid": stranger.pid}))
        assert find(state) is None
        ServiceProcess(pid=stranger.pid, mark=note["mark"]).stop(signal.SIGTERM, grace_seconds=1)
        again = start(state, port=free_port, env="development")
        assert again.process.pid != stranger.pid
        again.stop()
        assert stranger.poll() is None


@SERVICES
def test_a_broken_note_of_what_runs_is_not_taken_for_nothing(
    service: Service, open_folder: Path, free_port: int
) -> None:
    """A second server on the same data would be worse than none."""
    state = open_folder / "state"
    state.mkdir()
    (state / "service.json").write_text("{")
    with pytest.raises(IntegrityError) as refusal:
        service[0](state, port=free_port, env="development")
    assert refusal.value.code == "state_file_broken"


def _path() -> dict[str, str]:
    return {"PYTHONPATH": os.pathsep.join(sys.path)}


@needs_root
@SERVICES
def test_an_ordinary_user_runs_a_service(
    service: Service, open_folder: Path, free_port: int
) -> None:
    """Without root's help, as its own."""
    # What Python loads on first use may lie where only root can read it.
    service[0](open_folder / "first", port=free_port, env="development").stop()
    nobody = pwd.getpwnam("nobody")
    own = open_folder / "own"
    own.mkdir(mode=0o700)
    os.chown(own, nobody.pw_uid, nobody.pw_gid)
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(nobody.pw_gid)
            os.setuid(nobody.pw_uid)
            server = service[0](own / "state", port=free_port, env="development")
            ours = psutil.Process(server.process.pid).uids().effective == nobody.pw_uid
            server.stop()
            os._exit(0 if ours and not server.process.alive else 1)
        except BaseException as error:  # noqa: BLE001 the parent must learn of any failure
            print(error, file=sys.stderr)  # noqa: T201 pytest shows it
            os._exit(2)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
