"""How the launcher calls Airflow: over a real socket, to a server that does not always answer."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from weir.demo.airflow import AirflowApi
from weir.errors import UnavailableError


class Busy(BaseHTTPRequestHandler):
    """Begins each run once; hangs up on as many calls as `silent` says, after it acted on them, and
    answers 500 to as many as `failing` says."""

    silent: ClassVar[int] = 0
    failing: ClassVar[int] = 0
    begun: ClassVar[list[str]] = []
    ended: ClassVar[list[str]] = []

    def do_PATCH(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert asked == {"state": "failed"}
        if type(self).failing:
            type(self).failing -= 1
            self._answer(500, {})
            return
        self.ended.append(self.path)
        self._answer(200, {})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        run_id = asked.get("dag_run_id")
        status = 409 if run_id in self.begun else 200
        if run_id and status == 200:
            self.begun.append(run_id)
            if self._hung_up():
                return
        self._answer(status, {"access_token": "t"})

    def do_GET(self) -> None:
        if self._hung_up():
            return
        if self.path.endswith("/dagRuns?state=running"):
            self._answer(200, {"dag_runs": [{"dag_run_id": "by hand", "state": "running"}]})
        else:
            self._answer(200, {"version": "3.3.2"})

    def _hung_up(self) -> bool:
        if type(self).silent == 0:
            return False
        type(self).silent -= 1
        self.close_connection = True
        return True

    def _answer(self, status: int, value: object) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(value).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        del format, args


@pytest.fixture
def busy() -> Iterator[str]:
    """The address of such a server."""
    Busy.silent, Busy.failing, Busy.begun, Busy.ended = 0, 0, [], []
    with ThreadingHTTPServer(("127.0.0.1", 0), Busy) as server:
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_call_that_goes_unanswered_is_made_again(busy: str) -> None:
    """An Airflow that is busy for a while does not end the demo."""
    Busy.silent = 2
    with AirflowApi(busy, "admin", "secret") as airflow:
        assert airflow.version() == "3.3.2"
    assert Busy.silent == 0


def test_a_run_whose_answer_was_lost_begins_once(busy: str) -> None:
    """The second try finds the run begun, which is what was asked for."""
    Busy.silent = 1
    with AirflowApi(busy, "admin", "secret") as airflow:
        airflow.trigger("water-open", "demo-1")
    assert (Busy.silent, Busy.begun) == (0, ["demo-1"])


def test_an_airflow_that_stays_silent_is_given_up(busy: str) -> None:
    """After the patience it is an outage."""
    Busy.silent = 1000
    with (
        AirflowApi(busy, "admin", "secret", patience_seconds=1) as airflow,
        pytest.raises(UnavailableError) as refused,
    ):
        airflow.version()
    assert refused.value.code == "airflow_unavailable"


def test_a_run_that_was_left_under_way_can_be_ended(busy: str) -> None:
    """It is found by its state, and its id may be any text."""
    with AirflowApi(busy, "admin", "secret") as airflow:
        (run_id,) = airflow.running("water-open")
        airflow.fail("water-open", run_id)
    assert Busy.ended == ["/api/v2/dags/water-open/dagRuns/by%20hand"]


def test_a_call_that_fails_within_airflow_is_made_again(busy: str) -> None:
    """Two hands on one run, Airflow's own and the launcher's, make one of them fail."""
    Busy.failing = 1
    with AirflowApi(busy, "admin", "secret") as airflow:
        airflow.fail("water-open", "demo-1")
    assert Busy.ended == ["/api/v2/dags/water-open/dagRuns/demo-1"]


def test_an_airflow_that_goes_on_failing_is_given_up(busy: str) -> None:
    Busy.failing = 1000
    with (
        AirflowApi(busy, "admin", "secret", patience_seconds=1) as airflow,
        pytest.raises(UnavailableError) as refused,
    ):
        airflow.fail("water-open", "demo-1")
    assert refused.value.code == "airflow_failed"
