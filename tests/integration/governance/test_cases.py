"""The case book on a real PostgreSQL: moves, their records, races and outages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, MetaData, create_engine, select

from weir.clock import FixedClock
from weir.contracts.packs import pack_in_force
from weir.errors import AuthorisationError, IntegrityError, StoreUnavailableError
from weir.evidence.audit import AuditRecord, from_bytes
from weir.evidence.outbox import append
from weir.evidence.tables import create_all, outbox
from weir.governance.cases import Case, CaseBook
from weir.governance.tables import case_tables
from weir.model import Principal, Role
from weir.policy.machines.demand import DEMAND
from weir.settings import ROOT

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
DRAFT = {
    "scenario": "sme-credit",
    "purpose": "信贷风险评估",
    "content": ["electricity-bills"],
    "providers": ["power-company"],
    "mode": "bucket",
    "authorised": True,
    "contract_digest": "0" * 64,
}
ENGINEER = Principal(id="li", role=Role.OPERATOR_ENGINEER, org="suining-data-operator")
OFFICER = Principal(id="wang", role=Role.CHIEF_DATA_OFFICER, org="suining-data-operator")


@pytest.fixture
def book(make_postgres_database: Callable[[], str]) -> Iterator[CaseBook]:
    engine = create_engine(make_postgres_database())
    metadata = MetaData()
    tables = case_tables(metadata)
    with engine.begin() as connection:
        create_all(connection)
        metadata.create_all(connection)
    yield CaseBook(
        engine=engine,
        database="test",
        tables=tables,
        clock=FixedClock(NOW),
        service="test",
        key_id="k",
        keep=append,
        pack=partial(pack_in_force, ROOT / "policy"),
    )
    engine.dispose()


def records(engine: Engine) -> list[AuditRecord]:
    with engine.begin() as connection:
        bodies = connection.scalars(select(outbox.c.body).order_by(outbox.c.seq))
        return [from_bytes(body) for body in bodies]


def test_a_move_commits_with_its_record(book: CaseBook) -> None:
    """Who, what, on which ground; the case reads back as it was made."""
    made = book.move(DEMAND, "d-1", "draft", DRAFT, ENGINEER)
    assert made == book.find("demand", "d-1")
    assert (made.state, made.facts["mode"], made.history[0].by) == ("drafted", "bucket", ENGINEER)
    (record,) = records(book.engine)
    assert (record.action, record.outcome, record.initiator.id) == (
        "demand.drafted",
        "success",
        "li",
    )
    assert (record.legal.article, record.legal.scenario) == ("第十二条", "sme-credit")


def test_a_move_out_of_order_changes_nothing_and_is_kept_as_an_attempt(book: CaseBook) -> None:
    """The refusal says what the case may do now."""
    book.move(DEMAND, "d-1", "draft", DRAFT, ENGINEER)
    with pytest.raises(AuthorisationError) as refusal:
        book.move(DEMAND, "d-1", "submit", {}, OFFICER)
    assert (refusal.value.code, refusal.value.article) == ("move_out_of_order", "第十三条")
    assert "screen" in refusal.value.remedy
    held = book.find("demand", "d-1")
    assert held is not None
    assert held.state == "drafted"
    attempt = records(book.engine)[-1]
    assert (attempt.outcome, attempt.reason_code) == ("refused", "move_out_of_order")


def test_an_effect_that_fails_takes_the_move_back(book: CaseBook) -> None:
    """State, effect and record are one."""

    def fail(connection: Any, case: Case, by: Principal) -> None:
        del connection, case, by
        raise IntegrityError("effect_refused", "no")

    with pytest.raises(IntegrityError):
        book.move(DEMAND, "d-1", "draft", DRAFT, ENGINEER, fail)
    assert book.find("demand", "d-1") is None
    assert [record.outcome for record in records(book.engine)] == ["refused"]


def test_of_racing_moves_one_is_made(book: CaseBook) -> None:
    """Each is judged by what it finds when its turn comes."""
    book.move(DEMAND, "d-1", "draft", DRAFT, ENGINEER)

    def screen(number: int) -> str:
        try:
            book.move(DEMAND, "d-1", "screen", {"finding": f"意见 {number}"}, OFFICER)
        except AuthorisationError as error:
            return error.code
        return "made"

    with ThreadPoolExecutor(8) as pool:
        ends = list(pool.map(screen, range(8)))
    assert sorted(ends) == ["made", *["move_out_of_order"] * 7]
    assert len(records(book.engine)) == 9


def test_a_clock_that_went_back_moves_nothing(book: CaseBook) -> None:
    """History stays in order."""
    book.move(DEMAND, "d-1", "draft", DRAFT, ENGINEER)
    earlier = replace(book, clock=FixedClock(NOW - timedelta(seconds=1)))
    with pytest.raises(AuthorisationError) as refusal:
        earlier.move(DEMAND, "d-1", "screen", {"finding": "可行"}, OFFICER)
    assert refusal.value.code == "clock_behind"


def test_cases_are_listed_by_state_the_last_changed_first(book: CaseBook) -> None:
    """What waits for whom is one question."""
    for number in range(3):
        later = replace(book, clock=FixedClock(NOW + timedelta(minutes=number)))
        later.move(DEMAND, f"d-{number}", "draft", DRAFT, ENGINEER)
    after = replace(book, clock=FixedClock(NOW + timedelta(hours=1)))
    after.move(DEMAND, "d-1", "screen", {"finding": "可行"}, OFFICER)
    assert [one.case_id for one in book.listed("demand")] == ["d-1", "d-2", "d-0"]
    assert [one.case_id for one in book.listed("demand", "drafted")] == ["d-2", "d-0"]


def test_a_database_that_is_away_is_an_outage(book: CaseBook) -> None:
    """The same move may be made later."""
    away = replace(book, engine=create_engine("postgresql+psycopg2://x@127.0.0.1:1/none"))
    with pytest.raises(StoreUnavailableError):
        away.move(DEMAND, "d-1", "draft", DRAFT, ENGINEER)
