"""What somebody mistypes is answered by what would help."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from fakes.sample_contracts import contract_data, write_contracts
from weir.cli.app import app
from weir.contracts.check import check_all
from weir.errors import ContractError
from weir.runtime import adapters, commands
from weir.service.client import path_part
from weir.settings import Settings


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", ".."])
def test_a_name_that_no_address_can_hold_is_refused_here(name: str) -> None:
    """Rather than by an address that is another one."""
    with pytest.raises(ContractError) as refusal:
        path_part(name)
    assert refusal.value.code == "name_malformed"
    assert path_part("rel-1") == "rel-1"
    assert path_part("a?b#c") == "a%3Fb%23c"


def test_a_folder_is_no_file_to_scan(tmp_path: Path) -> None:
    """The message says that it is one."""
    done = CliRunner().invoke(app, ["scan", str(tmp_path)])
    assert done.exit_code == 2
    assert "directory" in done.output


def test_fetching_without_a_key_names_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the store is asked for anything."""
    monkeypatch.setattr(adapters, "settings", Settings)
    monkeypatch.setattr(commands, "settings", Settings)
    monkeypatch.delenv("WEIR_S3_ACCESS_KEY", raising=False)
    with pytest.raises(ContractError) as refusal:
        commands.fetch("sme-credit", tmp_path)
    assert (refusal.value.code, refusal.value.where) == (
        "setting_missing",
        {"setting": "WEIR_S3_ACCESS_KEY"},
    )


def test_a_number_that_is_too_small_is_told_in_plain_words(tmp_path: Path) -> None:
    """With what to write in its place."""
    data = contract_data()
    data["scenario"]["disclosure"]["k"] = -1
    problems = check_all(*write_contracts(tmp_path, data))
    (found,) = [one for one in problems if one.path == ("disclosure", "k")]
    assert (found.what, found.remedy) == ("the number is less than 2", "write 2 or more")
