"""Files that nobody should be able to slip past the reader."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path

import pytest

from weir.contracts.document import AGREEMENT, SCENARIO, SUITE, read_document
from weir.contracts.files import MAX_BYTES
from weir.contracts.loader import load_bundle
from weir.contracts.problem import ProblemError, path_text
from weir.contracts.yaml_tree import read_tree
from weir.errors import ContractError

HOSTILE = Path(__file__).parents[2] / "assets" / "contracts" / "hostile"
EXPECTED = json.loads((HOSTILE / "expected.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_hostile_contract_is_refused_with_file_line_and_remedy(name: str) -> None:
    """Each file of the corpus gives exactly the code, line, path and remedy written beside it."""
    document = read_document(SCENARIO, HOSTILE / f"{name}.yaml", f"hostile/{name}.yaml")
    assert document.value is None
    first = document.problems[0]
    assert first.file == f"hostile/{name}.yaml"
    assert {
        "code": first.code,
        "line": first.line,
        "path": path_text(first.path),
        "remedy": first.remedy,
    } == EXPECTED[name]


def test_every_hostile_file_has_an_expectation() -> None:
    """No file of the corpus lies there untested."""
    assert {path.stem for path in HOSTILE.glob("*.yaml")} == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_complaint_fits_on_a_line(name: str) -> None:
    """Nothing a file holds can break out of the line of a log or report."""
    document = read_document(SCENARIO, HOSTILE / f"{name}.yaml", f"hostile/{name}.yaml")
    for problem in document.problems:
        text = str(problem.error())
        assert text.isprintable()
        assert len(text) < 1000


@pytest.mark.parametrize(
    ("ends_on", "code", "remedy"),
    [
        (
            "2026-02-28",
            "contract_term_order",
            "let ends_on be the day of starts_on or a later one",
        ),
        ("20260228", "contract_value_error", "write it as the message says"),
    ],
)
def test_a_term_that_cannot_be_says_what_to_write(
    tmp_path: Path, ends_on: str, code: str, remedy: str
) -> None:
    """The schema alone would not tell."""
    (tmp_path / "ua.yaml").write_text(
        "kind: use\nagreement: ua\noperator: o\ndata_user: u\npurpose: p\nconditions: c\n"
        "responsibilities: r\ndelivery: [bucket]\nstarts_on: 2026-03-01\n"
        f'ends_on: "{ends_on}"\n',
        encoding="utf-8",
    )
    (problem,) = read_document(AGREEMENT, tmp_path / "ua.yaml", "ua.yaml").problems
    assert (problem.code, problem.remedy) == (code, remedy)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    """A contract that is a symbolic link is refused, wherever it leads."""
    (tmp_path / "real.yaml").write_text("scenario: linked\n")
    (tmp_path / "linked.yaml").symlink_to(tmp_path / "real.yaml")
    problem = read_document(SCENARIO, tmp_path / "linked.yaml", "linked.yaml").problems[0]
    assert (problem.code, problem.file) == ("file_not_regular", "linked.yaml")


def test_a_pipe_does_not_stop_the_reader(tmp_path: Path) -> None:
    """A named pipe in the place of a contract is refused at once."""
    os.mkfifo(tmp_path / "pipe.yaml")
    document = read_document(SCENARIO, tmp_path / "pipe.yaml", "pipe.yaml")
    assert document.problems[0].code == "file_not_regular"


def test_a_folder_is_no_contract(tmp_path: Path) -> None:
    """A folder named like a contract is refused."""
    (tmp_path / "folder.yaml").mkdir()
    document = read_document(SCENARIO, tmp_path / "folder.yaml", "folder.yaml")
    assert document.problems[0].code == "file_not_regular"


def test_a_linked_folder_is_not_entered(tmp_path: Path) -> None:
    """A contracts folder that is a link leads out of the place that is watched."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "scenarios").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ContractError) as refusal:
        load_bundle("x", tmp_path / "contracts", tmp_path, tmp_path)
    assert refusal.value.code == "file_not_regular"


