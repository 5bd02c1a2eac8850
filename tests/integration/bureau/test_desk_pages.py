"""The desk shows what the bureau received, escapes it, and leads to last night's failure."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from urllib.parse import unquote

import httpx
import pytest

from bureau_server import DIRECTOR, BureauServer
from fakes import stage_values as sample
from fakes.people import account_id
from fakes.rectifying import rectify
from fakes.sample_contracts import sample_bundle
from fakes.stage_values import CONTEXT
from weir.bureau import wording
from weir.clock import FixedClock
from weir.evidence import lineage
from weir.evidence.actions import Action
from weir.evidence.audit import AuditRecord, Initiator, Legal, Target, new_record, to_bytes
from weir.evidence.outbox import lineage_bytes
from weir.model import Party, Role
from weir.policy.order import ScopeKind
from weir.policy.stops import UserStopKind
from weir.storage.objects import REPORTS

NIGHT = datetime(2026, 11, 22, 17, 30, tzinfo=UTC)
MORNING = NIGHT + timedelta(hours=7)
REPORT = "firm-credit/run-bad/quality-firms.html"
HOSTILE = "<script>alert('x')</script>\"&名"


@pytest.fixture(autouse=True)
def _morning(bureau: BureauServer) -> None:
    """It is the morning after."""
    bureau.stop()
    bureau.clock = FixedClock(MORNING)
    bureau.start()


def made(action: Action, minutes: int = 0, **changes: Any) -> AuditRecord:
    values: dict[str, Any] = {
        "initiator": Initiator(type="service", id="weir-worker", role="operator"),
        "target": Target(kind="dataset", name="firms"),
        "service": "worker",
        "legal": Legal(scenario="firm-credit"),
        "run_id": "run-bad",
    }
    return new_record(FixedClock(NIGHT + timedelta(minutes=minutes)), action, **(values | changes))


def send(bureau: BureauServer, *records: AuditRecord) -> None:
    with bureau.receiver() as receiver:
        receipts = receiver.receive("audit", [to_bytes(record) for record in records])
    assert {receipt.outcome for receipt in receipts} == {"accepted"}


def failed_run() -> list[AuditRecord]:
    refused = Legal(scenario="firm-credit", article="第六条")
    return [
        made(Action.RUN_AUTHORISED, target=Target(kind="scenario", name="firm-credit")),
        made(Action.SNAPSHOT_TAKEN, 1, data={"rows_in": 1017, "rows_out": 1000}),
        made(
            Action.QUALITY_CHECKED,
            2,
            outcome="refused",
            reason_code="expectation_failed",
            legal=refused,
            data={"rows_in": 1000, "rows_quarantined": 321, "report": REPORT},
        ),
        made(
            Action.RUN_REFUSED,
            3,
            outcome="refused",
            reason_code="expectation_failed",
            legal=refused,
            target=Target(kind="scenario", name="firm-credit"),
            data={"stage": "check_quality", "dataset": "firms"},
        ),
    ]


def released_run() -> list[AuditRecord]:
    gate: dict[str, Any] = {
        "run_id": "run-good",
        "target": Target(kind="release", name="firm-credit", version="rel-9"),
        "service": "gate",
    }
    return [
        made(Action.SNAPSHOT_TAKEN, 20, run_id="run-good", data={"rows_out": 2000}),
        made(Action.RELEASE_PUBLISHED, 21, phase="intent", outcome="unknown", **gate),
        made(
            Action.RELEASE_PUBLISHED,
            22,
            phase="outcome",
            data={"release_id": "rel-9", "rows_out": 1876},
            **gate,
        ),
    ]


def links(page: str) -> list[str]:
    return [html.unescape(found) for found in re.findall(r'href="([^"]+)"', page)]


def words(page: str) -> str:
    """The page as a reader sees it."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def test_an_empty_desk_says_that_nothing_has_come_yet(desk: httpx.Client) -> None:
    """No scenario, no run, no record; and no error."""
    page = desk.get("/")
    assert page.status_code == 200
    assert "还没有任何场景" in page.text
    assert "还没有收到任何审计记录" in page.text
    assert "没有记录" in desk.get("/records").text


