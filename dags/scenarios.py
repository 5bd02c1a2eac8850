"""One Airflow DAG per scenario contract: the order of the stages as tasks, and nothing else.

Airflow orchestrates and shows. What may be released is decided by the gate, a process of its own,
so marking a task successful here publishes nothing.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import (
    DAG,
    Asset,
    CronTriggerTimetable,
    ExceptionRetryPolicy,
    RetryAction,
    RetryRule,
    TaskGroup,
    get_parsing_context,
    task,
)

from weir.contracts.compile import compile_plan
from weir.contracts.explain import explain
from weir.contracts.loader import ContractFiles, scenario_names
from weir.contracts.plan import Plan
from weir.errors import ContractError
from weir.model import (
    Authorisation,
    DisclosedProduct,
    MaskedProduct,
    QualityVerdict,
    ScanReport,
    Snapshot,
    from_json,
    to_json,
)
from weir.settings import Settings, load_settings
from weir_tasks import (
    QualityReport,
    RequestRelease,
    announce_failure,
    refuse_run,
    scenario_run,
)

RETRIES = ExceptionRetryPolicy(
    rules=[
        RetryRule(exception="weir.errors.UnavailableError", action=RetryAction.RETRY),
        RetryRule(exception="builtins.Exception", action=RetryAction.FAIL),
    ]
)
DEFAULTS = {
    "retries": 4,
    "retry_delay": timedelta(seconds=15),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=10),
    "retry_policy": RETRIES,
    "on_failure_callback": announce_failure,
}


@task
def authorise(scenario: str) -> Any:
    return to_json(scenario_run(scenario).authorise())


@task
def refuse_contract(scenario: str) -> None:
    refuse_run(scenario)


@task
def pull(scenario: str, dataset: str) -> Any:
    return to_json(scenario_run(scenario).pull(dataset))


@task
def check_quality(scenario: str, snapshot: Any) -> Any:
    return to_json(scenario_run(scenario).check_quality(from_json(Snapshot, snapshot)))


@task
def scan(scenario: str, snapshot: Any) -> Any:
    return to_json(scenario_run(scenario).scan(from_json(Snapshot, snapshot)))


@task
def mask(scenario: str, snapshots: list[Any], quality: list[Any], scans: list[Any]) -> Any:
    del scans  # a task that refuses stops the run; its value is for the package
    return to_json(
        scenario_run(scenario).mask(
            [from_json(Snapshot, item) for item in snapshots],
            [from_json(QualityVerdict, item) for item in quality],
        )
    )


@task
def assess_disclosure(scenario: str, masked: Any) -> Any:
    return to_json(scenario_run(scenario).assess_disclosure(from_json(MaskedProduct, masked)))


@task
def package(
    scenario: str,
    authorisation: Any,
    snapshots: list[Any],
    quality: list[Any],
    scans: list[Any],
    masked: Any,
    disclosed: Any,
) -> Any:
    return to_json(
        scenario_run(scenario).package(
            from_json(Authorisation, authorisation),
            [from_json(Snapshot, item) for item in snapshots],
            [from_json(QualityVerdict, item) for item in quality],
            [from_json(ScanReport, item) for item in scans],
            from_json(MaskedProduct, masked),
            from_json(DisclosedProduct, disclosed),
        )
    )


def timetable(schedule: str | None) -> CronTriggerTimetable | None:
    """Midnight ticks of the contract's schedule, in Asia/Shanghai, from the next one on.

    A run is judged by the rules of its tick, so one that is past is not made up for when the DAG
    is switched on: the bureau may not have decided by then.
    """
    if schedule is None:
        return None
    return CronTriggerTimetable(
        schedule, timezone="Asia/Shanghai", run_immediately=timedelta(seconds=0)
    )


def scenario_dag(plan: Plan) -> DAG:
    """The DAG of one compiled contract."""
    scenario = plan.scenario
    name = scenario.scenario
    after = [Asset(f"weir://product/{product}") for product in scenario.after]
    with DAG(
        dag_id=name,
        dag_display_name=f"{scenario.title} · {name}",
        description=scenario.purpose,
        doc_md=f"```text\n{explain(plan)}\n```",
        schedule=after or timetable(scenario.schedule),
        catchup=False,
        max_active_runs=1,
        tags=["weir", "应用场景", f"用户:{scenario.data_user}", f"级别:{int(plan.grade)}"],
        default_args=DEFAULTS | {"owner": scenario.operator},
        is_paused_upon_creation=True,
    ) as dag:
        leave = authorise(name)
        snapshots, quality, scans = [], [], []
        for planned in plan.inputs:
            dataset = planned.dataset.dataset
            source = Asset(f"weir://dataset/{dataset}")
            with TaskGroup(dataset, tooltip=planned.dataset.title):
                snapshot = pull.override(inlets=[source])(name, dataset)
                leave >> snapshot
                snapshots.append(snapshot)
                quality.append(check_quality(name, snapshot))
                scans.append(scan(name, snapshot))
            dag.get_task(f"{dataset}.check_quality").operator_extra_links = [QualityReport()]
        masked = mask(name, snapshots, quality, scans)
        disclosed = assess_disclosure(name, masked)
        packed = package(name, leave, snapshots, quality, scans, masked, disclosed)
        RequestRelease(
            task_id="request_release",
            scenario=name,
            package=packed,
            outlets=[Asset(f"weir://product/{name}")],
        )
    return dag


def broken_dag(name: str, error: ContractError) -> DAG:
    """The DAG of a contract that does not hold: it shows why, and its one task refuses.

    No DAG of a contract that holds has a task of this name, so a run that is under way when its
    contract breaks gains a task that fails, and one that began broken cannot succeed later.
    """
    with DAG(
        dag_id=name,
        dag_display_name=f"合同有误 · {name}",
        doc_md=f"```text\n{error}\n```",
        schedule=None,
        tags=["weir", "应用场景", "合同有误 contract error"],
        default_args=DEFAULTS | {"owner": "weir"},
    ) as dag:
        refuse_contract(name)
    return dag


def build_all(settings: Settings) -> dict[str, DAG]:
    """Every scenario contract as a DAG; one that is broken never hides the others.

    A process that runs a task of one DAG builds that one alone.
    """
    dags = {}
    asked = get_parsing_context().dag_id
    files = ContractFiles(settings.contracts_dir, settings.policy_dir, settings.expectations_dir)
    for name in scenario_names(settings.contracts_dir):
        if asked not in (None, name):
            continue
        try:
            dags[name] = scenario_dag(compile_plan(files.bundle(name)))
        except ContractError as error:
            dags[name] = broken_dag(name, error)
    return dags


globals().update(build_all(load_settings()))
