"""Gate and bureau over a real database, and the intake, each with one account of every role."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from fakes.gate_city import GateCity, PromptDesk, source_table
from fakes.memory_provisioner import MemoryProvisioner
from fakes.memory_source import MemorySource
from fakes.memory_store import MemoryStore
from fakes.people import UNBOUND, account_id, everybody, principal_of, secret_of
from fakes.sample_contracts import sample_catalogue
from fakes.small_city import NOW, ROWS, SmallCity
from weir.bureau.app import create_bureau
from weir.bureau.migrate import migrate as migrate_bureau
from weir.clock import Clock, FixedClock
from weir.contracts.packs import pack_in_force
from weir.crypto.file_keystore import FileKeyStore
from weir.crypto.sm2 import SigningKey
from weir.gate.app import create_gate
from weir.gate.migrate import migrate as migrate_gate
from weir.governance.entrance import Limits
from weir.intake.app import create_intake
from weir.intake.taking import IntakePorts
from weir.model import Role
from weir.policy.machine import Machine
from weir.policy.procedures import KEPT_BY_BUREAU, KEPT_BY_GATE, READ_BY
from weir.policy.roles import Act
from weir.service.accounts import Accounts
from weir.service.tokens import Tokens
from weir.settings import ROOT
from weir.storage.objects import REPORTS, SNAPSHOTS, STAGING
from weir.storage.provisioning import gate_policy


@dataclass(frozen=True, kw_only=True)
class Door:
    """A way into a service: what is sent, the act that it asks, and how a caller is known."""

    method: str
    path: str
    act: Act | None
    desk: bool = False
    template: str = ""


@dataclass(kw_only=True)
class Served:
    """One of the three, without a socket. `NAME` fills every blank in an address."""

    name: str
    app: FastAPI
    key: SigningKey
    clock: Clock
    database: Engine | None = None
    client: TestClient = field(init=False)

    def __post_init__(self) -> None:
        self.client = TestClient(self.app, raise_server_exceptions=False)

    @property
    def engine(self) -> Engine:
        """Its database; the intake has none."""
        assert self.database is not None
        return self.database

    def token(self, role: Role) -> str:
        tokens = Tokens(audience=self.name, key=self.key, clock=self.clock)
        return tokens.issue(principal_of(role))

    def knock(self, door: Door, role: Role | None) -> Any:
        """Send to a door what it cannot make sense of, as a role or as a stranger."""
        return self.client.request(door.method, door.path, headers=self.bears(role, door))

    def bears(self, role: Role | None, door: Door) -> dict[str, str]:
        """The header by which a door knows a role; none for a stranger."""
        if role is None:
            return {}
        if door.desk:
            pair = f"{account_id(role)}:{secret_of(role)}".encode()
            return {"Authorization": f"Basic {b64encode(pair).decode()}"}
        return {"Authorization": f"Bearer {self.token(role)}"}

    def doors(self) -> Iterator[Door]:
        """Every route, with the act that its dependencies ask; those of cases are in `moves`."""
        for route in self.app.routes:
            assert isinstance(route, APIRoute), f"{route} is no route of ours"
            if route.path.startswith("/v1/cases/"):
                continue
            (asked, desk), *more = [*_asked(route.dependant), (None, False)]
            assert len(more) <= 1, f"{route.path} asks several acts"
            for method in route.methods - {"HEAD"}:
                path = route.path.replace("{name}", _UUID).replace("{record}", _UUID)
                for blank in ("scenario", "agreement", "key:path", "name", "case_id"):
                    path = path.replace("{" + blank + "}", "x")
                yield Door(
                    method=method,
                    path=path,
                    act=asked,
                    desk=desk,
                    template=route.path.replace(":path}", "}"),
                )

    def moves(self) -> Iterator[Door]:
        """Every move of every machine that the service keeps, and the reading of its cases."""
        for kind, machine in KEPT_BY[self.name].items():
            for move in machine.moves:
                yield Door(method="POST", path=f"/v1/cases/{kind}/x/{move.name}", act=move.act)
            yield Door(method="GET", path=f"/v1/cases/{kind}/x", act=READ_BY[kind])
            yield Door(method="GET", path=f"/v1/cases/{kind}", act=READ_BY[kind])


KEPT_BY: Mapping[str, Mapping[str, Machine]] = {
    "gate": KEPT_BY_GATE,
    "bureau": KEPT_BY_BUREAU,
    "intake": {},
}
_UUID = "01930000-0000-7000-8000-000000000000"


def _asked(dependant: Dependant) -> Iterator[tuple[Act, bool]]:
    for child in dependant.dependencies:
        if isinstance(child.call, partial) and child.call.args:
            yield child.call.args[0], child.call.func.__name__ == "_opens_desk"
        yield from _asked(child)


def serve_gate(
    engine: Engine,
    folder: Path,
    accounts: Accounts | None = None,
    limits: Limits = UNBOUND,
    clock: Clock | None = None,
) -> Served:
    """The gate over a migrated database and a store in memory."""
    migrate_gate(engine)
    memory = MemoryStore()
    memory.ensure_bucket(STAGING)
    provisioner = MemoryProvisioner(memory)
    credential = provisioner.ensure_user("weir-gate", None, None, gate_policy())
    city = GateCity(
        city=SmallCity(folder / "city"),
        engine=engine,
        admin=memory,
        store=provisioner.sign_in(credential),
        provisioner=provisioner,
        clock=clock or FixedClock(NOW),
    )
    app = create_gate(city.ports, accounts or everybody(), limits=limits)
    key = city.ports.signing_key
    return Served(name="gate", app=app, key=key, database=engine, clock=city.clock)


def serve_bureau(
    engine: Engine,
    accounts: Accounts | None = None,
    limits: Limits = UNBOUND,
    clock: Clock | None = None,
) -> Served:
    """The bureau over a migrated database and a store in memory."""
    migrate_bureau(engine)
    reports = MemoryStore()
    reports.ensure_bucket(REPORTS)
    key, time = SigningKey.generate(), clock or FixedClock(NOW)
    app = create_bureau(
        engine=engine,
        key=key,
        clock=time,
        accounts=accounts or everybody(),
        reports_store=reports,
        pack=partial(pack_in_force, ROOT / "policy"),
        catalogue=sample_catalogue,
        limits=limits,
    )
    return Served(name="bureau", app=app, key=key, database=engine, clock=time)


def serve_intake(
    folder: Path,
    accounts: Accounts | None = None,
    limits: Limits = UNBOUND,
    clock: Clock | None = None,
) -> Served:
    """The intake over a source and a store in memory; the bureau has decided on the library."""
    city, store, time = SmallCity(folder / "intake"), MemoryStore(), clock or FixedClock(NOW)
    store.ensure_bucket(SNAPSHOTS)
    ports = IntakePorts(
        plan=city.plan,
        source=MemorySource({"library_visits": source_table(ROWS)}),
        store=store,
        keys=FileKeyStore(folder / "keys"),
        masking_keys=FileKeyStore(folder / "masking-keys"),
        desk=PromptDesk(city.decision(city.plan())),
        signing_key=city.intake,
        bureau_key=city.bureau.public,
        clock=time,
        acknowledge_lapsed=False,
        scratch=folder,
    )
    app = create_intake(ports, accounts or everybody(), limits=limits)
    return Served(name="intake", app=app, key=city.intake, clock=time)
