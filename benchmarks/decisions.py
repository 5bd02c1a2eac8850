"""Decision endpoints under load: real bureau and gate, 50 requests a second, come what may.

    python benchmarks/decisions.py [seconds]

Demands go from draft to the bureau's signed decision and on to the gate, orders are signed, and in
between everything is looked up again, each request under the token of whoever has to make it. The
load is open: a request is sent when it is due, whether or not those before it were answered, and
its time counts from when it was due. The bound: p99 under 50 ms, on two processors that nothing
else keeps busy. There is no other program to measure it beside.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, islice
from typing import Any
from urllib.parse import urlsplit

import httpx

from figures import Figure, keep
from running_services import running
from weir.contracts.digest import canonical_bundle
from weir.contracts.loader import load_bundle
from weir.contracts.plan import ContractBundle
from weir.demo.instance import Instance
from weir.demo.people import BUREAU_PARTY, account_named, secret_of
from weir.demo.secrets import BUREAU, GATE
from weir.model import Role
from weir.policy.demanded import demanded
from weir.policy.machines.agreement import AGREEMENT, drafted
from weir.settings import ROOT

PER_SECOND, BOUND_MS = 50, 50.0
SECONDS = 40
WARM_UP_SECONDS = 15
UNDER_WAY, CALLS_OF_ONE = 20, 10
MOVES_OF_TEN = 4
"""Of ten requests so many change something, the others read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, and who makes it."""

    name: str
    service: str
    role: Role
    method: str
    path: str
    body: Any = None
    org: str = BUREAU_PARTY


@dataclass
class Load:
    """What is to be sent next, and what has been measured."""

    bundle: ContractBundle
    milliseconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failures: Counter[str] = field(default_factory=Counter)
    decided: deque[Any] = field(default_factory=deque)
    demand: str = ""
    decided_once: bool = False

    def __post_init__(self) -> None:
        self.canonical = canonical_bundle(self.bundle)
        self._under_way = [self._one_demand() for _ in range(UNDER_WAY)]

    def opening(self) -> Iterator[Call]:
        """What brings the agreements into force that decisions rest on, and the demands apart, sent
        one after another before the load begins: else all of them would be decided in the same
        second."""
        yield from self._agreements()
        for place, demand in enumerate(self._under_way):
            yield from islice(demand, place * CALLS_OF_ONE // UNDER_WAY)

    def _agreements(self) -> Iterator[Call]:
        operator = self.bundle.scenario.operator
        officer, director = (
            (Role.CHIEF_DATA_OFFICER, operator),
            (Role.BUREAU_DIRECTOR, BUREAU_PARTY),
        )
        for agreement in (self.bundle.operation_agreement, self.bundle.use_agreement):
            ends = (director, "conclude") if agreement.kind == "operation" else (officer, "agree")
            for (role, org), move, facts in (
                (officer, "draft", drafted(agreement)),
                (*ends, {}),
            ):
                yield Call(
                    name=f"agreement {move}",
                    service=BUREAU,
                    role=role,
                    org=org,
                    method="POST",
                    path=f"/v1/cases/{AGREEMENT.kind}/{agreement.agreement}/{move}",
                    body=facts,
                )

    def calls(self) -> Iterator[Call]:
        changes, reads = self._changes(), self._reads()
        for sent in count():
            yield next(changes if sent % 10 < MOVES_OF_TEN else reads)

    def _changes(self) -> Iterator[Call]:
        """Demands on their way side by side, so that no move waits for the one before it."""
        for sent in count():
            place = sent % UNDER_WAY
            call = next(self._under_way[place], None)
            if call is None:
                self._under_way[place] = self._one_demand()
                call = next(self._under_way[place])
            yield call

    def _one_demand(self) -> Iterator[Call]:
        name = f"bench-{secrets.token_hex(4)}"
        asked, operator = demanded(self.bundle), self.bundle.scenario.operator
        moves: list[tuple[str, Role, str, dict[str, Any]]] = [
            ("draft", Role.OPERATOR_ENGINEER, operator, asked.model_dump(mode="json")),
            ("screen", Role.CHIEF_DATA_OFFICER, operator, {"finding": "合理，可行"}),
            ("submit", Role.CHIEF_DATA_OFFICER, operator, {}),
            ("assess", Role.BUREAU_REVIEWER, BUREAU_PARTY, {"finding": "相符"}),
            ("consult", Role.BUREAU_REVIEWER, BUREAU_PARTY, {}),
        ]
        opinion = {"supports": True, "opinion": "同意提供"}
        moves += [("opine", Role.PROVIDER, org, opinion) for org in asked.providers]
        for move, role, org, facts in moves:
            path = f"/v1/cases/demand/{name}/{move}"
            yield Call(
                name=f"demand {move}",
                service=BUREAU,
                role=role,
                org=org,
                method="POST",
                path=path,
                body=facts,
            )
        self.demand = name
        told = {
            "demand": name,
            "bundle": self.canonical,
            "outcome": "agreed",
            "reason": "演示 bench",
        }
        director = Role.BUREAU_DIRECTOR
        yield Call(
            name="decide",
            service=BUREAU,
            role=director,
            method="POST",
            path="/v1/decisions",
            body=told,
        )
        drill = {
            "action": "suspend",
            "scope_kind": "drill",
            "scope": f"bench-{secrets.token_hex(8)}",
            "ground": "演练 bench",
        }
        yield Call(
            name="order",
            service=BUREAU,
            role=director,
            method="POST",
            path="/v1/orders",
            body=drill,
        )
        if self.decided:
            yield Call(
                name="register decision",
                service=GATE,
                role=Role.CHIEF_DATA_OFFICER,
                org=operator,
                method="PUT",
                path="/v1/decisions",
                body=self.decided.popleft(),
            )

    def _reads(self) -> Iterator[Call]:
        scenario = self.bundle.scenario.scenario
        reviewer, officer = Role.BUREAU_REVIEWER, Role.CHIEF_DATA_OFFICER
        operator = self.bundle.scenario.operator
        while True:
            for name, service, role, org, path in (
                ("demand", BUREAU, reviewer, BUREAU_PARTY, f"/v1/cases/demand/{self.demand}"),
                ("standing", GATE, officer, operator, f"/v1/scenarios/{scenario}/standing"),
                ("decision", BUREAU, officer, operator, f"/v1/decisions/{scenario}"),
                ("stops", BUREAU, officer, operator, "/v1/cases/stop"),
                ("contract", BUREAU, reviewer, BUREAU_PARTY, f"/v1/decisions/{scenario}/contract"),
                ("releases", GATE, reviewer, BUREAU_PARTY, "/v1/releases"),
                ("stopped users", GATE, officer, operator, "/v1/stops"),
                (
                    "open demands",
                    BUREAU,
                    reviewer,
                    BUREAU_PARTY,
                    "/v1/cases/demand?state=consulted",
                ),
                ("orders", BUREAU, officer, operator, "/v1/orders"),
                ("credentials", GATE, officer, operator, "/v1/credentials"),
            ):
                if self.decided_once or name not in {"demand", "decision", "contract"}:
                    yield Call(
                        name=name, service=service, role=role, org=org, method="GET", path=path
                    )

    def keep(self, call: Call, answer: Answer, milliseconds: float) -> None:
        self.milliseconds[call.name].append(milliseconds)
        if not answer.is_success:
            self.failures[f"{call.name} {answer.status}"] += 1
        elif call.name == "decide":
            self.decided.append(json.loads(answer.body))
            self.decided_once = True


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, as far as it is looked at."""

    status: int
    body: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300  # noqa: PLR2004 - RFC 9110


