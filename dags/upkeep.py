"""Airflow DAG of what has to be done around the scenarios: notices, reports, evidence, drills."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from airflow.sdk import DAG, ExceptionRetryPolicy, RetryAction, RetryRule, task

from weir_tasks import announce_failure


@task
def deliver_evidence() -> Any:
    from weir.runtime import worker

    return worker.deliver_evidence()


@task
def statements() -> None:
    from weir.runtime import statements

    statements.register_all()


@task
def notices() -> int:
    from weir.runtime import worker

    return worker.issue_notices()


@task
def reports() -> Any:
    from weir.runtime import reports

    return reports.make_owed()


@task
def drill() -> Any:
    from weir.runtime import drill

    return drill.revoke_if_due()


@task
def retention() -> int:
    from weir.runtime import worker

    return worker.destroy_what_is_over()


with DAG(
    dag_id="upkeep",
    dag_display_name="日常运维 · upkeep",
    description=(
        "发出到期提示，每项一次 Issue the notices that are due, each once (第十五条); "
        "编制到期报告 make the reports that are due (第十四、十六、二十条); "
        "销毁保存期满的数据 destroy what is kept beyond its term (第十四条); "
        "送交主管部门签署的文书 hand over what the bureau signed (第十六条); "
        "送达审计与血缘记录 deliver audit records and lineage to the bureau (第十六条); "
        "按期收回演练 hold the drill of revocation when it is due (第十六条)"
    ),
    schedule=timedelta(minutes=5),
    start_date=datetime(2026, 1, 1, tzinfo=ZoneInfo("Asia/Shanghai")),
    catchup=False,
    max_active_runs=1,
    tags=["weir", "运维 upkeep"],
    default_args={
        "owner": "weir",
        "retries": 2,
        "retry_delay": timedelta(seconds=30),
        "retry_policy": ExceptionRetryPolicy(
            rules=[
                RetryRule(exception="weir.errors.UnavailableError", action=RetryAction.RETRY),
                RetryRule(exception="builtins.Exception", action=RetryAction.FAIL),
            ]
        ),
        "on_failure_callback": announce_failure,
    },
) as dag:
    statements()
    notices()
    reports()
    retention()
    deliver_evidence()
    drill()
