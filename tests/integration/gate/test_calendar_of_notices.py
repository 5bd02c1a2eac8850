"""The gate's notices, run by the calendar from the day the regulation took effect to 2029."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import pytest
import yaml
from sqlalchemy import insert

from fakes.gate_city import GateCity
from fakes.small_city import LIBRARY, MARKET, NOW
from served_gate import DESK, WORKER, serving
from weir.clock import SHANGHAI, civil_date
from weir.contracts.calendar import add_months
from weir.crypto.sm3 import sm3_hex
from weir.evidence.audit import new_id
from weir.gate.book import case_book
from weir.gate.notices import Notices
from weir.gate.tables import decisions, reports
from weir.model import Principal, Role
from weir.policy.machines.feedback import FEEDBACK

DAY = timedelta(days=1)
FIRST, LAST = date(2024, 2, 1), date(2029, 1, 1)
TERMS = {
    "oa-1": ("2024-02-01", "2026-01-31"),
    "ua-1": ("2024-02-29", "2026-02-28"),
    "ua-2": ("2024-05-31", "2026-05-31"),
}
RENEWED = {
    "oa-2": ("2026-02-01", "2028-02-29", "oa-1"),
    "ua-3": ("2026-03-01", "2028-02-29", "ua-1"),
}
AGREED = {
    LIBRARY: datetime(2024, 3, 31, 15, 59, tzinfo=UTC),
    MARKET: datetime(2024, 6, 30, 16, tzinfo=UTC),
}
LATE_FEEDBACK, NEVER_GIVEN = "ua-1-2024q4", "ua-2-2025q2"
LATE_REPORT = "operation-2027-02"


def morning(day: date) -> datetime:
    return datetime.combine(day, time(6), SHANGHAI)


@pytest.fixture
def world(gate: GateCity) -> GateCity:
    """Two providers' scenarios, agreed to one after the other; agreements that are renewed once."""
    contracts, policy, _ = gate.city.folders
    for name, (starts_on, ends_on) in TERMS.items():
        path = contracts / "agreements" / f"{name}.yaml"
        told = yaml.safe_load(path.read_text("utf-8"))
        told |= {"starts_on": starts_on, "ends_on": ends_on}
        path.write_text(yaml.safe_dump(told, allow_unicode=True), "utf-8")
    for name, (starts_on, ends_on, model) in RENEWED.items():
        told = yaml.safe_load((contracts / "agreements" / f"{model}.yaml").read_text("utf-8"))
        told |= {"agreement": name, "starts_on": starts_on, "ends_on": ends_on}
        path = contracts / "agreements" / f"{name}.yaml"
        path.write_text(yaml.safe_dump(told, allow_unicode=True), "utf-8")
    pack = policy / "city-2026.yaml"
    pack.write_text(pack.read_text("utf-8").replace("2026-01-01", "2024-02-01"), "utf-8")
    return gate


def agree(gate: GateCity, scenario: str, at: datetime) -> None:
    with gate.engine.begin() as connection:
        connection.execute(
            insert(decisions).values(
                decision_digest=sm3_hex(scenario.encode()),
                scenario=scenario,
                contract_digest="0" * 64,
                outcome="agreed",
                decided_at=at,
                valid_until=at,
                envelope=b"{}",
                registered_at=at,
            )
        )


@dataclass
class CalendarClock:
    """Stands where a test puts it."""

    instant: datetime = NOW

    def now(self) -> datetime:
        return self.instant


def feed_back(gate: GateCity, case_id: str) -> None:
    agreement, _, quarter = case_id.rpartition("-")
    facts = {"use_agreement": agreement, "quarter": quarter, "usage": "已用", "outcomes": "无"}
    user = Principal(id="user", role=Role.DATA_USER, org="anybody")
    case_book(gate.ports).move(FEEDBACK, case_id, "give", facts, user)


def report(
    gate: GateCity, kind: str, about: str, first_day: date, until: date, *, complete: bool = True
) -> None:
    with gate.engine.begin() as connection:
        connection.execute(
            insert(reports).values(
                audit_id=new_id(gate.clock),
                kind=kind,
                about=about,
                first_day=first_day,
                until=until,
                complete=complete,
                made_at=gate.clock.now(),
            )
        )


