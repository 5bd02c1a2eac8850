"""The reference of commands and the list of DAGs are what the code gives."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from docs.generated import DOCUMENTS, commands
from weir.cli.app import app

COMMANDS = [path for path, _ in commands()]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_generated_document_is_what_the_code_gives(path: Path) -> None:
    """A change of commands, contracts or DAGs is written anew; CONTRIBUTING.md says how."""
    assert path.read_text("utf-8") == DOCUMENTS[path]()


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_explains_itself(path: str) -> None:
    """`--help` works and tells in Chinese and English what the command does."""
    shown = CliRunner().invoke(app, [*path.split()[1:], "--help"])
    assert shown.exit_code == 0
    assert any("\u4e00" <= character <= "\u9fff" for character in shown.stdout)
    assert "Usage" in shown.stdout


@pytest.mark.parametrize("group", sorted({path.rpartition(" ")[0] for path in COMMANDS}))
def test_every_group_of_commands_explains_itself(group: str) -> None:
    """`--help` of the program and of its groups lists what they hold."""
    shown = CliRunner().invoke(app, [*group.split()[1:], "--help"])
    assert shown.exit_code == 0
    for path in COMMANDS:
        if path.rpartition(" ")[0] == group:
            assert path.rpartition(" ")[2] in shown.stdout