def test_last_nights_failure_is_three_clicks_away(bureau: BureauServer, desk: httpx.Client) -> None:
    """Front page, the run that is named there, its quality report."""
    bureau.reports.put_bytes(REPORTS, REPORT, b"<p>321 rows</p>")
    send(bureau, *failed_run())
    front = desk.get("/")
    notice = front.text.split('id="troubles"')[1].split("</div>")[0]
    assert "expectation_failed" in notice
    assert "第六条" in notice
    (to_run,) = links(notice)
    run = desk.get(to_run)
    assert "firms" in words(run.text)
    assert "隔离行数 quarantined ：321" in words(run.text)
    (to_report,) = {link for link in links(run.text) if link.startswith("/reports/")}
    report = desk.get(to_report)
    assert report.text == "<p>321 rows</p>"


def test_a_release_that_the_gate_refused_shows_the_gates_own_ground(
    bureau: BureauServer, desk: httpx.Client
) -> None:
    """Code and article of the gate's refusal stand on the front page and on the run's."""
    send(
        bureau,
        made(Action.SNAPSHOT_TAKEN),
        made(
            Action.RELEASE_REFUSED,
            9,
            phase="outcome",
            outcome="refused",
            reason_code="approval_missing",
            legal=Legal(scenario="firm-credit", article="第二十三条第(三)项"),
            target=Target(kind="release", name="firm-credit", version="rel-7"),
            service="gate",
        ),
    )
    front = desk.get("/").text
    notice = front.split('id="troubles"')[1].split("</div>")[0]
    run = desk.get("/run", params={"scenario": "firm-credit", "run": "run-bad"}).text
    for shown in (notice, run):
        assert "approval_missing" in shown
        assert "第二十三条第(三)项" in shown


def test_a_failure_older_than_a_day_is_no_news(bureau: BureauServer, desk: httpx.Client) -> None:
    """It stays among the runs and leaves the notice."""
    bureau.stop()
    bureau.clock = FixedClock(NIGHT + timedelta(hours=25))
    bureau.start()
    send(bureau, *failed_run())
    page = desk.get("/").text
    assert 'id="troubles"' not in page
    assert "expectation_failed" in page


def test_a_scenario_shows_decision_runs_release_and_column_lineage(
    bureau: BureauServer, desk: httpx.Client
) -> None:
    """Everything about one scenario on one page, from signed and received evidence alone."""
    bureau.decide(sample_bundle(), reason="用途明确")
    send(bureau, *failed_run(), *released_run())
    plan = sample.plan()
    snapshots = [sample.snapshot(plan, planned) for planned in plan.inputs]
    events = lineage.events(
        plan,
        "mask",
        "firm-credit",
        CONTEXT,
        started_at=NIGHT,
        finished_at=NIGHT,
        flows=[lineage.masked(plan, snapshots, sample.product(plan))],
    )
    with bureau.receiver() as receiver:
        receiver.receive("lineage", [lineage_bytes(event) for event in events])
    seen = words(desk.get("/scenarios/firm-credit").text)
    for expected in (
        "企业信贷",
        "2027-02-28",
        "用途明确",
        account_id(Role.BUREAU_DIRECTOR),
        "同意提供",
        "已发布",
        "1,876",
    ):
        assert expected in seen
    assert "remark firm-credit/bills.remark redact 是 yes" in seen
    assert "industry firm-credit/firms.industry keep 否 no" in seen
    front = words(desk.get("/").text)
    assert "企业信贷" in front
    run = words(desk.get("/run", params={"scenario": "firm-credit", "run": "run-good"}).text)
    assert "rel-9" in run
    assert "2,000" in run


