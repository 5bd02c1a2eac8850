"""The desk links the operator's reports, and shows none but those that were told of."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from bureau_server import BureauServer
from fakes.report_books import MADE_AT, busy_books
from weir.clock import FixedClock
from weir.crypto.sm3 import sm3_hex
from weir.evidence.actions import Action
from weir.evidence.audit import AuditRecord, Initiator, Legal, Target, new_record, to_bytes
from weir.gate.reports.keep import made
from weir.gate.reports.periodic import operation_report
from weir.storage.objects import REPORTS

ONE = made(operation_report(busy_books()))
TWIN = ONE.key.replace(".html", ".json")


def told(**changes: Any) -> AuditRecord:
    data = {
        "kind": "operation",
        "report": ONE.key,
        "sm3": sm3_hex(ONE.json),
        "html_sm3": sm3_hex(ONE.html),
        "first_day": "2026-11-01",
        "until": "2026-12-01",
    }
    return new_record(
        FixedClock(MADE_AT),
        Action.REPORT_MADE,
        initiator=Initiator(type="schedule", id="weir-reports", role="operator"),
        target=Target(kind="report", name=ONE.name),
        service="reports",
        legal=Legal(article="第十四条"),
        data=data | changes,
    )


@pytest.fixture
def kept(bureau: BureauServer) -> BureauServer:
    """Both forms lie in the reports bucket."""
    bureau.reports.put_bytes(REPORTS, ONE.key, ONE.html)
    bureau.reports.put_bytes(REPORTS, TWIN, ONE.json)
    return bureau


def send(bureau: BureauServer, record: AuditRecord) -> None:
    with bureau.receiver() as receiver:
        (receipt,) = receiver.receive("audit", [to_bytes(record)])
    assert receipt.outcome == "accepted"


@pytest.mark.article("第十四条")
def test_the_desk_links_a_report_and_hands_it_on(kept: BureauServer, desk: httpx.Client) -> None:
    """In Chinese, with its period; the page comes in a sandbox."""
    send(kept, told())
    front = desk.get("/").text
    assert "运营情况报告" in front
    assert f'href="/reports/{ONE.key}"' in front
    assert "2026-11-01 至 2026-12-01" in front
    page = desk.get(f"/reports/{ONE.key}")
    assert (page.status_code, page.content) == (200, ONE.html)
    assert "sandbox" in page.headers["Content-Security-Policy"]
    assert desk.get(f"/reports/{TWIN}").content == ONE.json


@pytest.mark.parametrize(
    "key", [ONE.key, TWIN, "operation_reports/x/y.html", "operation_reports/x.html"]
)
def test_a_report_of_which_nothing_was_told_is_not_shown(
    kept: BureauServer, desk: httpx.Client, key: str
) -> None:
    """Though it lies in the store."""
    kept.reports.put_bytes(REPORTS, "operation_reports/x/y.html", b"page")
    assert desk.get(f"/reports/{key}").status_code == 404


@pytest.mark.parametrize("key", [ONE.key, TWIN])
def test_a_report_that_was_changed_afterwards_is_not_shown(
    kept: BureauServer, desk: httpx.Client, key: str
) -> None:
    """Its SM3 is the one that the record gives, or it is another report."""
    send(kept, told())
    kept.reports.put_bytes(REPORTS, key, b"everything went well")
    answer = desk.get(f"/reports/{key}")
    assert answer.status_code == 409
    assert answer.json()["code"] == "report_changed"


def test_a_record_that_names_a_foreign_key_opens_nothing(
    kept: BureauServer, desk: httpx.Client
) -> None:
    """Keys outside the reports' own place stay what they were: unknown."""
    kept.reports.put_bytes(REPORTS, "secret/run/page.html", b"page")
    send(kept, told(report="secret/run/page.html", html_sm3=sm3_hex(b"page")))
    assert desk.get("/reports/secret/run/page.html").status_code == 404
