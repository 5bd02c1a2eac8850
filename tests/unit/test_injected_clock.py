"""Only the clock asks the machine for the time, and only a composition root makes that clock."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from weir.settings import ROOT

CLOCK = Path("include/weir/clock.py")
ROOTS = ("include/weir/runtime/", "include/weir/demo/")
ASKING = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "time.localtime",
    "time.gmtime",
}
"""`time.monotonic` and `time.perf_counter` measure patience and no date."""


def calls(folder: str) -> Iterator[tuple[Path, str]]:
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                yield path.relative_to(ROOT), ast.unparse(node.func)


def every_call() -> list[tuple[Path, str]]:
    return [call for folder in ("include", "dags", "plugins", "deploy") for call in calls(folder)]


def test_only_the_clock_asks_the_machine_for_the_time() -> None:
    """A rule that read the machine's time could not be replayed."""
    asking = {path for path, name in every_call() if name.removeprefix("_") in ASKING}
    assert asking == {CLOCK}


def test_only_composition_roots_make_the_systems_clock() -> None:
    """Everything else is given its clock."""
    made = {path.as_posix() for path, name in every_call() if name == "SystemClock"}
    assert made
    assert all(path.startswith(ROOTS) for path in made)


def test_no_rule_of_a_query_reads_the_databases_clock() -> None:
    """Days go into SQL as values; the database's own time only dates arrivals and deliveries."""
    for path in sorted((ROOT / "include/weir/exchange").rglob("*.py")):
        text = path.read_text("utf-8").lower()
        assert "current_date" not in text, path
        assert "now()" not in text.replace("clock.now()", ""), path