def expected() -> dict[str, tuple[date, date]]:
    """By kind and subject the day of the notice and the last day, each written down by hand or
    counted another way than the code counts."""
    found = {
        "renewal:oa-1": (date(2025, 10, 31), date(2026, 1, 31)),
        "renewal:oa-2": (date(2027, 11, 29), date(2028, 2, 29)),
        "use_ends:ua-1": (date(2025, 11, 28), date(2026, 2, 28)),
        "use_ends:ua-2": (date(2026, 2, 28), date(2026, 5, 31)),
        "use_ends:ua-3": (date(2027, 11, 29), date(2028, 2, 29)),
    }
    ends = ["2024-03-31", "2024-06-30", "2024-09-30", "2024-12-31", "2025-03-31", "2025-06-30"]
    ends += ["2025-09-30", "2025-12-31"]
    quarters = {"ua-1": [*ends, "2026-02-28"], "ua-2": [*ends[2:], "2026-03-31", "2026-05-31"]}
    later = ["2026-03-31", "2026-06-30", "2026-09-30", "2026-12-31", "2027-03-31", "2027-06-30"]
    quarters["ua-3"] = [*later, "2027-09-30", "2027-12-31", "2028-02-29"]
    for agreement, last_days in quarters.items():
        for last in map(date.fromisoformat, last_days):
            name = f"feedback:{agreement}-{last.year}q{(last.month + 2) // 3}"
            found[name] = (last + DAY, last + 30 * DAY)
    for year in range(2024, 2029):
        for month in range(1, 13):
            if not (2024, 3) <= (year, month) <= (2028, 2):
                continue
            told = date(year + month // 12, month % 12 + 1, 1)
            span = (told, told + 9 * DAY)
            found[f"report:operation-{year}-{month:02}"] = span
            found[f"sector_report:sector-city-library-{year}-{month:02}"] = span
            if (year, month) >= (2024, 7):
                found[f"sector_report:sector-market-office-{year}-{month:02}"] = span
        if year < 2028:
            for kind in ("disclosure", "evaluation"):
                found[f"{kind}:{kind}-{year}"] = (date(year + 1, 3, 1), date(year + 1, 3, 31))
    return found


def live(gate: GateCity, day: date) -> None:
    """What people do on a day: most do what they have to on the fifth, one late, one never."""
    if day == civil_date(AGREED[LIBRARY]):
        agree(gate, LIBRARY, AGREED[LIBRARY])
    if day == civil_date(AGREED[MARKET]):
        agree(gate, MARKET, AGREED[MARKET])
    if day == date(2025, 6, 1):
        feed_back(gate, LATE_FEEDBACK)
    if day.day != 5:
        return
    start, until = add_months(day, -1).replace(day=1), day.replace(day=1)
    if f"operation-{start:%Y-%m}" != LATE_REPORT:
        report(gate, "operation", "", start, until)
    for provider in ("city-library", "market-office"):
        report(gate, "sector", provider, start, until)
    if day.month == 3:
        for kind in ("disclosure", "evaluation"):
            report(gate, kind, "", date(day.year - 1, 1, 1), date(day.year, 1, 1))


@pytest.mark.article("第十五条")
def test_each_notice_comes_exactly_once_on_its_day_until_2029(world: GateCity) -> None:
    """Every morning for five years: month ends, leap days, renewals; none early, late or twice."""
    world.clock = clock = CalendarClock()
    notices = Notices(world.ports)
    seen: dict[str, tuple[date, date]] = {}
    day, standing_on = FIRST, {}
    while day < LAST:
        clock.instant = morning(day)
        for one in notices.run():
            name = f"{one.kind}:{one.subject}"
            assert name not in seen
            assert one.due_on == day
            seen[name] = (day, one.ends_on)
            if one.kind == "feedback" and one.subject not in {LATE_FEEDBACK, NEVER_GIVEN}:
                feed_back(world, one.subject)
        live(world, day)
        if day in {date(2025, 5, 31), date(2025, 6, 2), date(2027, 4, 1)}:
            standing_on[day] = {one.subject for one in notices.standing()}
        day += DAY
    assert seen == expected()
    assert LATE_FEEDBACK in standing_on[date(2025, 5, 31)]
    assert LATE_FEEDBACK not in standing_on[date(2025, 6, 2)]
    assert standing_on[date(2027, 4, 1)] >= {NEVER_GIVEN, LATE_REPORT}
    records = world.records()
    issued = [one.target.name for one in records if one.action == "notice.issued"]
    settled = [one.target.name for one in records if one.action == "notice.settled"]
    assert len(issued) == len(expected())
    duties = {
        name.partition(":")[2] for name in expected() if not name.startswith(("renewal", "use"))
    }
    assert sorted(settled) == sorted(duties - {NEVER_GIVEN, LATE_REPORT})


def test_two_gates_tell_and_settle_a_duty_once(world: GateCity) -> None:
    """Eight at the same instant leave one record of each."""
    agree(world, LIBRARY, AGREED[LIBRARY])
    world.clock = clock = CalendarClock(morning(date(2024, 7, 1)))
    gates = [Notices(world.ports) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        told = [one for found in pool.map(Notices.run, gates) for one in found]
    # Four months, to bureau and department; two quarters of the agreement that is in use.
    assert len(told) == 4 * 2 + 2
    report(world, "operation", "", date(2024, 3, 1), date(2024, 7, 1))
    clock.instant += timedelta(hours=1)
    with ThreadPoolExecutor(8) as pool:
        assert not any(pool.map(Notices.run, gates))
    records = [one for one in world.records() if one.action == "notice.settled"]
    assert sorted(one.target.name for one in records) == [
        f"operation-2024-{month:02}" for month in (3, 4, 5, 6)
    ]
    assert {one.data["notice"] for one in records} == {"report"}


def test_a_report_made_before_its_month_was_over_fulfils_nothing(world: GateCity) -> None:
    """What it tells of is not all."""
    agree(world, LIBRARY, AGREED[LIBRARY])
    world.clock = CalendarClock(morning(date(2024, 4, 1)))
    report(world, "operation", "", date(2024, 3, 1), date(2024, 4, 1), complete=False)
    assert "operation-2024-03" in {one.subject for one in Notices(world.ports).run()}


@pytest.mark.article("第十五条")
def test_a_terminated_agreement_calls_for_no_renewal_and_no_later_feedback(
    world: GateCity,
) -> None:
    """第十五条: its last quarter ends with it, and what was owed until then still is."""
    agree(world, LIBRARY, AGREED[LIBRARY])
    for agreement in ("ua-1", "oa-1"):
        ended = world.city.termination(
            agreement=agreement,
            kind="use" if agreement == "ua-1" else "operation",
            effective_at=datetime(2024, 8, 14, 16, tzinfo=UTC),
        )
        world.terminate(ended)
    world.clock = CalendarClock(morning(date(2025, 12, 1)))
    told = {one.subject: one for one in Notices(world.ports).run()}
    assert not {"oa-1", "ua-1"} & set(told)
    assert told["ua-1-2024q3"].ends_on == date(2024, 8, 14) + 30 * DAY
    assert "ua-1-2024q4" not in told
    assert "operation-2024-08" in told
    assert "operation-2024-09" not in told


@pytest.mark.article("第十四条")
def test_a_duty_stands_on_the_desk_until_it_is_done(world: GateCity) -> None:
    """第十四条: in Chinese first, also once it is late; gone with the feedback."""
    agree(world, LIBRARY, AGREED[LIBRARY])
    world.clock = CalendarClock(morning(date(2024, 6, 1)))
    with serving(world.ports) as client:
        assert client.post("/v1/notices", auth=WORKER).status_code == 201
        page = client.get("/", auth=DESK).text
        assert "请 city-planner 于 2024-04-30 前（含当日）就 ua-1-2024q1 反馈数据使用情况" in page
        feed_back(world, "ua-1-2024q1")
        client.post("/v1/notices", auth=WORKER)
        assert "ua-1-2024q1" not in client.get("/", auth=DESK).text