def test_demands_show_their_state_for_whom_they_wait_and_what_providers_said(
    bureau: BureauServer, desk: httpx.Client
) -> None:
    """Front page, list and the demand's own page, with every move."""
    assert "没有数据需求" in desk.get("/demands").text
    demand = bureau.pursue(sample_bundle(), upto="consult")
    bureau.move(Role.PROVIDER, "power-company", demand, "opine", supports=False, opinion="涉密")
    assert "等待主管部门" not in desk.get("/").text
    listed = words(desk.get("/demands").text)
    for expected in (demand, "征求意见中 consulted", "market-bureau", "未答复", "反对", "涉密"):
        assert expected in listed
    assert demand in desk.get("/demands", params={"state": "consulted"}).text
    assert demand not in desk.get("/demands", params={"state": "agreed"}).text
    bureau.move(Role.PROVIDER, "market-bureau", demand, "opine", supports=True, opinion="同意")
    assert "1 项数据需求等待主管部门" in words(desk.get("/").text)
    bureau.decide(sample_bundle(), demand=demand, reason="用途明确")
    shown = words(desk.get(f"/demands/{demand}").text)
    for expected in ("已同意 agreed", "涉密", "起草 draft", "用途明确", "信贷"):
        assert expected in shown
    assert "等待主管部门" not in desk.get("/").text
    assert desk.get("/demands/none-such").status_code == 404


def test_a_suspension_stands_on_the_front_page_until_it_is_lifted(
    bureau: BureauServer, desk: httpx.Client
) -> None:
    """With ground and article."""
    with bureau.client() as client:
        bureau.decide(sample_bundle())
        client.order("suspend", "dataset", "bills", ground="泄露线索")
        assert "泄露线索" in desk.get("/").text
        rectify(bureau)
        bureau.stop()
        bureau.clock = FixedClock(MORNING + timedelta(minutes=5))
        bureau.start()
        client.order("resume", "dataset", "bills", ground="整改完成")
    assert "泄露线索" not in desk.get("/").text


def test_a_drill_is_shown_with_its_figure_and_suspends_nobody(
    bureau: BureauServer, desk: httpx.Client
) -> None:
    """The front page tells what was measured; the drill's order is no suspension of supply."""
    with bureau.client() as client:
        client.order("suspend", "drill", "d-1", ground="收回演练")
    figures = {"milliseconds": 412, "bound_seconds": 2, "reads": 90, "passed": 1}
    send(
        bureau,
        made(
            Action.DRILL_COMPLETED,
            phase="state",
            target=Target(kind="drill", name="d-1"),
            data={"store_kind": "iam", **figures},
        ),
    )
    page = words(desk.get("/").text)
    assert "0.412 秒" in page
    assert "达标" in page
    assert "暂停提供" not in page


def test_hostile_text_is_shown_and_never_run(bureau: BureauServer, desk: httpx.Client) -> None:
    """Names that are markup appear as text on every page that shows them."""
    legal = Legal(scenario=HOSTILE, article=HOSTILE)
    record = made(
        Action.QUALITY_CHECKED,
        legal=legal,
        run_id=HOSTILE,
        outcome="refused",
        reason_code=HOSTILE,
        target=Target(kind="dataset", name=HOSTILE),
        data={HOSTILE: HOSTILE, "report": f"javascript:{HOSTILE}"},
        initiator=Initiator(type="person", id=HOSTILE, role=HOSTILE),
    )
    send(bureau, record)
    pages = [
        desk.get("/"),
        desk.get("/records"),
        desk.get(f"/records/{record.id}"),
        desk.get("/run", params={"scenario": HOSTILE, "run": HOSTILE}),
        desk.get("/scenarios/" + HOSTILE.replace("/", "%2F")),
    ]
    for page in pages[:4]:
        assert page.status_code == 200
        assert html.unescape(page.text).count(HOSTILE)
    for page in pages:
        assert "<script" not in page.text
        assert not [link for link in links(page.text) if link.startswith("javascript:")]


