"""Stopping an instance goes on to its end, however often a person asks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from weir.demo.processes import running
from weir.settings import ROOT

STOPS = """
import sys
from pathlib import Path
from weir.demo.journey import Places, _stop
from weir.demo.processes import start
from weir.demo.progress import Progress
places = Places(Path(sys.argv[1]))
slow = 'trap "sleep 2; exit" TERM; while :; do sleep 0.1; done'
start("slow", ["/bin/sh", "-c", slow], state_dir=places.state, environment={}, folder=Path("/"))
print("started", flush=True)
_stop(places, Progress())
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_second_request_does_not_leave_things_running(
    tmp_path: Path, number: signal.Signals
) -> None:
    """Impatience would otherwise end the launcher and leave every server behind."""
    with subprocess.Popen(
        [sys.executable, "-c", STOPS, str(tmp_path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT / "include")},
    ) as stopping:
        assert stopping.stdout is not None
        assert stopping.stdout.readline() == b"started\n"
        for _ in range(2):
            time.sleep(0.4)
            stopping.send_signal(number)
        assert stopping.wait(30) == 0
    assert running(tmp_path.resolve() / "instance") == []
