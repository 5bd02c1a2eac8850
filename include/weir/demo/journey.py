"""The main job from end to end, as a newcomer sees it: `make demo`, `make up`, `make down`."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType

from weir.clock import SystemClock
from weir.demo.actors import (
    BureauDesk,
    GateDesk,
    decide_all,
    issue_credentials,
    write_sign_ins,
)
from weir.demo.airflow import AirflowApi, DagRun
from weir.demo.city.seed import seed_city
from weir.demo.consumers import Fetched, fetch_and_verify, visible_objects
from weir.demo.instance import AIRFLOW_USERS, Instance
from weir.demo.people import accounts_at, demo_accounts, secret_of
from weir.demo.ports import read_ports
from weir.demo.progress import Progress
from weir.demo.readback import evidence_arrived, read_back
from weir.demo.reviewers import Reviewer, Reviewers
from weir.demo.scenarios import ALL, RELEASED
from weir.demo.secrets import BUREAU, GATE
from weir.demo.stack import Stack, is_running, stop
from weir.demo.summary import Summary
from weir.errors import ContractError, RefusedError, UnavailableError, WeirError
from weir.evidence.arrival import Arrivals
from weir.model import Role
from weir.policy.roles import Act, may
from weir.settings import Settings
from weir.storage.provisioning import Credential

RUN_PATIENCE_SECONDS = 900.0
UPKEEP = "upkeep"
DELIVERIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Clients:
    """How the launcher reaches the two services, under the accounts of its settings."""

    gate: Callable[[Settings], GateDesk]
    bureau: Callable[[Settings], BureauDesk]
    hand_over: Callable[[Settings], None]
    """Whatever the bureau has signed, to the gate."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where the instance keeps its state and where a person finds what came of it."""

    var: Path

    @property
    def state(self) -> Path:
        return self.var.resolve() / "instance"

    @property
    def output(self) -> Path:
        return self.var.resolve() / "demo"


def run_demo(told: Settings, clients: Clients, progress: Progress, *, rows: int) -> int:
    """Run everything, show it, stop everything. 0 where each scenario ended as it is meant to."""
    places = Places(told.var_dir)
    began = time.monotonic()
    with _stopped_at_the_end(places, progress):
        instance = _start(told, places, progress)
        summary = _journey(instance, clients, places, progress, rows, began)
    return 0 if summary.as_expected else 1


def bring_up(told: Settings, clients: Clients, progress: Progress, *, rows: int) -> None:
    """Run everything and leave it running, however the scenarios ended, which is told; what was
    started is stopped where the start fails."""
    places = Places(told.var_dir)
    began = time.monotonic()
    with _stopped_at_the_end(places, progress, only_on_failure=True):
        instance = _start(told, places, progress)
        _journey(instance, clients, places, progress, rows, began)
        _show_urls(instance, progress)


def bring_down(told: Settings, progress: Progress) -> int:
    """Stop every process of the instance, whoever started it; its state stays."""
    with progress.step("停止 stopping"):
        stopped = stop(Places(told.var_dir).state)
    progress.say(f"已停止 stopped: {stopped}")
    return 0


def _start(told: Settings, places: Places, progress: Progress) -> Instance:
    if is_running(places.state):
        raise ContractError(
            "instance_running", "an instance is running already", remedy="stop it: make down"
        )
    ports = read_ports()
    ports.require_all_free()
    places.state.mkdir(parents=True, exist_ok=True)
    instance = Instance(state_dir=places.state, ports=ports, told=told)
    Stack(instance=instance, progress=progress).start()
    return instance


