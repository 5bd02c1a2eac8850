"""The bureau's service for tests: the real application behind a real socket."""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import uvicorn
from sqlalchemy import Engine

from fakes.memory_store import MemoryStore
from fakes.people import UNBOUND, account_id, everybody, principal_of, secret_of
from weir.bureau.app import create_bureau
from weir.bureau.client import BureauClient
from weir.clock import Clock, SystemClock
from weir.contracts.packs import pack_in_force
from weir.crypto.sm2 import SigningKey
from weir.evidence.http_receiver import HttpReceiver
from weir.governance.entrance import Limits
from weir.model import Role
from weir.service.tokens import Tokens
from weir.settings import ROOT
from weir.storage.objects import REPORTS

DELIVERY = Role.DELIVERER
DIRECTOR = Role.BUREAU_DIRECTOR
DESK = (account_id(Role.BUREAU_REVIEWER), secret_of(Role.BUREAU_REVIEWER))


@dataclass(kw_only=True)
class BureauServer:
    """A bureau that can be stopped and started again on its port, over the same database."""

    engine: Engine
    key: SigningKey = field(default_factory=SigningKey.generate)
    clock: Clock = field(default_factory=SystemClock)
    reports: MemoryStore = field(default_factory=MemoryStore)
    policy_dir: Path = ROOT / "policy"
    port: int = 0
    limits: Limits = UNBOUND
    _server: uvicorn.Server | None = None
    _thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.reports.ensure_bucket(REPORTS)
        app = create_bureau(
            engine=self.engine,
            key=self.key,
            clock=self.clock,
            accounts=everybody(),
            limits=self.limits,
            reports_store=self.reports,
            pack=partial(pack_in_force, self.policy_dir),
        )
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listener]})
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)

    def stop(self) -> None:
        if self._server and self._thread:
            self._server.should_exit = True
            self._thread.join(30)
            self._server = self._thread = None

    def receiver(self, role: Role = DELIVERY, secret: str = "") -> HttpReceiver:
        return HttpReceiver(self.url, account_id(role), secret or secret_of(role))

    def client(self, role: Role = DIRECTOR) -> BureauClient:
        return BureauClient(self.url, account_id(role), secret_of(role))

    def bears(self, role: Role) -> dict[str, str]:
        """The header of somebody who has signed in."""
        tokens = Tokens(audience="bureau", key=self.key, clock=self.clock)
        return {"Authorization": f"Bearer {tokens.issue(principal_of(role))}"}