def test_pages_run_no_script_and_load_nothing_from_elsewhere(
    bureau: BureauServer, desk: httpx.Client
) -> None:
    """By policy and by content."""
    send(bureau, *failed_run(), *released_run())
    for path in ("/", "/records", "/run?scenario=firm-credit&run=run-bad"):
        page = desk.get(path)
        policy = page.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'")
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["Cache-Control"] == "no-store"
        assert "<script" not in page.text
        assert not [link for link in links(page.text) if "//" in link]
    css = httpx.get(f"{bureau.url}/desk.css", trust_env=False)
    assert css.headers["Content-Type"].startswith("text/css")
    assert "url(" not in css.text


def test_every_link_of_the_desk_leads_somewhere(bureau: BureauServer, desk: httpx.Client) -> None:
    """Followed from the front page until nothing new comes up."""
    bureau.reports.put_bytes(REPORTS, REPORT, b"report")
    send(bureau, *failed_run(), *released_run())
    bureau.decide(sample_bundle())
    ahead, seen = ["/"], {"/"}
    while ahead:
        page = desk.get(ahead.pop())
        assert (page.status_code, page.url.path) == (200, page.url.path)
        for link in (
            links(page.text) if page.headers["Content-Type"].startswith("text/html") else ()
        ):
            if link.startswith("/") and link not in seen:
                seen.add(link)
                ahead.append(link)
    assert any(link.startswith("/reports/") for link in seen)
    assert len(seen) > 8


def test_records_are_paged_from_the_last_to_the_first(
    bureau: BureauServer, desk: httpx.Client
) -> None:
    """130 records on three pages, each once; by scenario where asked."""
    records = [made(Action.SNAPSHOT_TAKEN, n) for n in range(130)]
    other = made(Action.SNAPSHOT_TAKEN, legal=Legal(scenario="water-open"))
    send(bureau, *records, other)
    found: list[str] = []
    path = "/records"
    for _ in range(3):
        page = desk.get(path).text
        found += [link.split("/")[-1] for link in links(page) if link.startswith("/records/")]
        older = [link for link in links(page) if "before=" in link]
        path = older[0] if older else ""
    assert path == ""
    assert found == [str(r.id) for r in [other, *reversed(records)]]
    page = desk.get("/records", params={"scenario": "water-open"}).text
    assert [link for link in links(page) if str(other.id) in link]
    assert str(records[0].id) not in page


def test_a_record_is_shown_as_it_was_received(bureau: BureauServer, desk: httpx.Client) -> None:
    """Its bytes and their digest."""
    (record, *_) = failed_run()
    send(bureau, record)
    page = desk.get(f"/records/{record.id}").text
    body = html.unescape(page.split("<pre>")[1].split("</pre>")[0])
    assert body.encode() == to_bytes(record)


@pytest.mark.parametrize(
    "path",
    [
        "/scenarios/unknown",
        "/run?scenario=unknown&run=x",
        "/records/0199aaaa-0000-7000-8000-000000000000",
        "/nothing",
        "/reports/unknown/run/quality.html",
        "/reports/firm-credit/run-bad/absent.html",
        "/reports/firm-credit/run-bad/product.parquet",
        "/reports/firm-credit/../firm-credit/x.html",
        "/reports/firm-credit/%2e%2e/secret.html",
        "/reports/firm-credit/.hidden.html",
        "/reports//firm-credit/x.html",
        "/reports/firm-credit.html",
        "/reports/firm-credit/x.html%0a",
    ],
)
def test_what_is_not_there_is_not_found(
    bureau: BureauServer, desk: httpx.Client, path: str
) -> None:
    """404, also for report keys outside of what reports are called."""
    send(bureau, *failed_run())
    assert desk.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/records/x", "/records?before=x", "/run?scenario=a"])
