"""A gate process that dies at a named point, as if the machine had lost power there; or a rival
that works until nothing is left to do.

Run with one JSON argument; see `doom` and `rival`. Exits with 9 at the point, with 0 if it never
comes to it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import create_engine

from fakes.gate_city import GateCity, TickingClock
from fakes.memory_provisioner import MemoryProvisioner
from fakes.memory_store import MemoryStore
from fakes.small_city import SmallCity
from weir.crypto.sm2 import SigningKey
from weir.gate.credentials import Credentials
from weir.gate.ports import FaultPoint
from weir.gate.reconcile import Reconciler
from weir.storage.minio_store import MinioObjectStore

DEAD = 9


def doom(gate: GateCity, point: FaultPoint, *, endpoint: str, keys: tuple[str, str]) -> int:
    """Reconcile once in another process, killed at `point`; its exit code.

    `keys` are access and secret key of the gate's credential at `endpoint`, a real store.
    """
    return _start(gate, point, endpoint, keys).wait(120)


def rival(gate: GateCity, *, endpoint: str, keys: tuple[str, str]) -> subprocess.Popen[bytes]:
    """Another gate process over the same database and store, until no release is open."""
    return _start(gate, "", endpoint, keys)


def _start(
    gate: GateCity, point: str, endpoint: str, keys: tuple[str, str]
) -> subprocess.Popen[bytes]:
    told = {
        "root": str(gate.city.root),
        "operator": gate.city.operator.to_pem().decode(),
        "bureau": gate.city.bureau.to_pem().decode(),
        "intake": gate.city.intake.to_pem().decode(),
        "database": gate.engine.url.render_as_string(hide_password=False),
        "endpoint": endpoint,
        "keys": list(keys),
        "now": gate.clock.now().isoformat(),
        "point": point,
    }
    return subprocess.Popen(
        [sys.executable, __file__, json.dumps(told)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )


def _main(argument: str) -> None:
    told = json.loads(argument)
    store = MinioObjectStore(told["endpoint"], *told["keys"])
    gate = GateCity(
        city=SmallCity(
            Path(told["root"]),
            operator=SigningKey.from_pem(told["operator"].encode()),
            bureau=SigningKey.from_pem(told["bureau"].encode()),
            intake=SigningKey.from_pem(told["intake"].encode()),
        ),
        engine=create_engine(told["database"]),
        admin=store,
        store=store,
        provisioner=MemoryProvisioner(MemoryStore()),
        clock=TickingClock(datetime.fromisoformat(told["now"])),
    )

    def die(point: FaultPoint) -> None:
        if point == told["point"]:
            os._exit(DEAD)

    ports = replace(gate.ports, at=die)
    reconciler = Reconciler(ports, Credentials(ports))
    reconciler.run_once()
    while not told["point"] and gate.releases.open():
        reconciler.run_once()


if __name__ == "__main__":
    _main(sys.argv[1])
