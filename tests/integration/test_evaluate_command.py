"""`weir scan --evaluate` as it is typed."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

from typer.testing import CliRunner

from weir.cli.app import app


def test_every_tool_is_measured_on_the_same_tables(tmp_path: Path) -> None:
    """Weir, Presidio, presidio-structured where it is installed, and rules over column names."""
    written = tmp_path / "out.json"
    words = ["scan", "--evaluate", "--family", "train", "--seed", "7", "--rows", "3"]
    result = CliRunner().invoke(app, [*words, "--json", str(written)])
    assert result.exit_code == 0, result.exception
    told = json.loads(written.read_text("utf-8"))
    names = [one["tool"].split()[0] for one in told["tools"]]
    structured = ["presidio-structured"] if find_spec("presidio_structured") else []
    assert names == ["weir", "presidio-analyzer", *structured, "column"]
    assert told["not_run"] == ([] if structured else ["presidio-structured"])
    held = [[score["held"] for score in one["scores"]] for one in told["tools"]]
    assert all(one == held[0] for one in held)
    assert all(name in result.output for name in ["precision", "recall", "F1", *names])
    assert all(f"not installed: {name}" in result.output for name in told["not_run"])
