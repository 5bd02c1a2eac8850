"""From the bureau's order to the last read of a data user, with the embedded object store.

    python benchmarks/suspension.py [drills]

Real bureau, gate and store, and the drill of `weir drill revoke`: a probe is read without a pause
under the drill's credential, and here by a presigned link too, while the bureau signs an order and
the gate takes it. What counts is the last read that succeeded after the signature. The bound: 2
seconds.
"""

from __future__ import annotations

import statistics
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import Self

import httpx
from minio import Minio

from figures import Figure, keep
from running_services import running
from weir.crypto.dsse import Envelope
from weir.demo.instance import Instance
from weir.gate.drills import BUCKET, PROBE
from weir.runtime import drill
from weir.runtime.adapters import bureau_client, gate_client
from weir.storage.minio_store import MinioObjectStore
from weir.storage.objects import ObjectStore
from weir.storage.provisioning import Credential

DRILLS = 5
BOUND_MS = 2000.0


@dataclass
class LinkReader:
    """Opens a presigned link over and over, as fast as the store answers."""

    link: str = ""
    reads: int = 0
    last_read_at: float = 0.0
    ordered_at: float = 0.0
    _stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(10)

    @property
    def milliseconds(self) -> float:
        return round(max(0.0, self.last_read_at - self.ordered_at) * 1000, 1)

    def _read(self) -> None:
        with httpx.Client(trust_env=False, timeout=5) as client:
            while not self._stop.is_set():
                if self.link and client.get(self.link).is_success:
                    self.last_read_at, self.reads = time.monotonic(), self.reads + 1
                time.sleep(0.001)


def main(drills: int) -> int:
    """Hold the drills and write var/bench/suspension.json; 1 where the bound is missed."""
    with running() as instance:
        held = [_hold(instance) for _ in range(drills)]
    by_credential, by_link = zip(*held, strict=True)
    print(f"\nsuspension: {drills} drills, milliseconds from the signature to the last read")
    for way, found in (("credential", by_credential), ("presigned link", by_link)):
        print(f"{way:16}median {statistics.median(found):g}, most {max(found):g}")
    return keep(
        {
            "name": "suspension",
            "work": "bureau signs, gate cuts, a data user reads on, embedded store",
            "milliseconds_by_credential": by_credential,
            "milliseconds_by_link": by_link,
        },
        tuple(
            Figure(what=f"suspension, {way}", value=max(found), unit="ms", bound=BOUND_MS)
            for way, found in (("credential", by_credential), ("presigned link", by_link))
        ),
    )


def _hold(instance: Instance) -> tuple[float, float]:
    told = instance.launcher_settings()
    with LinkReader() as links:

        def sign_in(who: Credential) -> ObjectStore:
            asked = Minio(
                told.s3_endpoint,
                access_key=who.access_key,
                secret_key=who.secret_key,
                secure=False,
                region=told.s3_region,
            )
            links.link = asked.presigned_get_object(BUCKET, PROBE)
            return MinioObjectStore(
                told.s3_endpoint, who.access_key, who.secret_key, secure=False, timeout_seconds=5.0
            )

        def order(scope: str) -> Envelope:
            _wait_for_a_read(links)
            with bureau_client(told) as bureau:
                signed = bureau.order("suspend", "drill", scope, ground="收回演练")
            links.ordered_at = time.monotonic()
            return signed

        found = drill.hold(gate_client(told), order, sign_in)
    return float(found["milliseconds"]), links.milliseconds


def _wait_for_a_read(links: LinkReader) -> None:
    deadline = time.monotonic() + 30
    while not links.reads:
        if time.monotonic() > deadline:
            raise SystemExit("the presigned link could not be read before the order")
        time.sleep(0.01)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else DRILLS))
