"""Airflow as the launcher sees it: its environment, its processes and its REST API."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import httpx

from weir.errors import AuthorisationError, UnavailableError
from weir.settings import ROOT

COMPONENTS: Mapping[str, tuple[str, ...]] = {
    "airflow-api-server": ("api-server", "--workers", "1"),
    "airflow-scheduler": ("scheduler", "--skip-serve-logs"),
    "airflow-dag-processor": ("dag-processor",),
    "airflow-triggerer": ("triggerer", "--skip-serve-logs"),
}

_PAUSE_SECONDS = 0.5


def environment(
    *, home: Path, port: int, database: str, jwt_secret: str, users: Mapping[str, str]
) -> dict[str, str]:
    """Settings of every Airflow process. `users` maps sign-in names to Airflow roles."""
    url = f"http://127.0.0.1:{port}"
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database,
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__MAX_ACTIVE_TASKS_PER_DAG": "4",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__CORE__DAG_DISCOVERY_SAFE_MODE": "False",
        "AIRFLOW__CORE__AUTH_MANAGER": (
            "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager"
        ),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(
            f"{name}:{role}" for name, role in users.items()
        ),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "sign-in.json"),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__API_AUTH__JWT_SECRET": jwt_secret,
        "AIRFLOW__API__SECRET_KEY": jwt_secret,
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_SEC": "30",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "10",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "15",
        "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": "300",
        "AIRFLOW__DAG_PROCESSOR__DAG_FILE_PROCESSOR_TIMEOUT": "360",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "False",
        "GX_ANALYTICS_ENABLED": "False",
        "PYTHONPATH": str(ROOT / "include"),
        "PYTHONWARNINGS": "ignore",
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class DagRun:
    """A run as Airflow tells it: its state and how many of its tasks are in which state."""

    dag_id: str
    run_id: str
    state: str
    tasks: Mapping[str, int]

    @property
    def finished(self) -> bool:
        return self.state in {"success", "failed"}


class AirflowApi:
    """Airflow's public REST API under one sign-in.

    A call that goes unanswered, or fails within Airflow, is made again for `patience_seconds`: a
    machine at its limits keeps Airflow silent for a while, and two hands on one run make one of
    them fail. Then raises `UnavailableError` (code `airflow_unavailable` or `airflow_failed`);
    `AuthorisationError` (code `airflow_denied`) for 401 and 403.
    """

    def __init__(
        self, url: str, user: str, password: str, *, patience_seconds: float = 120.0
    ) -> None:
        self.url = url
        self._patience_seconds = patience_seconds
        self._sign_in = {"username": user, "password": password}
        self._client = httpx.Client(base_url=url, timeout=20, trust_env=False)
        self._token = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def healthy(self) -> bool:
        """Whether API, scheduler, DAG processor and triggerer all report themselves alive."""
        try:
            answer = self._client.get("/api/v2/monitor/health")
        except httpx.HTTPError:
            return False
        if answer.status_code != httpx.codes.OK:
            return False
        parts = answer.json()
        return all(
            (parts.get(name) or {}).get("status") == "healthy"
            for name in ("metadatabase", "scheduler", "triggerer", "dag_processor")
        )

    def version(self) -> str:
        return str(self._call("GET", "/api/v2/version")["version"])

    def dags(self) -> set[str]:
        """The ids of all parsed DAGs."""
        answer = self._call("GET", "/api/v2/dags", params={"limit": 500})
        return {str(dag["dag_id"]) for dag in answer["dags"]}

    def import_errors(self) -> list[str]:
        """The files that could not be parsed."""
        answer = self._call("GET", "/api/v2/importErrors")
        return [str(error["filename"]) for error in answer["import_errors"]]

    def unpause(self, dag_id: str) -> None:
        self._call("PATCH", f"/api/v2/dags/{dag_id}", json={"is_paused": False})

    def trigger(self, dag_id: str, run_id: str) -> None:
        """Begin a run, unless one of this id has begun: perhaps by a call that went unanswered."""
        self._call(
            "POST",
            f"/api/v2/dags/{dag_id}/dagRuns",
            has_been_done=httpx.codes.CONFLICT,
            json={"dag_run_id": run_id, "logical_date": None},
        )

    def run(self, dag_id: str, run_id: str) -> DagRun:
        path = f"/api/v2/dags/{dag_id}/dagRuns/{quote(run_id, safe='')}"
        state = str(self._call("GET", path)["state"])
        tasks: dict[str, int] = {}
        for instance in self._call("GET", f"{path}/taskInstances")["task_instances"]:
            key = str(instance["state"] or "waiting")
            tasks[key] = tasks.get(key, 0) + 1
        return DagRun(dag_id=dag_id, run_id=run_id, state=state, tasks=tasks)

    def running(self, dag_id: str) -> list[str]:
        """The ids of the runs that are under way, deferred ones included."""
        path = f"/api/v2/dags/{dag_id}/dagRuns"
        return [
            str(run["dag_run_id"])
            for run in self._call("GET", path, params={"state": "running"})["dag_runs"]
        ]

    def fail(self, dag_id: str, run_id: str) -> None:
        """End a run, with whatever it is doing."""
        path = f"/api/v2/dags/{dag_id}/dagRuns/{quote(run_id, safe='')}"
        self._call("PATCH", path, json={"state": "failed"})

    def _call(
        self, method: str, path: str, *, has_been_done: int | None = None, **arguments: Any
    ) -> Any:
        answer = self._send(method, path, **arguments)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            self._token = ""
            answer = self._send(method, path, **arguments)
        if answer.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
            raise AuthorisationError(
                "airflow_denied", "Airflow refused the call", where={"call": f"{method} {path}"}
            )
        if answer.is_error and answer.status_code != has_been_done:
            raise UnavailableError(
                "airflow_failed",
                f"Airflow answered {answer.status_code}",
                where={"call": f"{method} {path}"},
            )
        return answer.json() if answer.content else None

    def _send(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        deadline = time.monotonic() + self._patience_seconds
        while True:
            try:
                if not self._token:
                    signed_in = self._client.post("/auth/token", json=self._sign_in)
                    self._token = str(signed_in.json().get("access_token", ""))
                answer = self._client.request(
                    method, path, headers={"Authorization": f"Bearer {self._token}"}, **arguments
                )
                if not answer.is_server_error or time.monotonic() >= deadline:
                    return answer
            except (httpx.HTTPError, ValueError) as error:
                if time.monotonic() >= deadline:
                    raise UnavailableError(
                        "airflow_unavailable",
                        "Airflow did not answer",
                        where={"url": self.url, "seconds": int(self._patience_seconds)},
                        remedy="read the airflow logs under var/instance/log",
                    ) from error
            time.sleep(_PAUSE_SECONDS)