def test_a_huge_file_is_not_read_to_its_end(tmp_path: Path) -> None:
    """Above the limit a file is refused without being parsed."""
    (tmp_path / "huge.yaml").write_bytes(b"#" * (MAX_BYTES + 1))
    document = read_document(SCENARIO, tmp_path / "huge.yaml", "huge.yaml")
    assert document.problems[0].code == "file_too_large"


def test_many_small_values_are_refused(tmp_path: Path) -> None:
    """A flat file of countless values is refused by number, not by patience."""
    (tmp_path / "many.yaml").write_text("a: [" + "1," * 60_000 + "]\n")
    document = read_document(SCENARIO, tmp_path / "many.yaml", "many.yaml")
    assert document.problems[0].code == "yaml_too_large"


@pytest.mark.parametrize(
    "name", ["../x", "/etc/passwd", "a/b", "..", "", "A", "a" * 49, "x\n", "a.yaml", "a b"]
)
def test_a_name_cannot_lead_out_of_its_folder(name: str, tmp_path: Path) -> None:
    """A scenario is asked for by a plain name and by nothing else."""
    with pytest.raises(ContractError) as refusal:
        load_bundle(name, tmp_path, tmp_path, tmp_path)
    assert refusal.value.code == "name_malformed"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("yes", "yes"),
        ("12:30:45", "12:30:45"),
        ("0x1F", "0x1F"),
        ("0o17", "0o17"),
        ("017", "017"),
        ("1_000", "1_000"),
        ("2026-03-01", "2026-03-01"),
        (".inf", ".inf"),
        ("1e999", "1e999"),
        ("+1", "+1"),
        ("True", "True"),
        ("=", "="),
        ("true", True),
        ("null", None),
        ("~", None),
        ("-7", -7),
        ("0.1", 0.1),
        ("1e3", 1000.0),
        ("'1'", "1"),
        ('"true"', "true"),
        ("|-\n  12", "12"),
    ],
)
def test_an_unquoted_word_is_what_it_looks_like(text: str, value: object) -> None:
    """None of the surprises of YAML 1.1: only true, false, null and decimal numbers are special."""
    read = read_tree(f"key: {text}\n", "f").plain()["key"]
    assert read == value
    assert type(read) is type(value)


def test_a_suite_must_be_json(tmp_path: Path) -> None:
    """What only a YAML reader would accept is no expectation suite."""
    (tmp_path / "firms.json").write_text('{"name": "firms", "expectations": [] # end\n}')
    problem = read_document(SUITE, tmp_path / "firms.json", "firms.json").problems[0]
    assert (problem.code, problem.line) == ("json_malformed", 1)


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "12345678901234567890"])
def test_a_suite_holds_no_number_that_readers_disagree_on(number: str, tmp_path: Path) -> None:
    """A value that two readers see differently could be approved as one and run as the other."""
    (tmp_path / "firms.json").write_text(
        f'{{"name": "firms", "expectations": [], "meta": {{"n": {number}}}}}'
    )
    document = read_document(SUITE, tmp_path / "firms.json", "firms.json")
    assert document.problems[0].code == "json_ambiguous"


def test_a_duplicate_key_in_a_suite_is_found(tmp_path: Path) -> None:
    """JSON readers keep the last of two equal keys in silence; this one does not."""
    (tmp_path / "firms.json").write_text(
        '{"name": "firms",\n "expectations": [],\n "expectations": []}'
    )
    problem = read_document(SUITE, tmp_path / "firms.json", "firms.json").problems[0]
    assert (problem.code, problem.line) == ("yaml_duplicate_key", 3)


def test_a_reading_error_keeps_its_problem_when_it_is_copied() -> None:
    """Errors cross process borders by pickling; the problem goes with them."""
    with pytest.raises(ProblemError) as refusal:
        read_tree("a: 1\na: 2\n", "f.yaml")
    copied = pickle.loads(pickle.dumps(refusal.value))  # noqa: S301 - our own bytes
    assert copied.problem == refusal.value.problem
    assert str(copied) == str(refusal.value)
