"""What the command line says when the answer is no."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from weir.cli.app import app
from weir.cli.refusal import refusal_line
from weir.errors import (
    AuthorisationError,
    ContractError,
    ExpiredError,
    GateUnavailableError,
    SuspendedError,
    WeirError,
)

PLACE = Path("/proc/weir-writes-nothing-here")


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            AuthorisationError("no", "later", where={"a": 1}, article="第十三条", remedy="ask"),
            "拒绝 refused | 原因 why: no: later (a=1) | 依据 article: 第十三条 | 办法 remedy: ask",
        ),
        (ContractError("bad", "it is"), "输入有误 wrong input | 原因 why: bad: it is"),
        (SuspendedError("held", "it is"), "已暂停 suspended | 原因 why: held: it is"),
        (ExpiredError("over", "it is"), "已到期 expired | 原因 why: over: it is"),
        (GateUnavailableError("away", "it is"), "暂不可用 unavailable | 原因 why: away: it is"),
    ],
)
def test_a_refusal_leads_with_its_class_in_chinese(error: WeirError, line: str) -> None:
    """And names each of its parts; what is empty is left out."""
    assert refusal_line(error) == line


def test_a_name_from_outside_stays_on_its_line() -> None:
    """Line ends, escapes of terminals, bidi characters and halves of characters are shown as ?."""
    line = refusal_line(ContractError("bad", "it is", where={"file": "a\n\x1b[2J\u202eb\udcff号"}))
    assert line == "输入有误 wrong input | 原因 why: bad: it is (file=a??[2J?b?号)"


@pytest.mark.parametrize(
    "words",
    [
        ("contracts", "schemas", str(PLACE)),
        ("report", "schemas", str(PLACE)),
        (
            *("report", "operation", "--from", "2026-10-01", "--until", "2026-11-01"),
            *("--out", str(PLACE)),
        ),
        ("account", "add", str(PLACE / "a.json"), "foo", "worker", "--org", "x"),
    ],
)
def test_a_folder_that_takes_no_file_is_named(words: tuple[str, ...]) -> None:
    """Nothing ends in a traceback, and no report is made that nobody could be handed."""
    done = CliRunner().invoke(app, list(words))
    assert isinstance(done.exception, ContractError)
    assert (done.exception.code, done.exception.where["folder"]) == (
        "folder_unwritable",
        str(PLACE),
    )


def test_the_process_prints_the_line_and_exits_one() -> None:
    """As a person at a terminal sees it."""
    done = subprocess.run(
        [sys.executable, "-m", "weir", "contracts", "schemas", str(PLACE)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert done.returncode == 1
    assert done.stderr.startswith("输入有误 wrong input | 原因 why: folder_unwritable: ")
    assert "办法 remedy: " in done.stderr
    assert "Traceback" not in done.stderr
