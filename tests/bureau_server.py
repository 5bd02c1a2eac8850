"""The bureau's service for tests: the real application behind a real socket."""

from __future__ import annotations

import secrets
import socket
import threading
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal

import uvicorn
from sqlalchemy import Engine

from fakes.memory_store import MemoryStore
from fakes.people import (
    EVERYBODY,
    UNBOUND,
    account_id,
    accounts_of,
    principal_of,
    secret_of,
)
from fakes.sample_contracts import sample_catalogue
from weir.bureau.app import create_bureau
from weir.bureau.client import BureauClient
from weir.clock import Clock, SystemClock
from weir.contracts.catalogue import Catalogue
from weir.contracts.packs import pack_in_force
from weir.contracts.plan import ContractBundle
from weir.crypto.dsse import Envelope
from weir.crypto.sm2 import SigningKey
from weir.evidence.http_receiver import HttpReceiver
from weir.governance.cases import Case
from weir.governance.entrance import Limits
from weir.model import Principal, Role
from weir.policy.demanded import demanded
from weir.policy.machines.agreement import drafted
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
    catalogue: Catalogue = field(default_factory=sample_catalogue)
    people: tuple[Principal, ...] = EVERYBODY
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
            accounts=accounts_of(self.people),
            limits=self.limits,
            reports_store=self.reports,
            pack=partial(pack_in_force, self.policy_dir),
            catalogue=lambda: self.catalogue,
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

    def person(self, role: Role, org: str = "bureau") -> BureauClient:
        """The bureau as one person reaches it."""
        known = [one.id for one in self.people if (one.role, one.org) == (role, org)]
        return BureauClient(self.url, known[0], secret_of(role))

    def move(self, role: Role, org: str, demand: str, move: str, **facts: Any) -> Case:
        with self.person(role, org) as client:
            return client.move("demand", demand, move, facts)

    def pursue(
        self,
        bundle: ContractBundle,
        demand: str = "",
        *,
        upto: str = "opine",
        concluded: bool = True,
        **changes: Any,
    ) -> str:
        """A demand for `bundle` after every move up to `upto`, each made by who has to make it;
        its name. `changes` are of what the draft states."""
        name = demand or f"{bundle.scenario.scenario}-{secrets.token_hex(4)}"
        if concluded:
            self.conclude(bundle)
        asked = demanded(bundle).model_dump(mode="json") | changes
        operator = bundle.scenario.operator
        engineer, officer = Role.OPERATOR_ENGINEER, Role.CHIEF_DATA_OFFICER
        moves: list[tuple[str, Role, str, dict[str, Any]]] = [
            ("draft", engineer, operator, asked),
            ("screen", officer, operator, {"finding": "合理，可行"}),
            ("submit", officer, operator, {}),
            ("assess", Role.BUREAU_REVIEWER, "bureau", {"finding": "相符"}),
            ("consult", Role.BUREAU_REVIEWER, "bureau", {}),
        ]
        answer = {"supports": True, "opinion": "同意"}
        moves += [("opine", Role.PROVIDER, org, answer) for org in asked["providers"]]
        for move, role, org, facts in moves:
            self.move(role, org, name, move, **facts)
            if move == upto != "opine":
                break
        return name

    def conclude(self, bundle: ContractBundle) -> None:
        """Bring into force the agreements of a contract that the bureau does not know yet."""
        officer, director = Role.CHIEF_DATA_OFFICER, Role.BUREAU_DIRECTOR
        operator = bundle.scenario.operator
        with self.person(officer, operator) as chief, self.person(director) as bureau:
            known = {one.case_id for one in bureau.cases("agreement")}
            for agreement in (bundle.operation_agreement, bundle.use_agreement):
                if agreement.agreement in known:
                    continue
                chief.move("agreement", agreement.agreement, "draft", drafted(agreement))
                if agreement.kind == "operation":
                    bureau.move("agreement", agreement.agreement, "conclude", {})
                else:
                    chief.move("agreement", agreement.agreement, "agree", {})

    def decide(
        self,
        bundle: ContractBundle,
        outcome: Literal["agreed", "refused"] = "agreed",
        *,
        reason: str = "",
        article: str = "",
        demand: str = "",
        concluded: bool = True,
    ) -> Envelope:
        """A decision as a director takes it, at the end of a demand's way or upon `demand`; its
        agreements are in force, unless they are not to be `concluded`."""
        name = demand or self.pursue(bundle, concluded=concluded)
        with self.client() as client:
            return client.decide(name, bundle, outcome, reason=reason, article=article)
