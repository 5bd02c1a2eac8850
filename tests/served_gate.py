"""The gate's service for tests that ask a few questions: the real application, a real socket."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager

import httpx
import uvicorn

from fakes.people import UNBOUND, account_id, everybody, secret_of
from weir.gate.app import create_gate
from weir.gate.ports import GatePorts
from weir.gate.reconcile import make_ready
from weir.model import Role
from weir.service.sign_in import SignIn


class As(httpx.Auth):
    """Signs in, at whatever service is asked, as the one account of a role."""

    requires_response_body = True

    def __init__(self, role: Role) -> None:
        self._account, self._secret = account_id(role), secret_of(role)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        service = str(request.url.copy_with(raw_path=b"/"))
        yield from SignIn(service, self._account, self._secret).auth_flow(request)


DESK = (account_id(Role.SECURITY_OFFICER), secret_of(Role.SECURITY_OFFICER))
WORKER, OPERATOR = As(Role.WORKER), As(Role.CHIEF_DATA_OFFICER)


@contextmanager
def serving(ports: GatePorts) -> Iterator[httpx.Client]:
    """A client of a gate over `ports`, for as long as the block lasts."""
    # A test's own thread imports too: what the gate's worker imports is there before it starts.
    make_ready()
    app = create_gate(ports, everybody(), limits=UNBOUND, interval_seconds=60)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    try:
        with httpx.Client(base_url=url, trust_env=False, timeout=30) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(30)
