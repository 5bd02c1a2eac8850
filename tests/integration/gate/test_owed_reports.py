"""The schedule makes each report that a notice stands for, and the notice is settled by it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import yaml
from sqlalchemy import insert

from bureau_server import BureauServer
from fakes.gate_city import GateCity
from fakes.memory_store import MemoryStore
from fakes.people import account_id, secret_of
from fakes.small_city import LIBRARY
from weir.clock import SHANGHAI, FixedClock
from weir.crypto.sm3 import sm3_hex
from weir.errors import UnavailableError
from weir.gate.notices import Notices
from weir.gate.tables import decisions
from weir.model import Role
from weir.policy.reporting import REPORTS
from weir.runtime import adapters, reports
from weir.storage.objects import REPORTS as REPORTS_BUCKET

AGREED = datetime(2026, 12, 15, tzinfo=UTC)
TODAY = FixedClock(datetime(2027, 3, 2, 6, tzinfo=SHANGHAI))
MONTHS = ("20261201-20270101", "20270101-20270201", "20270201-20270301")


@pytest.fixture(autouse=True)
def _today(gate: GateCity) -> None:
    """The bureau has agreed in December, and it is March."""
    gate.clock = TODAY
    with gate.engine.begin() as connection:
        connection.execute(
            insert(decisions).values(
                decision_digest=sm3_hex(b"decision"),
                scenario=LIBRARY,
                contract_digest="0" * 64,
                outcome="agreed",
                decided_at=AGREED,
                valid_until=AGREED,
                envelope=b"{}",
                registered_at=AGREED,
            )
        )


@pytest.fixture
def make_owed(
    weir: Callable[..., str],
    gate: GateCity,
    memory: MemoryStore,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[], list[str]]:
    """What the task of the DAG upkeep does; it gives the names of the reports."""
    del weir  # its settings have to be there first
    memory.ensure_bucket(REPORTS_BUCKET)
    dsn = gate.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("WEIR_REPORT_DSN", dsn)
    monkeypatch.setenv("WEIR_GATE_ACCOUNT", account_id(Role.WORKER))
    monkeypatch.setenv("WEIR_GATE_SECRET", secret_of(Role.WORKER))
    monkeypatch.setenv("WEIR_BUREAU_ACCOUNT", account_id(Role.DELIVERER))
    monkeypatch.setenv("WEIR_BUREAU_SECRET", secret_of(Role.DELIVERER))
    monkeypatch.setattr(reports, "object_store", lambda: memory)
    monkeypatch.setattr(reports, "SystemClock", lambda: TODAY)
    adapters.settings.cache_clear()

    def made() -> list[str]:
        keys = reports.make_owed()
        assert all(memory.get_bytes(REPORTS_BUCKET, key) for key in keys)
        return [key.split("/")[1] for key in keys]

    return made


def standing(gate: GateCity) -> set[str]:
    return {one.subject for one in Notices(gate.ports).standing(REPORTS)}


@pytest.mark.article("第十四条", "第十六条", "第二十条")
def test_every_report_that_is_owed_is_made_once(
    gate: GateCity, make_owed: Callable[[], list[str]]
) -> None:
    """However many months nobody looked: each month for the bureau and for the department, the
    list and the pack of the year; their notices are settled."""
    assert sorted(make_owed()) == sorted(
        [
            *(f"operation-{month}" for month in MONTHS),
            *(f"sector-city-library-{month}" for month in MONTHS),
            "disclosure-20260101-20270101",
            "evaluation-20260101-20270101",
        ]
    )
    assert standing(gate) == set()
    assert make_owed() == []
    records = gate.records()
    made = [one for one in records if one.action == "report.made"]
    assert len(made) == 2 * len(MONTHS) + 2
    assert {one.initiator.type for one in made} == {"schedule"}
    assert len([one for one in records if one.action == "notice.settled"]) == len(made)


def test_what_two_operators_owe_of_a_month_is_made_once(
    gate: GateCity, make_owed: Callable[[], list[str]]
) -> None:
    """A report tells of the whole platform: it settles the notice of either."""
    folder = gate.city.folders[0] / "agreements"
    told = yaml.safe_load((folder / "oa-1.yaml").read_text("utf-8"))
    told |= {"agreement": "oa-2", "operator": "another-operator"}
    (folder / "oa-2.yaml").write_text(yaml.safe_dump(told, allow_unicode=True), "utf-8")
    made = make_owed()
    assert len(made) == len(set(made)) == 2 * len(MONTHS) + 2
    assert standing(gate) == set()
    settled = [one for one in gate.records() if one.action == "notice.settled"]
    assert len(settled) == 2 * len(made)


def test_without_the_bureau_everything_but_the_pack_is_made(
    gate: GateCity, bureau: BureauServer, make_owed: Callable[[], list[str]]
) -> None:
    """A pack without ratings must not look like one that nobody rated: its notice stands."""
    bureau.stop()
    with pytest.raises(UnavailableError):
        make_owed()
    assert len([one for one in gate.records() if one.action == "report.made"]) == 7
    Notices(gate.ports).run()
    assert standing(gate) == {"evaluation-2026"}


def test_a_department_whose_data_no_contract_uses_any_more_is_left_to_a_person(
    gate: GateCity, make_owed: Callable[[], list[str]]
) -> None:
    """It holds up no other report, and its notices stand."""
    Notices(gate.ports).run()
    (gate.city.folders[0] / "scenarios" / f"{LIBRARY}.yaml").unlink()
    assert sorted(make_owed()) == sorted(
        [
            *(f"operation-{month}" for month in MONTHS),
            "disclosure-20260101-20270101",
            "evaluation-20260101-20270101",
        ]
    )
    assert len(standing(gate)) == len(MONTHS)
