"""Folders of contracts: loading, checking all of them, and the project's own."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from fakes.sample_contracts import Data, contract_data, sample_bundle, write_contracts
from weir.contracts.catalogue import CatalogueFolder
from weir.contracts.check import check_all, check_text
from weir.contracts.compile import compile_plan
from weir.contracts.loader import ContractFiles, load_bundle, scenario_names
from weir.contracts.problem import path_text
from weir.errors import ContractError

Folders = tuple[Path, Path, Path]

HERE = "contracts/scenarios/firm-credit.yaml"


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return write_contracts(tmp_path)


def _edit(path: Path, **changes: object) -> None:
    data: Data = json.loads(path.read_text(encoding="utf-8"))
    data.update(changes)
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")


def _checked(folders: Folders) -> list[tuple[str, str, int, str]]:
    return [(one.code, one.file, one.line, path_text(one.path)) for one in check_all(*folders)]


def test_a_bundle_holds_what_the_scenario_names_and_no_more(folders: Folders) -> None:
    """Inputs and register, their suites, both agreements and the pack; no other dataset."""
    bundle = load_bundle("firm-credit", *folders)
    assert bundle == sample_bundle()
    assert set(bundle.datasets) == {"firms", "bills", "register"}
    assert set(bundle.suites) == {"firms", "bills"}


def test_sound_folders_have_no_problem(folders: Folders) -> None:
    """The check passes and says so."""
    assert check_all(*folders) == ()
    assert check_text(()) == "合同检查通过 all contracts are in order\n"


@pytest.mark.parametrize(
    ("gone", "code", "file", "path"),
    [
        ("contracts/datasets/bills.yaml", "dataset_unknown", HERE, "inputs[1].dataset"),
        ("contracts/datasets/register.yaml", "dataset_unknown", HERE, "authorisation.register"),
        ("contracts/agreements/ua-1.yaml", "agreement_unknown", HERE, "use_agreement"),
        ("policy/pack-1.yaml", "policy_unknown", HERE, "policy"),
        ("expectations/bills.json", "suite_unknown", "contracts/datasets/bills.yaml", "suite"),
    ],
)
def test_a_file_that_is_gone_is_named_where_it_is_asked_for(
    folders: Folders, tmp_path: Path, gone: str, code: str, file: str, path: str
) -> None:
    """The line that names the missing file is the one to look at."""
    (tmp_path / gone).unlink()
    ((found_code, found_file, line, found_path),) = _checked(folders)
    assert (found_code, found_file, found_path) == (code, file, path)
    assert line > 1
    with pytest.raises(ContractError) as refusal:
        load_bundle("firm-credit", *folders)
    assert (refusal.value.code, refusal.value.where["file"]) == (code, file)
    assert gone in refusal.value.remedy


def test_a_problem_across_files_is_put_on_its_line(folders: Folders) -> None:
    """What only compiling finds is reported with the scenario's line, too."""
    path = folders[0] / "scenarios" / "firm-credit.yaml"
    _edit(path, purpose="营销")
    line = 1 + path.read_text(encoding="utf-8").split("\n").index(' "purpose": "营销",')
    assert _checked(folders) == [
        ("use_agreement_purpose", "contracts/scenarios/firm-credit.yaml", line, "purpose")
    ]
    text = check_text(check_all(*folders))
    assert f"contracts/scenarios/firm-credit.yaml:{line} purpose: 数据利用协议的目的不符" in text
    assert "[第十四条]" in text
    assert "补救 remedy:" in text


def test_an_agreement_of_the_other_kind_is_refused(folders: Folders) -> None:
    """An operation agreement cannot stand in for a use agreement."""
    _edit(folders[0] / "scenarios" / "firm-credit.yaml", use_agreement="oa-1")
    ((code, _, line, path),) = _checked(folders)
    assert (code, path) == ("agreement_kind", "use_agreement")
    assert line > 1


def test_a_broken_file_is_reported_once_and_hides_no_other(folders: Folders) -> None:
    """Two broken files give two problems, however many scenarios use them."""
    (folders[0] / "datasets" / "bills.yaml").write_text("dataset: bills\ndataset: bills\n")
    (folders[1] / "pack-1.yaml").write_text("pack: [")
    assert [(code, file) for code, file, _, _ in _checked(folders)] == [
        ("yaml_duplicate_key", "contracts/datasets/bills.yaml"),
        ("yaml_malformed", "policy/pack-1.yaml"),
    ]