class Callers:
    """Everybody's tokens, and the connections: a new one for each request, as Weir's own clients
    have. Written by hand: a client library takes 4 ms for a request, of the processors that the
    services are measured on."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._urls = {GATE: instance.gate_url, BUREAU: instance.bureau_url}
        self._tokens: dict[tuple[str, Role, str], str] = {}

    def sign_in(self, calls: list[Call]) -> None:
        told = self._instance
        for service, role, org in sorted({(one.service, one.role, one.org) for one in calls}):
            account = account_named(told.told.contracts_dir, role, org)
            secret = secret_of(told.vault, service, account)
            answer = httpx.post(f"{self._urls[service]}/v1/tokens", auth=(account, secret))
            self._tokens[service, role, org] = answer.raise_for_status().json()["access_token"]

    async def send(self, call: Call) -> Answer:
        url = urlsplit(self._urls[call.service])
        token = self._tokens[call.service, call.role, call.org]
        body = b"" if call.body is None else json.dumps(call.body, ensure_ascii=False).encode()
        head = (
            f"{call.method} {call.path} HTTP/1.1\r\nHost: {url.netloc}\r\nConnection: close\r\n"
            f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        reader, writer = await asyncio.open_connection(url.hostname, url.port)
        writer.write(head.encode() + body)
        told, _, answer = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
        return Answer(int(told.split(b" ", 2)[1]), answer)


def main(seconds: int) -> int:
    """Measure, print the table and write var/bench/decisions.json; 1 where the bound is missed."""
    bundle = load_bundle("sme-credit", ROOT / "contracts", ROOT / "policy", ROOT / "expectations")
    with running() as instance:
        callers = Callers(instance)
        foreseen = Load(bundle=bundle).calls()
        callers.sign_in([next(foreseen) for _ in range(20 * UNDER_WAY)])
        print(f"{PER_SECOND} requests a second for {seconds} s …", flush=True)
        load = asyncio.run(_loaded(callers, bundle, seconds))
    return _report(load, seconds)


async def _loaded(callers: Callers, bundle: ContractBundle, seconds: int) -> Load:
    load = Load(bundle=bundle)
    for call in load.opening():
        load.keep(call, await callers.send(call), 0.0)
    await _run(callers, load, WARM_UP_SECONDS)
    load.milliseconds.clear()
    await _run(callers, load, seconds)
    return load


async def _run(callers: Callers, load: Load, seconds: int) -> None:
    began = time.perf_counter()

    async def one(call: Call, due: float) -> None:
        answer = await callers.send(call)
        load.keep(call, answer, (time.perf_counter() - due) * 1000)

    sent, calls = [], load.calls()
    for number in range(seconds * PER_SECOND):
        due = began + number / PER_SECOND
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        sent.append(asyncio.create_task(one(next(calls), due)))
    await asyncio.gather(*sent)


def _report(load: Load, seconds: int) -> int:
    every = sorted(one for held in load.milliseconds.values() for one in held)
    p50, p99 = _quantile(every, 0.5), _quantile(every, 0.99)
    for failed, times in load.failures.items():
        print(f"unexpected: {failed}, {times} times", flush=True)
    print(f"\ndecisions: {len(every)} requests in {seconds} s")
    print(f"{'':20}{'requests':>10}{'p50 ms':>10}{'p99 ms':>10}")
    rows = {name: sorted(held) for name, held in sorted(load.milliseconds.items())}
    for name, held in (rows | {"all": every}).items():
        print(
            f"{name:20}{len(held):>10}{_quantile(held, 0.5):>10.1f}{_quantile(held, 0.99):>10.1f}"
        )
    unexpected = sum(load.failures.values())
    beyond = keep(
        {
            "name": "decisions",
            "work": f"{PER_SECOND} requests a second to bureau and gate for {seconds} s",
            "p50_ms": p50,
            "p99_ms": p99,
            "unexpected_answers": unexpected,
            "by_call": {
                name: {
                    "requests": len(held),
                    "p50_ms": _quantile(held, 0.5),
                    "p99_ms": _quantile(held, 0.99),
                }
                for name, held in rows.items()
            },
        },
        (Figure(what="decision endpoints, p99", value=p99, unit="ms", bound=BOUND_MS),),
    )
    return 1 if unexpected else beyond


def _quantile(held: list[float], share: float) -> float:
    return round(held[min(len(held) - 1, int(share * len(held)))], 1)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else SECONDS))
