"""The bureau's desk says that a policy pack has lapsed, and which notices were issued."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from bureau_server import BureauServer
from fakes.successor_pack import SUCCESSOR, with_successor
from weir.clock import SHANGHAI, FixedClock
from weir.evidence.actions import Action
from weir.evidence.audit import Initiator, Legal, Target, new_record, to_bytes

MIDNIGHT = datetime(2026, 2, 1, tzinfo=SHANGHAI)


def at(bureau: BureauServer, instant: datetime, policy: Path | None = None) -> None:
    """Start the bureau again at another time."""
    bureau.stop()
    bureau.clock = FixedClock(instant)
    if policy is not None:
        bureau.policy_dir = policy
    bureau.start()


@pytest.mark.parametrize(
    ("instant", "lapsed"), [(MIDNIGHT - timedelta(seconds=1), False), (MIDNIGHT, True)]
)
def test_a_lapsed_pack_is_a_banner_on_the_front_page(
    bureau: BureauServer, desk: httpx.Client, instant: datetime, *, lapsed: bool
) -> None:
    """From midnight in Shanghai on (第二十四条)."""
    at(bureau, instant)
    page = desk.get("/").text
    assert ("LAPSED: policy pack suining-2024 is out of force since 2026-02-01" in page) is lapsed
    assert ("政策参数包 suining-2024 已于 2026-02-01 到期失效" in page) is lapsed


def test_under_a_successor_there_is_no_banner(
    bureau: BureauServer, desk: httpx.Client, tmp_path: Path
) -> None:
    """Until that one lapses in its turn."""
    _, policy, _ = with_successor(tmp_path)
    at(bureau, datetime(2026, 11, 23, tzinfo=UTC), policy)
    assert "LAPSED" not in desk.get("/").text
    at(bureau, datetime(2028, 2, 1, tzinfo=SHANGHAI))
    assert f"LAPSED: policy pack {SUCCESSOR}" in desk.get("/").text


def test_a_missing_pack_is_said_too(
    bureau: BureauServer, desk: httpx.Client, tmp_path: Path
) -> None:
    """A desk without any numbers to go by is not silent about it."""
    at(bureau, datetime(2026, 11, 23, tzinfo=UTC), tmp_path)
    page = desk.get("/")
    assert page.status_code == 200
    assert "policy_missing" in page.text


def test_notices_are_shown_from_their_records_until_they_end(
    bureau: BureauServer, desk: httpx.Client
) -> None:
    """The first to end first, each with a link to its record."""
    issued = datetime(2027, 11, 29, 1, tzinfo=UTC)
    records = [
        new_record(
            FixedClock(issued),
            Action.NOTICE_ISSUED,
            initiator=Initiator(type="service", id="weir-gate", role="operator"),
            target=Target(kind="notice", name=subject),
            service="gate",
            legal=Legal(article="第十五条"),
            data={
                "notice": "renewal",
                "addressee": "city-operator",
                "due_on": "2027-11-29",
                "ends_on": ends_on,
            },
        )
        for subject, ends_on in (("oa-later", "2028-03-31"), ("oa-first", "2028-02-29"))
    ]
    with bureau.receiver() as receiver:
        receiver.receive("audit", [to_bytes(record) for record in records])
    at(bureau, issued)
    page = desk.get("/").text
    assert page.index("oa-first") < page.index("oa-later")
    assert "重新申请运营资格" in page
    assert f"/records/{records[0].id}" in page
    at(bureau, datetime(2028, 3, 1, tzinfo=SHANGHAI))
    page = desk.get("/").text
    assert "2028-02-29" not in page
    assert "oa-later" in page


def test_a_drill_that_failed_or_is_too_long_ago_stands_out(
    bureau: BureauServer, desk: httpx.Client
) -> None:
    """The last one counts; a bureau that never heard of one is not told it is late."""
    held = datetime(2026, 11, 23, 1, tzinfo=UTC)
    at(bureau, held)
    assert "演练" not in desk.get("/").text

    def tell(passed: int, when: datetime) -> None:
        record = new_record(
            FixedClock(when),
            Action.DRILL_COMPLETED,
            initiator=Initiator(type="service", id="weir-worker", role="worker"),
            target=Target(kind="drill", name="a-drill"),
            service="gate",
            legal=Legal(article="第十六条"),
            data={"milliseconds": 2500, "bound_seconds": 2, "reads": 9, "passed": passed},
        )
        with bureau.receiver() as receiver:
            receiver.receive("audit", [to_bytes(record)])

    tell(0, held)
    assert "最近一次收回演练超限" in desk.get("/").text
    tell(1, held)
    assert "演练超限" not in desk.get("/").text
    at(bureau, datetime(2026, 12, 1, 15, 59, tzinfo=UTC))
    assert "未演练收回" not in desk.get("/").text
    at(bureau, datetime(2026, 12, 1, 16, 0, tzinfo=UTC))
    assert "已超过 7 日未演练收回" in desk.get("/").text


def test_a_duty_stands_as_overdue_until_its_settling_has_arrived(
    bureau: BureauServer, desk: httpx.Client
) -> None:
    """In whatever order records arrive; one that was settled is gone, the other stays."""

    def told(action: Action, subject: str, when: datetime) -> bytes:
        return to_bytes(
            new_record(
                FixedClock(when),
                action,
                initiator=Initiator(type="service", id="weir-gate", role="operator"),
                target=Target(kind="notice", name=subject),
                service="gate",
                legal=Legal(article="第十四条"),
                data={
                    "notice": "feedback",
                    "addressee": "city-planner",
                    "due_on": "2026-10-01",
                    "ends_on": "2026-10-30",
                },
            )
        )

    first, later = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)
    at(bureau, datetime(2026, 11, 3, tzinfo=UTC))
    with bureau.receiver() as receiver:
        receiver.receive("audit", [told(Action.NOTICE_SETTLED, "ua-1-2026q3", later)])
        receiver.receive(
            "audit",
            [told(Action.NOTICE_ISSUED, name, first) for name in ("ua-1-2026q3", "ua-2-2026q3")],
        )
    page = desk.get("/").text.split('id="notices"')[1]
    assert "ua-2-2026q3" in page
    assert "反馈使用情况" in page
    assert "已逾期" in page
    assert "ua-1-2026q3" not in page.split("</table>")[0]