def test_an_unused_dataset_is_checked_as_well(folders: Folders) -> None:
    """A dataset contract is wrong before anybody uses it."""
    _edit(folders[0] / "datasets" / "pipes.yaml", key=["nothing"])
    ((code, file, line, path),) = _checked(folders)
    assert (code, file, path) == ("key_unknown", "contracts/datasets/pipes.yaml", "key")
    assert line > 1


def test_files_that_would_be_passed_over_are_named(folders: Folders) -> None:
    """A contract with a wrong suffix or name would silently not exist."""
    for name in ("a.yml", "B.yaml", "note.txt", "c d.yaml"):
        (folders[0] / "scenarios" / name).write_text("x: 1\n")
    (folders[0] / "scenarios" / "README.md").write_text("about\n")
    found = _checked(folders)
    assert {code for code, *_ in found} == {"file_stray"}
    assert len(found) == 4
    assert scenario_names(folders[0]) == ("firm-credit",)


def test_scenarios_that_wait_for_each_other_are_refused(folders: Folders) -> None:
    """A circle of `after` would never start."""
    data = contract_data()
    data["scenario"].update(scenario="later", after=["firm-credit"])
    write_contracts(folders[0].parent, data)
    _edit(folders[0] / "scenarios" / "firm-credit.yaml", after=["later"])
    assert {(code, path) for code, _, _, path in _checked(folders)} == {("after_cycle", "after")}


def test_an_earlier_scenario_must_exist(folders: Folders) -> None:
    """Waiting for a scenario that nobody wrote is a mistake."""
    _edit(folders[0] / "scenarios" / "firm-credit.yaml", after=["nobody"])
    assert [code for code, *_ in _checked(folders)] == ["scenario_unknown"]


def test_a_missing_folder_is_named(folders: Folders) -> None:
    """Without its folder there are no contracts, and that is no success."""
    for path in sorted(folders[1].iterdir()):
        path.unlink()
    folders[1].rmdir()
    assert ("folder_missing", "policy", 0, "") in _checked(folders)


def test_two_hundred_scenarios_compile_in_five_seconds(tmp_path: Path) -> None:
    """Parsing DAGs happens often: shared files are read once."""
    folders = write_contracts(tmp_path)
    scenarios = folders[0] / "scenarios"
    template = (scenarios / "firm-credit.yaml").read_text(encoding="utf-8")
    for number in range(199):
        text = template.replace("firm-credit", f"scenario-{number:03}")
        (scenarios / f"scenario-{number:03}.yaml").write_text(text, encoding="utf-8")
    started = time.perf_counter()
    files = ContractFiles(*folders)
    names = scenario_names(folders[0])
    plans = [compile_plan(files.bundle(name)) for name in names]
    assert time.perf_counter() - started < 5
    assert len({plan.contract_digest for plan in plans}) == 200


def test_a_catalogue_is_the_same_until_a_file_of_it_changes(folders: Folders) -> None:
    """A dataset that is edited, added or broken counts at the next call."""
    catalogue = CatalogueFolder(folders[0])
    before = catalogue()
    assert catalogue() is before
    changed = next(iter(before.datasets))
    path = folders[0] / "datasets" / f"{changed}.yaml"
    kept = path.read_text(encoding="utf-8")
    _edit(path, title="改过的数据集")
    after = catalogue()
    assert (after.datasets[changed].title, after.version != before.version) == (
        "改过的数据集",
        True,
    )
    told = path.stat()
    path.write_bytes(path.read_bytes().replace("改过".encode(), "改回".encode()))
    os.utime(path, ns=(told.st_atime_ns, told.st_mtime_ns))
    assert catalogue().datasets[changed].title == "改回的数据集"
    path.unlink()
    assert changed not in catalogue().datasets
    path.write_text("dataset: [", encoding="utf-8")
    with pytest.raises(ContractError):
        catalogue()
    path.write_text(kept, encoding="utf-8")
    assert catalogue().version == before.version


@pytest.mark.parametrize("grade", [1.0, True, False, "1", 0, 7])
def test_a_grade_is_one_of_six_whole_numbers(folders: Folders, grade: object) -> None:
    """What Python takes for equal to one is none: a grade decides who reviews a release."""
    path = next((folders[0] / "datasets").glob("*.yaml"))
    data: Data = json.loads(path.read_text(encoding="utf-8"))
    name = next(iter(data["fields"]))
    data["fields"][name]["grade"] = grade
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")
    refused = {(file, where) for _, file, _, where in _checked(folders)}
    assert (f"contracts/datasets/{path.name}", f"fields.{name}.grade") in refused
