"""Parse dags/scenarios.py as Airflow would, with every socket blocked, and describe what is found.

Run as a program: importing Airflow configures the process for good.
"""

from __future__ import annotations

import importlib
import json
import socket
import sys
import time
from typing import Any


def _blocked(*_arguments: object, **_options: object) -> None:
    message = "a DAG file opened a socket while it was parsed"
    raise AssertionError(message)


def main() -> None:
    import airflow.sdk  # noqa: F401 - Airflow's own start-up is not the DAG file's

    socket.socket.connect = _blocked  # type: ignore[method-assign]
    socket.create_connection = _blocked  # type: ignore[assignment]
    # What this process works, whatever else the machine does: parsing waits for nothing.
    began = time.process_time()
    modules = [importlib.import_module(name) for name in ("scenarios", "upkeep")]
    seconds = time.process_time() - began
    from airflow.sdk import DAG

    found = {
        value.dag_id: _describe(value)
        for module in modules
        for value in vars(module).values()
        if isinstance(value, DAG)
    }
    json.dump({"seconds": seconds, "dags": found}, sys.stdout)


def _describe(dag: Any) -> dict[str, Any]:
    return {
        "tags": sorted(dag.tags),
        "doc": dag.doc_md or "",
        "schedule": str(dag.schedule),
        "tasks": {
            task.task_id: {
                "owner": task.owner,
                "trigger_rule": task.trigger_rule.value,
                "upstream": sorted(task.upstream_task_ids),
                "retries": task.retries,
                "retry_rules": [
                    (rule.exception_path, rule.action.value) for rule in task.retry_policy.rules
                ],
                "inlets": [asset.uri for asset in task.inlets],
                "outlets": [asset.uri for asset in task.outlets],
            }
            for task in dag.tasks
        },
    }


if __name__ == "__main__":
    main()
