"""Notices are issued by the gate, each once, with a record, and stand on its desk."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from fakes.gate_city import GateCity, TickingClock
from fakes.small_city import NOW
from served_gate import DESK, OPERATOR, WORKER, serving
from weir.clock import SHANGHAI, FixedClock
from weir.gate.credentials import Credentials
from weir.gate.reconcile import Reconciler


@pytest.fixture(autouse=True)
def _term(gate: GateCity) -> None:
    """The city's pack lapses when its agreements end."""
    _, policy, _ = gate.city.folders
    path = policy / "city-2026.yaml"
    endless = path.read_text("utf-8")
    path.write_text(endless.replace("effective_until: null", "effective_until: 2028-03-01"))


@pytest.fixture
def client(gate: GateCity) -> Iterator[httpx.Client]:
    """A gate on the day on which the city's agreements have three months to go."""
    gate.clock = FixedClock(datetime(2027, 11, 29, tzinfo=SHANGHAI))
    with serving(gate.ports) as client:
        yield client


def issued(client: httpx.Client) -> list[str]:
    answer = client.post("/v1/notices", auth=WORKER)
    assert answer.status_code == 201
    return [one["kind"] for one in answer.json()]


def test_each_notice_is_issued_once_with_its_record(gate: GateCity, client: httpx.Client) -> None:
    """However often it is asked for."""
    first = issued(client)
    assert sorted(set(first)) == ["policy_ends", "renewal", "use_ends"]
    assert issued(client) == []
    records = [one for one in gate.records() if one.action == "notice.issued"]
    assert len(records) == len(first)
    renewal = next(one for one in records if one.data["notice"] == "renewal")
    assert (renewal.target.name, renewal.legal.article) == ("oa-1", "assumption")
    assert renewal.data["ends_on"] == "2028-02-29"


def test_asked_at_once_a_notice_is_issued_once(gate: GateCity, client: httpx.Client) -> None:
    """Eight upkeep tasks leave one record for each."""
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: issued(client), range(8)))
    records = [one for one in gate.records() if one.action == "notice.issued"]
    assert sum(map(len, found)) == len(records) == len({one.target.name for one in records})


def test_before_it_is_due_nothing_is_issued(gate: GateCity) -> None:
    """Fifteen months before the end there is nothing to say."""
    gate.clock = FixedClock(NOW)
    with serving(gate.ports) as client:
        assert issued(client) == []


def test_notices_stand_on_the_desk_until_their_end(gate: GateCity, client: httpx.Client) -> None:
    """In Chinese and English, with the article; afterwards they are gone from it."""
    issued(client)
    page = client.get("/", auth=DESK).text
    assert "授权运营协议 oa-1 将于 2028-02-29 期满" in page
    assert "apply to the bureau anew" in page
    told = client.get("/v1/notices", auth=OPERATOR).json()
    assert "oa-1" in {one["subject"] for one in told}
    gate.clock = FixedClock(datetime(2028, 3, 1, tzinfo=SHANGHAI))
    with serving(gate.ports) as later:
        assert "oa-1 将于" not in later.get("/", auth=DESK).text


def test_a_stranger_issues_and_reads_no_notice(client: httpx.Client) -> None:
    """A worker may have them issued, and reads none but those that ask for a report."""
    told = client.get("/v1/notices/reports", auth=WORKER)
    assert (told.status_code, told.json()) == (200, [])
    assert client.get("/v1/notices/reports").status_code == 401
    assert client.post("/v1/notices").status_code == 401
    assert client.get("/v1/notices").status_code == 401
    assert client.get("/v1/notices", auth=WORKER).status_code == 403


def test_an_agreement_that_cannot_be_read_stops_the_notices(
    gate: GateCity, client: httpx.Client
) -> None:
    """Its end must not pass unnoticed: the task fails, naming the file."""
    contracts, _, _ = gate.city.folders
    (contracts / "agreements" / "ua-1.yaml").write_text("kind: [", "utf-8")
    answer = client.post("/v1/notices", auth=WORKER)
    assert answer.status_code >= 400
    assert "ua-1.yaml" in answer.text


@pytest.mark.parametrize("acknowledged", [True, False])
def test_a_lapsed_pack_is_loud_on_the_desk_and_in_the_log(
    gate: GateCity, *, acknowledged: bool
) -> None:
    """With its name and day, once at start, whether or not anything may still run."""
    gate.clock = FixedClock(datetime(2029, 1, 1, tzinfo=SHANGHAI))
    ports = replace(gate.ports, acknowledge_lapsed=acknowledged)
    with capture_logs() as logs, serving(ports) as client:
        page = client.get("/", auth=DESK).text
    assert [one["pack"] for one in logs if one["event"] == "policy_lapsed"] == ["city-2026"]
    assert "LAPSED: policy pack city-2026" in page
    assert ("经确认后继续使用" in page) is acknowledged
    assert ("未经确认，一律拒绝" in page) is not acknowledged


def test_a_release_under_a_lapsed_pack_says_so_in_log_and_certificate(
    gate: GateCity, tmp_path: Path
) -> None:
    """Refused where the gate has not acknowledged it; else published with a warning naming it."""
    _, policy, _ = gate.city.folders
    path = policy / "city-2026.yaml"
    path.write_text(path.read_text("utf-8").replace("2028-03-01", "2026-11-01"), "utf-8")
    envelope = gate.decide()
    gate.acknowledge_lapsed = True
    staged = [gate.stage(decision=envelope, run_id=run) for run in ("r-1", "r-2")]
    gate.acknowledge_lapsed = False
    release = gate.settle(gate.request(staged[0], run_id="r-1"))
    assert release.reason is not None
    assert (release.reason.code, release.reason.article) == ("policy_lapsed", "第二十四条")
    gate.acknowledge_lapsed = True
    again = gate.request(staged[1], run_id="r-2")
    with capture_logs() as logs:
        gate.settle(again)
    (warning,) = [one for one in logs if one["event"] == "policy_lapsed"]
    assert (warning["log_level"], warning["release"]) == ("warning", again.release_id)
    (found,) = gate.copy(tmp_path / "copy").releases
    assert (found.policy_pack, found.policy_lapsed) == ("city-2026", True)


def test_under_a_pack_in_force_nobody_has_to_acknowledge(gate: GateCity, tmp_path: Path) -> None:
    """And neither log nor certificate speaks of a lapse."""
    with capture_logs() as logs:
        gate.publish()
    assert all(one["event"] != "policy_lapsed" for one in logs)
    (found,) = gate.copy(tmp_path / "copy").releases
    assert not found.policy_lapsed


def test_a_lapse_is_logged_once_in_a_process_and_on_its_own_day(gate: GateCity) -> None:
    """A gate that was started before says it at midnight in Shanghai, and then no more."""
    midnight = datetime(2028, 3, 1, tzinfo=SHANGHAI)
    clock = TickingClock(midnight - timedelta(seconds=30))
    gate.clock = clock
    reconciler = Reconciler(gate.ports, Credentials(gate.ports))
    said = []
    for instant in (clock.instant, midnight, midnight, midnight + timedelta(days=1)):
        clock.instant = instant
        with capture_logs() as logs:
            reconciler.run_once()
        said.append(sum(one["event"] == "policy_lapsed" for one in logs))
    assert said == [0, 1, 0, 0]