def test_a_malformed_address_gets_a_code(desk: httpx.Client, path: str) -> None:
    """422 without an echo."""
    answer = desk.get(path)
    assert (answer.status_code, answer.json()["code"]) == (422, "request_malformed")


def test_a_report_comes_in_a_sandbox(bureau: BureauServer, desk: httpx.Client) -> None:
    """It is the operator's text: no script, no form, no request of its own."""
    bureau.reports.put_bytes(REPORTS, REPORT, b"<script>alert(1)</script>")
    bureau.reports.put_bytes(REPORTS, REPORT.replace(".html", ".json"), b"{}")
    send(bureau, *failed_run())
    report = desk.get(f"/reports/{REPORT}")
    assert report.status_code == 200
    assert report.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = report.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script-src" not in policy
    as_json = desk.get(f"/reports/{REPORT}".replace(".html", ".json"))
    assert as_json.headers["Content-Type"] == "application/json"


def test_a_store_that_is_down_is_told_and_the_desk_goes_on(
    bureau: BureauServer, desk: httpx.Client
) -> None:
    """503 for the report, the pages stay."""
    send(bureau, *failed_run())
    bureau.reports.down = True
    assert desk.get(f"/reports/{REPORT}").status_code == 503
    assert desk.get("/").status_code == 200


def test_everything_the_desk_names_has_a_chinese_word() -> None:
    """Actions, outcomes and parties are all worded."""
    assert set(wording.ACTIONS) == {action.value for action in Action}
    assert set(wording.PARTIES) == {party.value for party in Party}
    of_orders, of_stops, of_terminations = get_args(ScopeKind), get_args(UserStopKind), "agreement"
    assert set(wording.SCOPES) == {*of_orders, *of_stops, of_terminations}
    worded = (wording.ACTIONS, wording.OUTCOMES, wording.SCOPES, wording.FIGURES)
    for words_of in (one for terms in worded for one in terms.values()):
        assert words_of.zh
        assert words_of.en


def test_a_retried_stage_is_told_by_its_last_attempt(
    bureau: BureauServer, desk: httpx.Client
) -> None:
    """It failed, was tried again, and the run went on to its release."""
    failure = made(
        Action.SNAPSHOT_TAKEN, 19, run_id="run-good", outcome="failure", reason_code="down"
    )
    send(bureau, failure, *released_run())
    page = words(desk.get("/run", params={"scenario": "firm-credit", "run": "run-good"}).text)
    assert "已发布" in page
    assert "down" not in page


def test_the_sign_in_takes_a_password_of_any_characters(bureau: BureauServer) -> None:
    """UTF-8 as RFC 7617 allows; a token does not open the desk, whoever bears it."""
    answer = httpx.get(bureau.url, headers=bureau.bears(DIRECTOR), trust_env=False)
    assert answer.status_code == 401
    assert unquote(answer.headers["WWW-Authenticate"]).startswith("Basic")


def test_a_run_of_which_nothing_more_is_heard_says_so(
    bureau: BureauServer, desk: httpx.Client
) -> None:
    """An open run is under way for an hour; instants and yes are told as people read them."""
    until = {"policy_lapsed": 1, "valid_until": "2028-02-29T16:00:00+00:00"}
    target = Target(kind="scenario", name="firm-credit")
    for minutes, mark in ((30, "进行中"), (90, "无后续记录")):
        bureau.stop()
        bureau.clock = FixedClock(NIGHT + timedelta(minutes=minutes))
        bureau.start()
        if minutes == 30:
            send(bureau, made(Action.RUN_AUTHORISED, target=target, data=until))
        desk.base_url = bureau.url
        page = words(desk.get("/run", params={"scenario": "firm-credit", "run": "run-bad"}).text)
        assert mark in page
        assert "2028-03-01 00:00:00" in page
        assert "是 yes" in page
