"""What the desk says of a run follows the gate's word on its releases, the strongest first."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from bureau_server import BureauServer
from weir.clock import FixedClock
from weir.evidence.actions import Action
from weir.evidence.audit import AuditRecord, Initiator, Legal, Target, new_record, to_bytes

NIGHT = datetime(2026, 11, 22, 17, 30, tzinfo=UTC)
SCENARIO = Target(kind="scenario", name="firm-credit")
RUN = {"scenario": "firm-credit", "run": "run-good"}


@pytest.fixture(autouse=True)
def _morning(bureau: BureauServer) -> None:
    """It is the morning after."""
    bureau.stop()
    bureau.clock = FixedClock(NIGHT + timedelta(hours=7))
    bureau.start()


def made(action: Action, minutes: int, **changes: Any) -> AuditRecord:
    values: dict[str, Any] = {
        "initiator": Initiator(type="service", id="weir-worker", role="operator"),
        "target": SCENARIO,
        "service": "worker",
        "legal": Legal(scenario="firm-credit"),
        "run_id": "run-good",
    }
    return new_record(FixedClock(NIGHT + timedelta(minutes=minutes)), action, **(values | changes))


def gates(action: Action, minutes: int, release: str = "rel-9", **changes: Any) -> AuditRecord:
    """The gate's word on what it did with a release."""
    values: dict[str, Any] = {
        "phase": "outcome",
        "target": Target(kind="release", name="firm-credit", version=release),
        "service": "gate",
        "data": {"release_id": release},
    }
    return made(action, minutes, **(values | changes))


def refused_by(code: str) -> dict[str, Any]:
    return {"outcome": "refused", "reason_code": code}


def send(bureau: BureauServer, *records: AuditRecord) -> None:
    with bureau.receiver() as receiver:
        receipts = receiver.receive("audit", [to_bytes(record) for record in records])
    assert {receipt.outcome for receipt in receipts} == {"accepted"}


def words(page: str) -> str:
    """The page as a reader sees it."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def test_a_run_published_after_a_refusal_is_shown_as_published(
    bureau: BureauServer, desk: httpx.Client
) -> None:
    """Front page, scenario and run go by the gate's publication; the refusal is a record."""
    send(
        bureau,
        gates(Action.RELEASE_REFUSED, 1, **refused_by("suspended")),
        made(Action.RUN_REFUSED, 2, **refused_by("suspended")),
        gates(Action.RELEASE_PUBLISHED, 30),
    )
    front = desk.get("/").text
    run = words(desk.get("/run", params=RUN).text)
    assert 'id="troubles"' not in front
    assert "已发布 released" in run
    assert 'class="notice bad"' not in run
    with bureau.client() as client:
        totals = client.totals().scenarios["firm-credit"]
    assert (totals.releases, totals.refusals) == (1, 0)


def test_a_refused_request_that_names_a_good_run_takes_nothing_from_it(
    bureau: BureauServer, desk: httpx.Client
) -> None:
    """Neither a request turned away at the door nor another manifest of the run that was refused
    changes what is shown; both are records."""
    send(
        bureau,
        gates(Action.RELEASE_PUBLISHED, 22),
        made(Action.ACCESS_REFUSED, 40, service="gate", **refused_by("staging_foreign")),
        gates(Action.RELEASE_REFUSED, 41, "rel-10", **refused_by("digest_mismatch")),
    )
    assert 'id="troubles"' not in desk.get("/").text
    run = words(desk.get("/run", params=RUN).text)
    assert "已发布 released" in run
    assert "staging_foreign" not in run
    assert "staging_foreign" in desk.get("/records").text


def test_a_refused_request_makes_no_run(bureau: BureauServer, desk: httpx.Client) -> None:
    """A run of which nothing else was heard does not come to be by being named."""
    attempt = made(Action.ACCESS_REFUSED, 1, service="gate", **refused_by("staging_foreign"))
    send(bureau, attempt)
    gone = desk.get("/run", params=RUN)
    assert gone.status_code == 404
    assert 'id="troubles"' not in desk.get("/").text


def test_a_delisted_release_is_shown_as_delisted(bureau: BureauServer, desk: httpx.Client) -> None:
    """Once the gate tells that nothing is left to consumers, and not while it only means to."""
    send(bureau, gates(Action.RELEASE_PUBLISHED, 22))
    send(bureau, gates(Action.RELEASE_DELISTED, 50, phase="intent", outcome="unknown"))
    assert "已下架" not in words(desk.get("/run", params=RUN).text)
    send(bureau, gates(Action.RELEASE_DELISTED, 51))
    assert "已下架 delisted" in words(desk.get("/run", params=RUN).text)
    assert "已下架 delisted" in words(desk.get("/scenarios/firm-credit").text)


def test_a_publication_that_only_a_worker_tells_of_is_none(
    bureau: BureauServer, desk: httpx.Client
) -> None:
    """A refused run stays refused: the gate has said nothing else."""
    send(bureau, made(Action.QUALITY_CHECKED, 20, **refused_by("quality_unchecked")))
    send(bureau, gates(Action.RELEASE_PUBLISHED, 30, service="worker"))
    run = words(desk.get("/run", params=RUN).text)
    assert "拒绝 refused" in run
    assert "数据未经质量检查 quality_unchecked" in run
