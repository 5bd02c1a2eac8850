"""Bureau, gate and command line together: decided, edited, decided again, taken back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from sqlalchemy import create_engine
from typer.testing import CliRunner

from bureau_server import BureauServer
from fakes.gate_city import GateCity
from fakes.people import UNBOUND, account_id, everybody, secret_of
from fakes.small_city import LIBRARY
from weir.bureau.migrate import migrate
from weir.cli.app import app
from weir.contracts.catalogue import load_catalogue
from weir.contracts.loader import load_bundle
from weir.errors import RefusedError
from weir.gate.app import create_gate
from weir.model import Role
from weir.policy.decision import decision_digest, open_decision
from weir.policy.standing import may_run
from weir.runtime import adapters


@contextmanager
def serving(gate: GateCity) -> Iterator[str]:
    served = create_gate(gate.ports, everybody(), limits=UNBOUND, interval_seconds=0.2)
    server = uvicorn.Server(uvicorn.Config(served, port=0, log_level="critical"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)


@pytest.fixture
def bureau(gate: GateCity, make_postgres_database: Callable[[], str]) -> Iterator[BureauServer]:
    """The bureau whose key this gate has pinned, with the city's own catalogue."""
    engine = create_engine(make_postgres_database())
    migrate(engine)
    server = BureauServer(
        engine=engine,
        key=gate.city.bureau,
        clock=gate.clock,
        catalogue=load_catalogue(gate.city.folders[0]),
    )
    server.start()
    yield server
    server.stop()
    engine.dispose()


@pytest.fixture
def weir(
    gate: GateCity, bureau: BureauServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., str]]:
    """The command line as the bureau's director types it beside a running gate."""
    contracts, policy, expectations = gate.city.folders
    key = gate.city.root / "bureau.pem"
    key.write_bytes(gate.city.bureau.public.to_pem())
    with serving(gate) as gate_url:
        for name, value in {
            "GATE_URL": gate_url,
            "BUREAU_URL": bureau.url,
            "BUREAU_ACCOUNT": account_id(Role.BUREAU_DIRECTOR),
            "BUREAU_SECRET": secret_of(Role.BUREAU_DIRECTOR),
            "GATE_ACCOUNT": account_id(Role.BUREAU_DIRECTOR),
            "GATE_SECRET": secret_of(Role.BUREAU_DIRECTOR),
            "CONTRACTS_DIR": contracts,
            "POLICY_DIR": policy,
            "EXPECTATIONS_DIR": expectations,
            "BUREAU_PUBLIC_KEY": key,
        }.items():
            monkeypatch.setenv(f"WEIR_{name}", str(value))
        adapters.settings.cache_clear()

        def typed(*words: str) -> str:
            done = CliRunner().invoke(app, words)
            if done.exception is not None and not isinstance(done.exception, SystemExit):
                raise done.exception
            assert done.exit_code == 0, done.output
            return done.output

        yield typed
    adapters.settings.cache_clear()


def reasons(gate: GateCity) -> list[str]:
    """Why the scenario may not run now, by what the gate holds."""
    plan = gate.city.plan()
    verdict = may_run(
        plan,
        gate.standings.standing(LIBRARY, plan.contract_digest),
        bureau_key=gate.city.bureau.public,
        as_of=gate.clock.now(),
        acknowledge_lapsed=False,
    )
    return [one.code for one in verdict.reasons]


def test_a_contract_runs_from_its_decision_until_it_is_edited_or_taken_back(
    gate: GateCity, bureau: BureauServer, weir: Callable[..., str]
) -> None:
    """Each decision by a demand of its own; the gate hears of it by the same command."""
    assert reasons(gate) == ["decision_missing"]
    first = bureau.pursue(load_bundle(LIBRARY, *gate.city.folders))
    assert weir("decide", LIBRARY, "--reason", "符合").splitlines()[-1].split() == [
        first,
        gate.city.plan().contract_digest,
    ]
    assert reasons(gate) == []
    with gate.city.edited(LIBRARY, title="客流统计（新版）"):
        assert reasons(gate) == ["decision_for_other_digest"]
        assert "客流统计（新版）" in weir("contracts", "diff", LIBRARY)
        with pytest.raises(RefusedError, match="demand_missing"):
            weir("decide", LIBRARY)
        bureau.pursue(load_bundle(LIBRARY, *gate.city.folders))
        weir("decide", LIBRARY)
        assert reasons(gate) == []
        notice = ("--ground", "用途已变", "--article", "第十五条", "--notice", "数管函2026-12")
        weir("revoke", LIBRARY, *notice)
        assert reasons(gate) == ["decision_revoked"]
        with pytest.raises(RefusedError, match="decision_revoked"):
            weir("revoke", LIBRARY, *notice)
        bureau.pursue(load_bundle(LIBRARY, *gate.city.folders))
        weir("decide", LIBRARY)
        assert reasons(gate) == []
    assert reasons(gate) == []


def test_what_the_gate_was_not_told_it_learns_by_registering(
    gate: GateCity, bureau: BureauServer, weir: Callable[..., str]
) -> None:
    """A decision and its revocation that were signed while the gate was away."""
    bundle = load_bundle(LIBRARY, *gate.city.folders)
    decision = bureau.decide(bundle)
    assert reasons(gate) == ["decision_missing"]
    weir("register", LIBRARY)
    assert reasons(gate) == []
    digest = decision_digest(open_decision(decision, gate.city.bureau.public))
    with bureau.client() as client:
        client.revoke(LIBRARY, digest, ground="用途已变", article="第十五条", notice="函1")
    weir("register", LIBRARY)
    weir("register", LIBRARY)
    assert reasons(gate) == ["decision_revoked"]