def _journey(
    instance: Instance,
    clients: Clients,
    places: Places,
    progress: Progress,
    rows: int,
    began: float,
) -> Summary:
    told = instance.launcher_settings()
    gate = clients.gate(told)
    output = places.output
    # A journey that breaks off leaves no earlier one's results in the place of its own.
    (output / "summary.json").unlink(missing_ok=True)
    # Before anything is issued or run: what was signed while the gate was down holds it back.
    try:
        clients.hand_over(told)
    except RefusedError as error:
        progress.say(f"  {error.code}: {error.what}")
    held_before = clients.bureau(told).totals()
    with progress.step(f"示范城市 demo city, {rows} rows"):
        seed_city(instance.url("exchange", "exchange_owner"), rows=rows)
    with progress.step("数据需求 demands: drafted, assessed, put to providers, decided"):
        for decided in decide_all(told, gate, partial(_at_the_bureau, instance, clients)):
            progress.say(f"  {decided.scenario}: {decided.outcome} {decided.note}")
    with progress.step("数据使用方凭证 consumer credentials"):
        credentials = issue_credentials(told, gate, output / "credentials", progress.say)
        everybody = [one.id for one in demo_accounts(instance.told.contracts_dir)]
        sign_ins = {account: instance.sign_in(account) for account in everybody}
        write_sign_ins(sign_ins, output / "credentials")
    reviewers = Reviewers(
        people=_reviewers(instance, clients),
        objects=lambda name, release: visible_objects(name, release, credentials[name], told),
        say=progress.say,
    )
    runs = _run_scenarios(instance.airflow_api(), reviewers, credentials, progress)
    with progress.step("送达证据 evidence to the bureau"):
        arrivals = _deliver(instance, progress)
    with progress.step("数据使用方取数并核验 consumers fetch and verify"):
        fetched = _fetch_all(credentials, told, output / "consumer", progress)
    summary = read_back(
        instance,
        gate,
        clients.bureau(told),
        runs,
        fetched,
        reviewers.before,
        arrivals,
        began=began,
        held_before=held_before,
    )
    summary.write(output / "summary.json")
    summary.show(progress.console)
    _show_places(output, progress, summary)
    return summary


def _at_the_bureau(instance: Instance, clients: Clients, role: Role, org: str) -> BureauDesk:
    return clients.bureau(instance.settings_of(role, org))


def _reviewers(instance: Instance, clients: Clients) -> list[Reviewer]:
    return [
        Reviewer(
            role=one.role,
            account=one.id,
            desk=clients.gate(instance.settings_of(one.role, one.org)),
        )
        for one in demo_accounts(instance.told.contracts_dir)
        if may(one.role, Act.RELEASE_APPROVE)
    ]


def _run_scenarios(
    airflow: AirflowApi, reviewers: Reviewers, supplied: Collection[str], progress: Progress
) -> dict[str, DagRun]:
    with progress.step("Airflow 读取合同 reads the contracts"):
        _wait(lambda: {*ALL, UPKEEP} <= airflow.dags(), "Airflow has not parsed the DAGs")
    run_id = SystemClock().now().strftime("demo-%Y%m%dT%H%M%SZ")
    with progress.step("运行场景 the scenarios run"):
        for name in ALL:
            airflow.unpause(name)
            airflow.trigger(name, run_id)
        runs = {name: airflow.run(name, run_id) for name in ALL}
        deadline = time.monotonic() + RUN_PATIENCE_SECONDS
        while not all(run.finished for run in runs.values()) and time.monotonic() < deadline:
            time.sleep(1)
            reviewers.look(supplied, run_id)
            for name, run in runs.items():
                if run.state == "queued":
                    _end_others(airflow, run, progress)
                if not run.finished:
                    runs[name] = airflow.run(name, run_id)
            progress.note(" · ".join(_told(run) for run in runs.values()))
        if late := [name for name, run in runs.items() if not run.finished]:
            progress.say(f"  {RUN_PATIENCE_SECONDS:.0f} 秒内未结束 not finished: {', '.join(late)}")
    return runs


def _end_others(airflow: AirflowApi, ours: DagRun, progress: Progress) -> None:
    """End what an instance that stopped left under way: a scenario runs once at a time, and nobody
    is here to review what such a run gives."""
    for other in airflow.running(ours.dag_id):
        # Ours may have begun since it was last looked at.
        if other != ours.run_id:
            airflow.fail(ours.dag_id, other)
            progress.say(
                f"  {ours.dag_id}: 终止先前未完的运行 ends an earlier, unfinished run: {other}"
            )


def _told(run: DagRun) -> str:
    if run.finished:
        return f"{run.dag_id} {'✓' if run.state == 'success' else '✗'}"
    return f"{run.dag_id} {run.tasks.get('success', 0)}/{sum(run.tasks.values())}"


def _fetch_all(
    credentials: Mapping[str, Credential], told: Settings, folder: Path, progress: Progress
) -> dict[str, Fetched]:
    """What each data user holds now. One that can fetch nothing is told and left out: the summary
    says what became of its scenario."""
    fetched = {}
    for name, credential in credentials.items():
        try:
            fetched[name] = fetch_and_verify(name, credential, told, folder / name)
        except WeirError as error:
            progress.say(f"  {name}: 未能取数 could not fetch: {error.code}")
    return fetched


