"""What a newcomer sees of `make` before there is an environment, and what Ctrl-C leaves."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from weir.settings import ROOT

BEAT = "  …\n"
SLOW_PYTHON = """#!/bin/sh
[ "$1" = -c ] && exit 0
echo $$ > pid
while [ ! -e go ]; do sleep 0.1; done
exit 1
"""


@pytest.fixture
def making(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """`make env` with a Python that makes no environment until the file `go` is there."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copytree(ROOT / "make", tmp_path / "make")
    for name in ("requirements.txt", "requirements-dev.txt"):
        (tmp_path / name).touch()
    python = tmp_path / "slow-python"
    python.write_text(SLOW_PYTHON)
    python.chmod(0o755)
    with subprocess.Popen(
        ["make", "env", f"PYTHON={python}"],  # noqa: S607 - the one that a person types
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as make:
        try:
            yield make
        finally:
            (tmp_path / "go").touch()


def lines_until_a_beat(make: subprocess.Popen[str]) -> list[str]:
    assert make.stdout is not None
    lines = []
    for line in make.stdout:
        lines.append(line)
        if line == BEAT:
            return lines
    message = f"make ended without a beat: {lines}"
    raise AssertionError(message)


def test_making_the_environment_is_never_silent(
    making: subprocess.Popen[str], tmp_path: Path
) -> None:
    """The first line comes before the work, then a beat while it lasts, then why it failed."""
    assert lines_until_a_beat(making)[0].startswith("建立环境 ")
    (tmp_path / "go").touch()
    assert making.stdout is not None
    assert "python3-venv is needed\n" in making.stdout.readlines()
    assert making.wait(30) != 0


def test_ctrl_c_while_the_environment_is_made_leaves_no_process(
    making: subprocess.Popen[str], tmp_path: Path
) -> None:
    """The interrupt reaches the work itself."""
    lines_until_a_beat(making)
    work = psutil.Process(int((tmp_path / "pid").read_text()))
    os.killpg(making.pid, signal.SIGINT)
    assert making.wait(30) != 0
    work.wait(30)
