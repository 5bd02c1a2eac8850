"""The gate's service for tests that ask a few questions: the real application, a real socket."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import uvicorn

from weir.gate.access import Access
from weir.gate.app import create_gate
from weir.gate.ports import GatePorts

DESK = ("desk", "口令-1")
WORKER, OPERATOR = (
    {"Authorization": f"Bearer {token}"} for token in ("worker-token-1", "operator-token-1")
)


@contextmanager
def serving(ports: GatePorts) -> Iterator[httpx.Client]:
    """A client of a gate over `ports`, for as long as the block lasts."""
    access = Access(
        worker_token="worker-token-1",
        operator_token="operator-token-1",
        desk_user=DESK[0],
        desk_password=DESK[1],
    )
    app = create_gate(ports, access, interval_seconds=60)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(30)
