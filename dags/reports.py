"""Airflow DAGs of what the operator has to report: every month and, in March, every year."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import (
    DAG,
    CronTriggerTimetable,
    ExceptionRetryPolicy,
    RetryAction,
    RetryRule,
    get_current_context,
    task,
)

from weir_tasks import announce_failure

DEFAULTS: dict[str, Any] = {
    "owner": "weir",
    "retries": 4,
    "retry_delay": timedelta(minutes=5),
    "retry_policy": ExceptionRetryPolicy(
        rules=[
            RetryRule(exception="weir.errors.UnavailableError", action=RetryAction.RETRY),
            RetryRule(exception="builtins.Exception", action=RetryAction.FAIL),
        ]
    ),
    "on_failure_callback": announce_failure,
}


def timetable(schedule: str) -> CronTriggerTimetable:
    """Ticks from the next one on: a report that is past is made by hand."""
    return CronTriggerTimetable(
        schedule, timezone="Asia/Shanghai", run_immediately=timedelta(seconds=0)
    )


@task
def of_last_month(kind: str) -> Any:
    from weir.runtime import reports

    return reports.monthly(kind, get_current_context()["dag_run"].run_after)


@task
def of_last_year(kind: str) -> Any:
    from weir.runtime import reports

    return reports.yearly(kind, get_current_context()["dag_run"].run_after)


with DAG(
    dag_id="reports-monthly",
    dag_display_name="每月报告 · reports-monthly",
    description="运营情况报告与行业主管部门报告 Operation and sector reports (第十四、十六条)",
    schedule=timetable("0 6 1 * *"),
    catchup=False,
    max_active_runs=1,
    tags=["weir", "报告 reports"],
    default_args=DEFAULTS,
) as monthly:
    for one in ("operation", "sector"):
        of_last_month.override(task_id=one)(one)

with DAG(
    dag_id="reports-yearly",
    dag_display_name="每年报告 · reports-yearly",
    description="公开清单与年度评估材料 Public list and evaluation pack (第十四、二十条)",
    schedule=timetable("0 6 1 3 *"),
    catchup=False,
    max_active_runs=1,
    tags=["weir", "报告 reports"],
    default_args=DEFAULTS,
) as yearly:
    for one in ("disclosure", "evaluation"):
        of_last_year.override(task_id=one)(one)
