"""What an engineer with Airflow's admin rights tries, and what an outage does: nothing flows."""

from __future__ import annotations

import time

import httpx
import pytest
from sqlalchemy import create_engine

from e2e.running_platform import Platform
from weir.demo.people import DELIVERY_ACCOUNT, secret_of
from weir.demo.processes import python, start
from weir.demo.secrets import BUREAU
from weir.evidence.arrival import compare_arrivals
from weir.evidence.http_receiver import HttpReceiver
from weir.evidence.run_history import last_run

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]


def test_marking_the_release_task_successful_publishes_nothing(platform: Platform) -> None:
    """The task's state is Airflow's; a release exists only where the gate made one."""
    before = platform.releases("water-open")
    airflow = platform.airflow
    airflow.trigger("water-open", "forged")
    airflow._call(
        "PATCH",
        "/api/v2/dags/water-open/dagRuns/forged/taskInstances/request_release",
        json={"new_state": "success"},
    )
    run = platform.wait("water-open", "forged")
    assert run.state == "success"
    assert platform.releases("water-open") == before


def test_an_edited_contract_is_refused_until_decided_again(platform: Platform) -> None:
    """One changed line, and the bureau's decision no longer covers the contract."""
    path = platform.contracts / "scenarios" / "water-open.yaml"
    text = path.read_text(encoding="utf-8")
    before = platform.releases("water-open")
    try:
        path.write_text(text.replace("release_days: 365", "release_days: 300"), encoding="utf-8")
        assert path.read_text(encoding="utf-8") != text
        run = platform.run("water-open", "edited")
        assert run.state == "failed"
        assert run.tasks.get("up_for_retry", 0) == 0
        engine = create_engine(platform.instance.url("weir", "weir_gate"))
        kept = last_run(engine, "water-open")
        engine.dispose()
        assert kept is not None
        assert kept.reason is not None
        assert (kept.run_id, kept.reason.code, kept.reason.article) == (
            "edited",
            "decision_for_other_digest",
            "第十三条",
        )
        told = platform.instance.sign_in("bureau-reviewer")
        assert "release_days" in platform.weir("contracts", "diff", "water-open", told=told).stdout
    finally:
        path.write_text(text, encoding="utf-8")
    assert platform.releases("water-open") == before


@pytest.mark.article("第十六条")
def test_nothing_is_lost_while_the_bureau_is_down(platform: Platform) -> None:
    """A scenario runs to its release without the bureau; afterwards all evidence arrives, once."""
    platform.killed("bureau")
    run = platform.run("water-open", "without-bureau")
    assert run.state == "success"
    engine = create_engine(platform.instance.url("weir", "weir_gate"))
    try:
        start(
            "bureau",
            python("-m", "weir", "serve", "bureau"),
            state_dir=platform.instance.state_dir,
            environment=platform.instance.settings(BUREAU),
            folder=platform.instance.state_dir,
        )
        _until_answering(f"{platform.instance.bureau_url}/healthz")
        assert platform.run("upkeep", "after-outage").state == "success"
        secret = secret_of(platform.instance.vault, BUREAU, DELIVERY_ACCOUNT)
        with HttpReceiver(platform.instance.bureau_url, DELIVERY_ACCOUNT, secret) as receiver:
            arrivals = compare_arrivals(engine, receiver)
        assert arrivals.proven, arrivals
    finally:
        engine.dispose()


def test_a_run_that_somebody_ended_is_not_shown_as_running(platform: Platform) -> None:
    """No stage keeps that it was ended: Airflow's word is asked for."""
    airflow, engine = platform.airflow, create_engine(platform.instance.url("weir", "weir_gate"))
    try:
        airflow.trigger("water-open", "given-up")
        deadline = time.monotonic() + 120
        while (kept := last_run(engine, "water-open")) is None or kept.run_id != "given-up":
            assert time.monotonic() < deadline
            time.sleep(0.2)
    finally:
        engine.dispose()
    assert airflow.running("water-open") == ["given-up"]
    airflow.fail("water-open", "given-up")
    assert platform.wait("water-open", "given-up").state == "failed"
    page = httpx.get(
        f"{platform.instance.airflow_url}/weir/", headers=_auditor(platform), trust_env=False
    )
    assert "given-up" in page.text
    assert "运行中 running" not in page.text


def test_airflows_weir_page_needs_a_sign_in(platform: Platform) -> None:
    """401 for a stranger; scenarios, quarantine counts and reports for who has signed in."""
    url = platform.instance.airflow_url
    assert httpx.get(f"{url}/weir/", trust_env=False).status_code == 401
    assert httpx.get(f"{url}/weir/reports/x.html", trust_env=False).status_code == 401
    signed_in = _auditor(platform)
    page = httpx.get(f"{url}/weir/", headers=signed_in, trust_env=False)
    assert page.status_code == 200
    assert "sme-credit" in page.text
    assert "decision_for_other_digest" in page.text
    key = page.text.split('href="/weir/reports/')[1].split('"')[0]
    report = httpx.get(f"{url}/weir/reports/{key}", headers=signed_in, trust_env=False)
    assert report.status_code == 200
    link = platform.airflow._call(
        "GET",
        f"/api/v2/dags/sme-credit/dagRuns/{_demo_run(platform)}/taskInstances/"
        "electricity-bills.check_quality/links",
    )["extra_links"]["质量报告 quality report"]
    assert httpx.get(f"{url}{link}", headers=signed_in, trust_env=False).status_code == 200
    missing = httpx.get(f"{url}/weir/reports/none.html", headers=signed_in, trust_env=False)
    assert missing.status_code == 404


def _auditor(platform: Platform) -> dict[str, str]:
    """What Airflow's auditor sends with a call."""
    token = httpx.post(
        f"{platform.instance.airflow_url}/auth/token",
        json={
            "username": "auditor",
            "password": platform.instance.vault.password("airflow-auditor"),
        },
        trust_env=False,
    ).json()["access_token"]
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("service", ["gate", "bureau"])
def test_desks_need_a_sign_in_and_show_the_scenarios(platform: Platform, service: str) -> None:
    """401 for a stranger; releases and refusals with their article for who has signed in."""
    instance = platform.instance
    url = instance.gate_url if service == "gate" else instance.bureau_url
    user = "operator-engineer" if service == "gate" else "bureau-reviewer"
    assert httpx.get(f"{url}/", trust_env=False).status_code == 401
    sign_in = (user, secret_of(instance.vault, service, user))
    page = httpx.get(f"{url}/", auth=sign_in, trust_env=False)
    assert page.status_code == 200
    assert "sme-credit" in page.text
    assert "应用场景" in page.text


def _demo_run(platform: Platform) -> str:
    runs = platform.airflow._call("GET", "/api/v2/dags/sme-credit/dagRuns")["dag_runs"]
    return next(str(run["dag_run_id"]) for run in runs if run["dag_run_id"].startswith("demo-"))


def _until_answering(url: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if httpx.get(url, timeout=2, trust_env=False).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.3)
    message = f"{url} does not answer"
    raise AssertionError(message)
