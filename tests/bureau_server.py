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
from weir.bureau.access import Access
from weir.bureau.app import create_bureau
from weir.bureau.client import BureauClient
from weir.clock import Clock, SystemClock
from weir.contracts.packs import pack_in_force
from weir.crypto.sm2 import SigningKey
from weir.evidence.http_receiver import HttpReceiver
from weir.settings import ROOT
from weir.storage.objects import REPORTS

DELIVERY = "delivery-token"
REVIEWER = "reviewer-token"
DESK = ("reviewer", "口令 with: colon")


@dataclass(kw_only=True)
class BureauServer:
    """A bureau that can be stopped and started again on its port, over the same database."""

    engine: Engine
    key: SigningKey = field(default_factory=SigningKey.generate)
    clock: Clock = field(default_factory=SystemClock)
    reports: MemoryStore = field(default_factory=MemoryStore)
    policy_dir: Path = ROOT / "policy"
    port: int = 0
    _server: uvicorn.Server | None = None
    _thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.reports.ensure_bucket(REPORTS)
        access = Access(
            delivery_token=DELIVERY,
            reviewer_token=REVIEWER,
            desk_user=DESK[0],
            desk_password=DESK[1],
        )
        app = create_bureau(
            engine=self.engine,
            key=self.key,
            clock=self.clock,
            access=access,
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

    def receiver(self, token: str = DELIVERY) -> HttpReceiver:
        return HttpReceiver(self.url, token)

    def client(self, token: str = REVIEWER) -> BureauClient:
        return BureauClient(self.url, token)
