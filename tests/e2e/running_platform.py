"""A whole embedded instance for the tests: started by the command line, stopped by it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from weir.demo.airflow import AirflowApi, DagRun
from weir.demo.embedded.ports import pick_free
from weir.demo.instance import Instance
from weir.demo.ports import Ports
from weir.demo.processes import running
from weir.settings import ROOT, Settings

ROWS = 2000
PORTS = ("airflow", "gate", "bureau", "s3", "postgres", "intake")


@dataclass(frozen=True, kw_only=True)
class Platform:
    """A running instance over its own copy of the contracts."""

    folder: Path
    environment: Mapping[str, str]
    instance: Instance

    @classmethod
    def start(cls, folder: Path) -> Platform:
        """Run `weir up`; its output goes to `up.log`."""
        contracts = folder / "contracts"
        shutil.copytree(ROOT / "contracts", contracts)
        ports = dict(zip(PORTS, pick_free(len(PORTS)), strict=True))
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("WEIR_")},
            **{f"WEIR_PORT_{name.upper()}": str(port) for name, port in ports.items()},
            "WEIR_VAR_DIR": str(folder / "var"),
            "WEIR_CONTRACTS_DIR": str(contracts),
            "PYTHONPATH": str(ROOT / "include"),
        }
        told = Settings(var_dir=folder / "var", contracts_dir=contracts)
        instance = Instance(
            state_dir=folder.resolve() / "var" / "instance",
            ports=Ports.model_validate(ports),
            told=told,
        )
        platform = cls(folder=folder, environment=environment, instance=instance)
        done = platform.weir("up", "--rows", str(ROWS), check=False)
        (folder / "up.log").write_text(done.stdout + done.stderr, encoding="utf-8")
        if done.returncode:
            message = f"weir up failed:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
            raise AssertionError(message)
        return platform

    @property
    def contracts(self) -> Path:
        return self.folder / "contracts"

    @property
    def output(self) -> Path:
        return self.folder / "var" / "demo"

    @cached_property
    def airflow(self) -> AirflowApi:
        return self.instance.airflow_api()

    @property
    def summary(self) -> Any:
        return json.loads((self.output / "summary.json").read_text(encoding="utf-8"))

    def weir(
        self, *arguments: str, check: bool = True, told: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run the command line in the instance's environment."""
        return subprocess.run(
            [sys.executable, "-m", "weir", *arguments],
            env={**self.environment, **(told or {})},
            cwd=self.folder,
            check=check,
            capture_output=True,
            text=True,
        )

    def run(self, dag_id: str, run_id: str) -> DagRun:
        """Trigger a DAG through Airflow's API and wait for it to end."""
        self.airflow.trigger(dag_id, run_id)
        return self.wait(dag_id, run_id)

    def wait(self, dag_id: str, run_id: str, seconds: float = 240.0) -> DagRun:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            run = self.airflow.run(dag_id, run_id)
            if run.finished:
                return run
            time.sleep(1)
        message = f"{dag_id} {run_id} did not end in {seconds} s"
        raise AssertionError(message)

    def releases(self, scenario: str) -> list[str]:
        """Releases of a scenario, as the gate lists them."""
        told = self.instance.sign_in("operator-engineer")
        return self.weir("release", "list", scenario, told=told).stdout.splitlines()

    def killed(self, service: str) -> None:
        """End a service at once, as an outage would."""
        process = next(
            one
            for one in running(self.instance.state_dir)
            if one.cmdline()[-2:] == ["serve", service]
        )
        process.send_signal(signal.SIGKILL)
        process.wait(10)

    def consumer(self, scenario: str) -> dict[str, str]:
        """The variables of a data user's credential file."""
        lines = (self.output / "credentials" / f"{scenario}.env").read_text().splitlines()
        return dict(line.removeprefix("export ").split("=", 1) for line in lines)
