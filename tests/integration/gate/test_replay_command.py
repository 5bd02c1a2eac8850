"""`weir policy replay` over a running gate."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import update
from typer.testing import CliRunner, Result

from fakes.gate_city import GateCity
from fakes.people import account_id, secret_of
from served_gate import serving
from weir.cli.app import app
from weir.gate.tables import verdicts
from weir.model import Role
from weir.runtime import adapters

Replay = Callable[..., Result]


@pytest.fixture
def replay(gate: GateCity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Replay]:
    """The command, told as an operator's machine is."""
    key = tmp_path / "bureau.pem"
    key.write_bytes(gate.city.bureau.public.to_pem())
    contracts, policy, expectations = gate.city.folders
    with serving(gate.ports) as client:
        for name, value in {
            "GATE_URL": str(client.base_url),
            "GATE_ACCOUNT": account_id(Role.CHIEF_DATA_OFFICER),
            "GATE_SECRET": secret_of(Role.CHIEF_DATA_OFFICER),
            "BUREAU_PUBLIC_KEY": str(key),
            "CONTRACTS_DIR": str(contracts),
            "POLICY_DIR": str(policy),
            "EXPECTATIONS_DIR": str(expectations),
        }.items():
            monkeypatch.setenv(f"WEIR_{name}", value)
        adapters.settings.cache_clear()
        yield lambda *words: CliRunner().invoke(app, ["policy", "replay", *words])
    adapters.settings.cache_clear()


def test_a_days_verdicts_come_out_the_same(gate: GateCity, replay: Replay) -> None:
    """A publication and a refusal of 2026-11-23, one line each; the day before has none."""
    gate.settle(gate.request(gate.stage()))
    release = gate.publish(run_id="run-2")
    found = replay("--as-of", "2026-11-23")
    assert found.exit_code == 0, found.output
    assert f"{release.release_id}\tpublished\tsame" in found.stdout
    assert "refused decision_missing\tsame" in found.stdout
    assert "一致 same 2, 不一致 different 0, 未问 not asked 0" in found.stdout
    assert "一致 same 0" in replay("--as-of", "2026-11-22").stdout
    assert "一致 same 2" in replay("--as-of", "2026-11-01", "--until", "2026-11-30").stdout


def test_a_verdict_that_was_tampered_with_exits_one(gate: GateCity, replay: Replay) -> None:
    """And both answers are printed."""
    gate.settle(gate.request(gate.stage()))
    with gate.engine.begin() as connection:
        connection.execute(update(verdicts).values(reasons=[]))
    found = replay("--as-of", "2026-11-23")
    assert found.exit_code == 1
    assert "different: 可 yes → decision_missing" in found.stdout


def test_another_pack_lists_its_numbers_and_what_they_change(
    gate: GateCity, replay: Replay
) -> None:
    """A difference is the answer here, and no failure."""
    gate.publish()
    _, policy, _ = gate.city.folders
    text = (policy / "city-2026.yaml").read_text("utf-8")
    text = text.replace("city-2026", "invented").replace(
        "effective_until: null", "effective_until: 2026-11-23"
    )
    (policy / "invented.yaml").write_text(text, "utf-8")
    found = replay("--as-of", "2026-11-23", "--pack", "invented")
    assert found.exit_code == 0, found.output
    assert "effective_until: … → 2026-11-23" in found.stdout
    assert "different: 可 yes → policy_lapsed" in found.stdout


def test_a_contract_that_is_gone_is_replayed_all_the_same(gate: GateCity, replay: Replay) -> None:
    """The gate kept what it was, and asks no file for it."""
    gate.publish()
    contracts, _, _ = gate.city.folders
    shutil.rmtree(contracts / "scenarios")
    (contracts / "scenarios").mkdir()
    assert "一致 same 1" in replay("--as-of", "2026-11-23").stdout


def test_a_period_that_ends_before_it_begins_is_refused(replay: Replay) -> None:
    """Nothing is asked."""
    found = replay("--as-of", "2026-11-23", "--until", "2026-11-22")
    assert getattr(found.exception, "code", "") == "period_reversed"
