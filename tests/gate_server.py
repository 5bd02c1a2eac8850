"""A gate on a real port, for tests that reach it as others do."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from fakes.people import UNBOUND
from weir.gate.app import create_gate
from weir.gate.ports import GatePorts
from weir.gate.reconcile import make_ready
from weir.service.accounts import Accounts


@contextmanager
def serving(
    ports: GatePorts, accounts: Accounts, *, interval_seconds: float = 0.2
) -> Iterator[str]:
    """The URL of a gate over `ports`, until the block ends."""
    # A test's own thread imports too: what the gate's worker imports is there before it starts.
    make_ready()
    server = uvicorn.Server(
        uvicorn.Config(
            create_gate(ports, accounts, limits=UNBOUND, interval_seconds=interval_seconds),
            host="127.0.0.1",
            port=0,
            log_level="critical",
        )
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(30)
