"""The DAG files: one DAG per contract, parsed without I/O, never a way around the gate."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from weir.contracts.scenario import RESERVED

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = ROOT / "contracts"


def describe(tmp_path: Path, contracts: Path = CONTRACTS, **told: str) -> Any:
    """What the DAG files hold when they are parsed over `contracts`, and with what Airflow tells
    the process."""
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("describe_dags.py"))],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "AIRFLOW_HOME": str(tmp_path / "airflow"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "PYTHONPATH": os.pathsep.join(
                str(ROOT / name) for name in ("include", "plugins", "dags")
            ),
            "WEIR_CONTRACTS_DIR": str(contracts),
            **told,
        },
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.strip().splitlines()[-1])


@pytest.fixture(scope="module")
def dags(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The DAGs of the project's own contracts."""
    return describe(tmp_path_factory.mktemp("airflow"))["dags"]


def test_every_contract_has_its_dag(dags: Any) -> None:
    """Contracts and DAGs correspond one to one, beside upkeep."""
    names = {path.stem for path in (CONTRACTS / "scenarios").glob("*.yaml")}
    assert set(dags) == names | {"upkeep"}


def test_no_scenario_takes_the_name_of_another_dag(dags: Any) -> None:
    """A DAG of the same name would silently replace it."""
    assert {name for name in dags if not (CONTRACTS / "scenarios" / f"{name}.yaml").exists()} <= (
        RESERVED
    )


def test_the_upkeep_has_tasks_that_wait_for_none_of_each_other(dags: Any) -> None:
    """A gate that is down, or slow to destroy what is over, does not hold evidence back."""
    tasks = dags["upkeep"]["tasks"]
    jobs = {"statements", "deliver_evidence", "notices", "reports", "retention", "drill"}
    assert set(tasks) == jobs
    assert all(task["upstream"] == [] for task in tasks.values())


def test_the_contract_is_rendered_as_documentation(dags: Any) -> None:
    """A DAG's page says what its contract lets happen."""
    for name in ("sme-credit", "clinic-planning", "water-open"):
        assert "第" in dags[name]["doc"]
        assert name in dags[name]["doc"]


def test_tags_and_owners_come_from_the_contract(dags: Any) -> None:
    """Engineers find a scenario by its data user, and its operator owns the tasks."""
    assert "用户:rural-commercial-bank" in dags["sme-credit"]["tags"]
    owners = {task["owner"] for task in dags["sme-credit"]["tasks"].values()}
    assert owners == {"suining-data-operator"}


def test_only_unavailability_is_retried(dags: Any) -> None:
    """A refusal fails at once; what may succeed later is tried again."""
    for dag in dags.values():
        for task in dag["tasks"].values():
            assert task["retry_rules"] == [
                ["weir.errors.UnavailableError", "retry"],
                ["builtins.Exception", "fail"],
            ]
            assert task["retries"] > 0


def test_no_task_runs_past_a_failure(dags: Any) -> None:
    """Every task waits for all before it to succeed, so nothing reaches the gate around a stage."""
    for dag in dags.values():
        assert {task["trigger_rule"] for task in dag["tasks"].values()} == {"all_success"}
    tasks = dags["sme-credit"]["tasks"]
    assert tasks["request_release"]["upstream"] == ["package"]
    assert len(tasks["mask"]["upstream"]) == 6


def test_datasets_and_products_are_assets(dags: Any) -> None:
    """A product's release is an asset event that other scenarios can wait for."""
    tasks = dags["sme-credit"]["tasks"]
    assert tasks["request_release"]["outlets"] == ["weir://product/sme-credit"]
    assert tasks["electricity-bills.pull"]["inlets"] == ["weir://dataset/electricity-bills"]


@pytest.fixture
def contracts(tmp_path: Path) -> Path:
    """A copy of the project's contracts to add to."""
    copy = tmp_path / "contracts"
    shutil.copytree(CONTRACTS, copy)
    return copy


def test_a_scenario_can_wait_for_another_product(tmp_path: Path, contracts: Path) -> None:
    """`after` schedules a DAG on the release of other scenarios."""
    path = contracts / "scenarios" / "water-open.yaml"
    text = path.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("schedule:")]
    path.write_text("\n".join([*lines, "after: [sme-credit]", ""]), encoding="utf-8")
    dag = describe(tmp_path, contracts)["dags"]["water-open"]
    assert "weir://product/sme-credit" in dag["schedule"]


def test_a_broken_contract_hides_no_other(tmp_path: Path, contracts: Path) -> None:
    """It becomes a DAG that shows the error and can only refuse."""
    broken = contracts / "scenarios" / "sme-credit.yaml"
    broken.write_text("scenario: sme-credit\npurpose: [", encoding="utf-8")
    dags = describe(tmp_path, contracts)["dags"]
    assert list(dags["sme-credit"]["tasks"]) == ["refuse_contract"]
    # A run under way when its contract breaks gains a task that it has not done yet.
    assert "refuse_contract" not in dags["water-open"]["tasks"]
    assert "sme-credit.yaml" in dags["sme-credit"]["doc"]
    assert "request_release" in dags["water-open"]["tasks"]


def test_two_hundred_contracts_parse_in_five_seconds(tmp_path: Path, contracts: Path) -> None:
    """Parsing costs contracts only: no database, no store, no heavy library."""
    text = (contracts / "scenarios" / "sme-credit.yaml").read_text(encoding="utf-8")
    for number in range(195):
        name = f"sme-credit-{number}"
        (contracts / "scenarios" / f"{name}.yaml").write_text(
            text.replace("scenario: sme-credit", f"scenario: {name}"), encoding="utf-8"
        )
    found = describe(tmp_path, contracts)
    assert len(found["dags"]) == 201
    assert found["seconds"] < 5


def test_a_process_that_runs_a_task_builds_its_dag_alone(tmp_path: Path) -> None:
    """Of ten thousand contracts, a task reads one: Airflow says which DAG it parses for."""
    found = describe(tmp_path, _AIRFLOW_PARSING_CONTEXT_DAG_ID="water-open")["dags"]
    assert set(found) & {path.stem for path in (CONTRACTS / "scenarios").glob("*.yaml")} == {
        "water-open"
    }
