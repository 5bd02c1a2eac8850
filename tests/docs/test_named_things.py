"""Every command, variable, path, class and code that a document names exists."""

from __future__ import annotations

import ast
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer

from docs import code_facts
from docs.pages import PAGES, WRITTEN, Page, makefile, page
from weir.cli import app as cli
from weir.release.latest import LATEST
from weir.release.manifest import CERTIFICATE, CONTENT, MANIFEST
from weir.settings import ROOT

SNIPPETS = Path(__file__).parent / "snippets"
SHELL = {"source", "export", "kill", "docker", ".venv/bin/python"}
AIRFLOW_STATES = {"up_for_retry", "upstream_failed"}
TARGETS = set(re.findall(r"^([a-z-]+):", makefile(), re.MULTILINE))


def weir_words(words: list[str]) -> list[str] | None:
    """The words after the program's name, where it is Weir's command line."""
    if words[:1] in (["bin/weir"], ["weir"]):
        return words[1:]
    return words[3:] if words[:3] == ["python", "-m", "weir"] else None


def check_weir(words: list[str], *, whole: bool) -> None:
    """A command exists and takes these words; one that is not `whole` may lack arguments."""
    command: Any = typer.main.get_command(cli.app)
    rest = list(words)
    while rest and hasattr(command, "commands") and not rest[0].startswith("-"):
        command = command.commands[rest.pop(0)]
    if "--help" not in rest and (whole or rest):
        command.make_context("weir", rest)


@pytest.mark.parametrize("one", WRITTEN, ids=lambda one: one.name)
def test_every_command_of_a_shell_block_can_be_typed(one: Page) -> None:
    """Targets of make, and commands of Weir with options and arguments that it takes."""
    for words in one.commands():
        told = weir_words(words)
        if told is not None:
            check_weir(told, whole=True)
        elif words[0] == "make":
            assert words[1] in TARGETS
        else:
            assert words[0] in SHELL, words


@pytest.mark.parametrize("one", WRITTEN, ids=lambda one: one.name)
def test_every_command_that_is_mentioned_exists(one: Page) -> None:
    """`make …` and `weir …` in the running text."""
    for code in one.codes:
        if code.startswith("make "):
            assert code.split()[1] in TARGETS, code
        elif code.startswith(("bin/weir ", "weir ", "python -m weir ")):
            check_weir(weir_words(shlex.split(code)) or [], whole=False)


@pytest.mark.parametrize("one", PAGES, ids=lambda one: one.name)
def test_every_variable_exists(one: Page) -> None:
    """A setting of a process or of the launcher, or a variable that our files read or set."""
    for name, starred in re.findall(r"\b((?:WEIR|AIRFLOW)_[A-Z0-9_]+)(\*?)", one.text):
        known = code_facts.variables()
        assert name in known or (starred and any(k.startswith(name) for k in known)), name


@pytest.mark.parametrize("one", WRITTEN, ids=lambda one: one.name)
def test_every_path_of_the_checkout_exists(one: Page) -> None:
    """Files and folders in code font, up to the first part that stands for any name."""
    for code in one.codes:
        first, slash, _ = code.partition("/")
        if slash and first and " " not in code and (ROOT / first).exists() and first != "var":
            certain = re.split(r"[<*…]", code)[0]
            place = ROOT / (certain if certain == code else certain.rpartition("/")[0])
            assert place.exists(), code
        elif re.fullmatch(r"[\w*-]+\.(py|in|toml|yaml|md)", code) or code == "requirements.txt":
            assert list(ROOT.glob(code)), code


@pytest.mark.parametrize("one", WRITTEN, ids=lambda one: one.name)
def test_every_name_of_the_code_exists(one: Page) -> None:
    """Modules and what they define, classes, and names of the form `snake_case`."""
    for code in one.codes:
        if re.fullmatch(r"weir(\.\w+)+", code):
            assert code_facts.defines(code), code
        elif re.fullmatch(r"([A-Z][a-z]+){2,}", code):
            assert code in code_facts.classes(), code
        elif re.fullmatch(r"[a-z]+(_[a-z0-9]+)+", code):
            assert code in code_facts.names() | code_facts.error_codes() | AIRFLOW_STATES, code


@pytest.mark.parametrize("one", WRITTEN, ids=lambda one: one.name)
def test_every_program_that_uses_weir_is_type_checked(one: Page) -> None:
    """A Python block that imports Weir is one of the files in tests/docs/snippets."""
    checked = {path.read_text("utf-8") for path in SNIPPETS.glob("*.py")}
    for block in one.blocks("python"):
        ast.parse(block)
        assert "weir" not in block or block in checked, block


def test_every_checked_program_is_shown() -> None:
    """No file is left in tests/docs/snippets that no document shows."""
    shown = {block for one in WRITTEN for block in one.blocks("python")}
    for path in SNIPPETS.glob("*.py"):
        assert path.read_text("utf-8") in shown, path.name


def test_the_stages_are_the_ones_the_pipeline_has() -> None:
    """The table of stages names the methods of a run, in their order."""
    tree = code_facts.trees()[ROOT / "include/weir/pipeline.py"]
    (run,) = (node for node in tree.body if getattr(node, "name", "") == "ScenarioRun")
    assert isinstance(run, ast.ClassDef)
    stages = [
        node.name
        for node in run.body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    ]
    table = next(t for t in page("docs/architecture.md").tables if t[0][0] == "stage")
    assert [row[0] for row in table[1:]] == stages


def test_the_layers_are_the_ones_that_are_held() -> None:
    """The list of layers is the one in pyproject.toml."""
    held = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    (layers,) = (one["layers"] for one in held["contracts"] if one["type"] == "layers")
    shown = page("docs/architecture.md").blocks("")
    assert "\n".join(one for one in layers if one != "__main__") + "\n" in shown


def test_the_files_of_a_release_are_the_ones_listed() -> None:
    """Data users read of every file they get, and of no other."""
    (listing,) = page("docs/consumers.md").blocks("")
    named = [line.split()[0] for line in listing.splitlines()]
    inside = {f"releases/<release_id>/{name}" for name in (*CONTENT, MANIFEST, CERTIFICATE)}
    assert sorted(named) == sorted({LATEST, *inside})
