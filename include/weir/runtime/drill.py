"""How long does a data user go on reading after the bureau's order? Measured, not supposed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from weir.errors import IntegrityError, StoreUnavailableError, WeirError
from weir.runtime.adapters import bureau_client, gate_client, release_desk, settings

if TYPE_CHECKING:
    from weir.crypto.dsse import Envelope
    from weir.gate.client import GateClient
    from weir.storage.objects import ObjectStore
    from weir.storage.provisioning import Credential

_PATIENCE_SECONDS = 30.0
_QUIET_SECONDS = 1.0
_PAUSE_SECONDS = 0.001


def revoke() -> dict[str, Any]:
    """Hold a drill on the running platform; returns what the gate keeps of it.

    Takes an account at the gate that may hold drills, and one at the bureau that may have them
    ordered. No scenario and no data user is touched: credential, bucket and scope are the drill's
    own.
    """
    from weir.storage.minio_store import MinioObjectStore

    told = settings()

    def sign_in(who: Credential) -> ObjectStore:
        return MinioObjectStore(
            told.s3_endpoint,
            who.access_key,
            who.secret_key,
            secure=told.s3_secure,
            region=told.s3_region,
            timeout_seconds=5.0,
        )

    def order(scope: str) -> Envelope:
        with bureau_client(told) as bureau:
            return bureau.order_drill(scope)

    return hold(gate_client(told), order, sign_in)


def revoke_if_due() -> dict[str, Any] | None:
    """As `revoke`, where it is time for it; None where it is not.

    Raises `IntegrityError` (code `drill_failed`) where reads went on beyond the bound.
    """
    if not release_desk().drill_due():
        return None
    return passed(revoke())


def passed(held: dict[str, Any]) -> dict[str, Any]:
    """`held`, or `IntegrityError` (code `drill_failed`): the gate has kept it either way."""
    if held["passed"]:
        return held
    raise IntegrityError(
        "drill_failed",
        "a credential was read with for longer after the bureau's order than is allowed",
        where={key: held[key] for key in ("milliseconds", "bound_seconds")},
        article="第十六条",
        remedy="find what keeps the gate from cutting credentials, then hold the drill again",
    )


def hold(
    gate: GateClient,
    order: Callable[[str], Envelope],
    sign_in: Callable[[Credential], ObjectStore],
) -> dict[str, Any]:
    """As `revoke`, by a gate, a bureau and a store of the caller's."""
    from weir.gate.client import credential_in

    started = gate.start_drill()
    drill_id = str(started["drill_id"])
    reader = _Reader(sign_in(credential_in(started)), str(started["bucket"]), str(started["key"]))
    with reader:
        reader.wait_for_the_first_read()
        signed = order(drill_id)
        ordered_at = time.monotonic()
        gate.register_order(signed)
        ended = reader.wait_until_quiet()
    last = reader.last_read_at if ended else time.monotonic()
    return gate.complete_drill(
        drill_id,
        milliseconds=max(0, round((last - ordered_at) * 1000)),
        reads=reader.reads,
        ended=ended,
    )


@dataclass
class _Reader:
    """Reads the probe over and over in a thread of its own, as fast as the store answers."""

    store: ObjectStore
    bucket: str
    key: str
    reads: int = 0
    last_read_at: float = 0.0
    _denied_since: float | None = None
    _stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._read, name="weir-drill", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(_PATIENCE_SECONDS)

    def wait_for_the_first_read(self) -> None:
        if not self._wait(lambda: self.reads > 0):
            raise StoreUnavailableError(
                "drill_unreadable",
                "the drill's probe could not be read before the order",
                remedy="see whether the object store answers at WEIR_S3_ENDPOINT",
            )

    def wait_until_quiet(self) -> bool:
        """Whether reads ended: refused, and none let through for a second since."""

        def quiet() -> bool:
            since = self._denied_since
            return since is not None and time.monotonic() - since > _QUIET_SECONDS

        return self._wait(quiet)

    def _wait(self, fulfilled: Callable[[], bool]) -> bool:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if fulfilled():
                return True
            time.sleep(0.01)
        return False

    def _read(self) -> None:
        while not self._stop.is_set():
            try:
                self.store.get_bytes(self.bucket, self.key)
            except WeirError as error:
                # A store that is away refuses nobody.
                if error.code != "store_denied":
                    self._denied_since = None
                elif self._denied_since is None:
                    self._denied_since = time.monotonic()
            else:
                self.last_read_at, self._denied_since = time.monotonic(), None
                self.reads += 1
            time.sleep(_PAUSE_SECONDS)
