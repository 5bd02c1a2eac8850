"""The bureau's service for tests: the real application behind a real socket."""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import dataclass, field
from functools import partial

import uvicorn
from fastapi import Request
from sqlalchemy import Engine

from fakes.memory_store import MemoryStore
from weir.bureau.access import Access
from weir.bureau.app import create_bureau
from weir.bureau.client import BureauClient
from weir.clock import Clock, SystemClock
from weir.contracts.packs import pack_in_force
from weir.crypto.sm2 import SigningKey
from weir.evidence.http_receiver import HttpReceiver
from weir.governance.entrance import admit
from weir.model import Principal, Role
from weir.policy.roles import Act
from weir.service.access import bearer_of
from weir.settings import ROOT
from weir.storage.objects import REPORTS

DELIVERY = "delivery-token"
REVIEWER = "reviewer-token"
DESK = ("reviewer", "口令 with: colon")


PEOPLE = {
    role: Principal(id=f"the-{role}", role=role, org=org)
    for role, org in (
        (Role.BUREAU_REVIEWER, "bureau"),
        (Role.CHIEF_DATA_OFFICER, "city-operator"),
        (Role.PROVIDER, "city-library"),
        (Role.DATA_USER, "reading-society"),
    )
}
"""Interim: whom the bureau will know by accounts; a token is the role's name."""
ACCOUNTS = {person: f"token of {role}" for role, person in PEOPLE.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Access(Access):
    """The bureau's entrances, and people of the other parties beside them."""

    def permit(self, request: Request, act: Act) -> Principal:
        known = bearer_of(request, ACCOUNTS)
        return admit(request, known, act) if known else Access.permit(self, request, act)


@dataclass(kw_only=True)
class BureauServer:
    """A bureau that can be stopped and started again on its port, over the same database."""

    engine: Engine
    key: SigningKey = field(default_factory=SigningKey.generate)
    clock: Clock = field(default_factory=SystemClock)
    reports: MemoryStore = field(default_factory=MemoryStore)
    port: int = 0
    _server: uvicorn.Server | None = None
    _thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.reports.ensure_bucket(REPORTS)
        access = _Access(
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
            pack=partial(pack_in_force, ROOT / "policy"),
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

    def client(self, caller: Role | str = Role.BUREAU_DIRECTOR) -> BureauClient:
        tokens: dict[str, str] = {role: ACCOUNTS[person] for role, person in PEOPLE.items()}
        tokens |= {Role.BUREAU_DIRECTOR: REVIEWER}
        return BureauClient(self.url, tokens.get(caller, caller))