def _deliver(instance: Instance, progress: Progress) -> Arrivals:
    """Deliver until nothing is left: notices, destruction and drill go on beside a delivery and
    keep records of their own, which only the next one takes along."""
    for _ in range(DELIVERIES):
        _run_dag(instance.airflow_api(), UPKEEP, progress)
        arrivals = evidence_arrived(instance)
        if not arrivals.pending:
            break
    return arrivals


def _run_dag(airflow: AirflowApi, dag_id: str, progress: Progress) -> None:
    run_id = SystemClock().now().strftime("demo-%Y%m%dT%H%M%SZ")
    airflow.unpause(dag_id)
    airflow.trigger(dag_id, run_id)
    _wait(
        lambda: _noted(airflow.run(dag_id, run_id), progress).finished, f"{dag_id} has not finished"
    )


def _noted(run: DagRun, progress: Progress) -> DagRun:
    progress.note(_told(run))
    return run


def _wait(ready: Callable[[], bool], what: str, seconds: float = 600.0) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise UnavailableError(
                "wait_timed_out", what, remedy="read the logs under var/instance/log"
            )
        time.sleep(1)


@contextmanager
def _stopped_at_the_end(
    places: Places, progress: Progress, *, only_on_failure: bool = False
) -> Iterator[None]:
    """Stop the instance on the way out, also on Ctrl-C, TERM, a closed terminal and on failure."""

    def end(number: int, frame: FrameType | None) -> None:
        del frame
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    except BaseException as error:
        # An instance that ran before this call is not this call's to stop.
        if not (isinstance(error, WeirError) and error.code == "instance_running"):
            _stop(places, progress)
        raise
    else:
        if not only_on_failure:
            _stop(places, progress)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(places: Places, progress: Progress) -> None:
    """Stop the instance to the end: who asks again meanwhile is told to wait."""

    def wait(number: int, frame: FrameType | None) -> None:
        del number, frame
        progress.note("正在停止，请稍候 stopping, please wait")

    asked = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, wait) for number in asked}
    try:
        with progress.step("停止 stopping"):
            stop(places.state)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _show_places(output: Path, progress: Progress, summary: Summary) -> None:
    progress.say(f"结果 results: {output / 'summary.json'}")
    for item in summary.scenarios:
        if item.scenario in RELEASED and item.release_id:
            progress.say(f"  bin/weir verify {output / 'consumer' / item.scenario}")
    if others := [item.scenario for item in summary.scenarios if not item.expected]:
        progress.say(
            f"与演示的本意不同 not as the demo means it: {', '.join(others)}；主管部门或前一次运行"
            "所定的照旧有效 what the bureau or an earlier run settled holds;"
            " 从头再来 to begin anew: make down, rm -r var"
        )


def _show_urls(instance: Instance, progress: Progress) -> None:
    vault, say = instance.vault, progress.say
    desk_act = {GATE: Act.GATE_DESK_READ, BUREAU: Act.BUREAU_DESK_READ}
    say(f"Airflow        {instance.airflow_url}  (页面 page: Weir 堰)")
    for name, role in AIRFLOW_USERS.items():
        say(f"  {name} / {vault.password(f'airflow-{name}')}  ({role})")
    for label, url, process in (
        ("闸门 gate      ", instance.gate_url, GATE),
        ("主管部门 bureau", instance.bureau_url, BUREAU),
    ):
        say(f"{label} {url}")
        for one in accounts_at(process, instance.told.contracts_dir):
            if may(one.role, desk_act[process]):
                say(f"  {one.id} / {secret_of(vault, process, one.id)}  ({one.role})")
    say(f"取数 intake    {instance.intake_url}  (无页面 no page)")
    say(
        f"S3             http://127.0.0.1:{instance.ports.s3}"
        "  凭证 credentials: var/demo/credentials/"
    )
    say("各账户 every account: source var/demo/credentials/<account>.env")
    reviewers = [
        one.id
        for one in accounts_at(GATE, instance.told.contracts_dir)
        if may(one.role, Act.RELEASE_APPROVE)
    ]
    say(f"待审核的发布由两人批准 releases in review wait for two: {', '.join(reviewers)}")
    say("  bin/weir release list; bin/weir release approve <release-id> --words …")
    say("停止 stop: make down")
