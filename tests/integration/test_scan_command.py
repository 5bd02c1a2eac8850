"""`weir scan` as it is typed: files and a real database, what it prints and what it leaves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy.engine import make_url
from typer.testing import CliRunner, Result

from fakes.exchange_tables import execute
from fakes.workbook import write_workbook
from weir.cli.app import app
from weir.errors import ContractError, RefusedError
from weir.runtime import adapters
from weir.settings import ROOT

MOBILE = "13900009021"
ID = "440524188001010014"
VALUES = (MOBILE, ID, "某甲")

Weir = Callable[..., Result]


@pytest.fixture
def weir() -> Iterator[Weir]:
    adapters.settings.cache_clear()
    yield lambda *words: CliRunner().invoke(app, ["scan", *map(str, words)])
    adapters.settings.cache_clear()


def written(result: Result) -> str:
    assert result.exception is None, result.exception
    assert not any(value in result.output for value in VALUES)
    return result.output


def test_each_kind_of_file_is_surveyed_alike(weir: Weir, tmp_path: Path) -> None:
    """The same table by three doors: the same classes and grades."""
    rows = [("某甲", MOBILE, ID), ("某甲", MOBILE, ID)]
    names = ["姓名", "手机号", "身份证号"]
    csv = tmp_path / "people.csv"
    csv.write_text("\n".join([",".join(names), *map(",".join, rows)]) + "\n", "gb18030")
    parquet = tmp_path / "people.parquet"
    pq.write_table(pa.table(dict(zip(names, zip(*rows, strict=True), strict=True))), parquet)
    book = write_workbook(tmp_path / "people.xlsx", {"人员": [names, *rows]})
    told = []
    for path in (csv, parquet, book):
        written(weir(path, "--json", tmp_path / "out.json"))
        text = (tmp_path / "out.json").read_text("utf-8")
        assert not any(value in text for value in VALUES)
        (found,) = json.loads(text)
        told.append(
            [
                (one["column"], one["classification"], one["grade"], one["entities"])
                for one in found["fields"]
            ]
        )
    assert told[0] == told[1] == told[2]
    assert told[0] == [
        ("姓名", "person_identity", 3, []),
        ("手机号", "person_contact", 3, ["CN_MOBILE"]),
        ("身份证号", "person_identity", 4, ["CN_RESIDENT_ID"]),
    ]


def test_a_draft_is_left_for_each_sheet_and_nothing_is_overwritten(
    weir: Weir, tmp_path: Path
) -> None:
    """A second run says so."""
    book = write_workbook(
        tmp_path / "people.xlsx", {"a": [["手机号"], [MOBILE]], "b": [["金额"], [1]]}
    )
    shown = written(weir(book, "--draft", tmp_path / "drafts"))
    drafts = sorted(path.name for path in (tmp_path / "drafts").iterdir())
    assert drafts == ["people-a.yaml", "people-b.yaml"]
    assert all(name in shown for name in drafts)
    again = weir(book, "--draft", tmp_path / "drafts")
    assert isinstance(again.exception, RefusedError)
    assert again.exception.code == "draft_exists"


def test_drafts_of_files_with_chinese_names_stand_side_by_side(weir: Weir, tmp_path: Path) -> None:
    """Nothing of such a name is one of a contract's, so each draft takes the next number."""
    drafts = tmp_path / "drafts"
    for name in ("低保台账", "残疾人补贴"):
        (tmp_path / f"{name}.csv").write_text(f"手机号\n{MOBILE}\n", "utf-8")
        assert "draft-" in written(weir(tmp_path / f"{name}.csv", "--draft", drafts))
    assert sorted(path.name for path in drafts.iterdir()) == ["draft-1.yaml", "draft-2.yaml"]


def test_identifiers_in_names_of_files_and_sheets_are_not_shown(weir: Weir, tmp_path: Path) -> None:
    """Neither at the terminal, nor as JSON, nor in the draft and its name."""
    sheets: dict[str, list[list[str]]] = {MOBILE: [["金额"], ["1"]], "费用": [["金额"], ["1"]]}
    book = write_workbook(tmp_path / f"a-{ID}.xlsx", sheets)
    out, drafts = tmp_path / "out.json", tmp_path / "drafts"
    assert "file.xlsx / sheet 1:" in written(weir(book, "--json", out, "--draft", drafts))
    told = [out.read_text("utf-8"), *(path.read_text("utf-8") for path in drafts.iterdir())]
    told += [path.name for path in drafts.iterdir()]
    assert not any(value in text for value in VALUES for text in told)


def test_drafts_of_sheets_with_chinese_names_are_all_left_or_none(
    weir: Weir, tmp_path: Path
) -> None:
    """What is Chinese in a name is in no file's name; a file in the way stops all of them."""
    sheets: dict[str, list[list[str]]] = {name: [["金额"], ["1"]] for name in ("甲", "乙", "丙")}
    book = write_workbook(tmp_path / "w.xlsx", sheets)
    drafts = tmp_path / "drafts"
    written(weir(book, "--draft", drafts))
    names = sorted(path.name for path in drafts.iterdir())
    assert names == ["w-sheet-1.yaml", "w-sheet-2.yaml", "w-sheet-3.yaml"]
    for name in names[:2]:
        (drafts / name).unlink()
    again = weir(book, "--draft", drafts)
    assert isinstance(again.exception, RefusedError)
    assert again.exception.code == "draft_exists"
    assert [path.name for path in drafts.iterdir()] == names[2:]


@pytest.mark.parametrize("option", ["--json", "--draft"])
def test_what_cannot_be_written_is_refused(weir: Weir, tmp_path: Path, option: str) -> None:
    """A file stands where a folder is needed: a code, and no traceback."""
    table = tmp_path / "people.csv"
    table.write_text("姓名\n甲\n", encoding="utf-8")
    refused = weir(str(table), option, str(table / "out"))
    assert isinstance(refused.exception, ContractError)
    assert refused.exception.code == "folder_unwritable"


def test_a_report_is_not_written_over_the_table(weir: Weir, tmp_path: Path) -> None:
    """Whatever the file is called by: another name of it is the same file."""
    table, other = tmp_path / "people.csv", tmp_path / "other.csv"
    table.write_text("姓名\n甲\n", encoding="utf-8")
    other.symlink_to(table)
    refused = weir(table, "--json", other)
    assert isinstance(refused.exception, RefusedError)
    assert refused.exception.code == "report_in_place_of_table"
    assert table.read_text("utf-8") == "姓名\n甲\n"


def test_what_names_no_table_is_refused(
    weir: Weir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table of a file that has one, and nothing at all."""
    table = tmp_path / "people.csv"
    table.write_text("姓名\n甲\n", encoding="utf-8")
    refused = weir(table, "--table", "population")
    assert isinstance(refused.exception, RefusedError)
    assert refused.exception.code == "table_not_chosen"
    monkeypatch.delenv("WEIR_EXCHANGE_DSN", raising=False)
    refused = weir()
    assert isinstance(refused.exception, RefusedError)
    assert refused.exception.code == "target_missing"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no full device")
def test_output_that_cannot_be_written_is_told_in_a_line() -> None:
    """No traceback, and the status of what may succeed later."""
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "weir", "contracts", "check"],
            env=os.environ | {"PYTHONPATH": str(ROOT / "include")},
            cwd=ROOT,
            check=False,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert ended.returncode == 75
    assert "output_lost" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_one_sheet_can_be_named(weir: Weir, tmp_path: Path) -> None:
    """And one that is not there is refused."""
    book = write_workbook(tmp_path / "t.xlsx", {"a": [["手机号"], [MOBILE]], "b": [["金额"], [1]]})
    assert "t.xlsx / b" in written(weir(book, "--table", "b"))
    none = weir(book, "--table", "c")
    assert isinstance(none.exception, RefusedError)
    assert none.exception.code == "sheet_missing"


def make_people(dsn: str) -> None:
    execute(
        dsn,
        'CREATE TABLE population (resident_id text, "手机" bigint, fee numeric, born date,'
        " raw bytea, extra jsonb, tags text[], at timestamptz, ratio float8)",
    )
    execute(
        dsn,
        f"INSERT INTO population VALUES ('{ID}', {MOBILE}, 'NaN', 'infinity', '\\x3133',"
        f" jsonb_build_object('电话', '{MOBILE}'), ARRAY['a@b.cn'], 'infinity', 'NaN'),"
        " (NULL, NULL, 1.5, '2026-01-02', NULL, NULL, NULL, now(), 2)",
    )


def test_a_table_is_scanned_in_every_type_and_compared_with_its_contract(
    weir: Weir, postgres_database: str, tmp_path: Path
) -> None:
    """JSON, arrays, bytes and infinite dates by their text; the contract that names the table
    speaks of other fields."""
    make_people(postgres_database)
    shown = written(weir(postgres_database, "--table", "population", "--json", tmp_path / "o.json"))
    (found,) = json.loads((tmp_path / "o.json").read_text("utf-8"))
    entities = {one["column"]: one["entities"] for one in found["report"]["fields"]}
    assert entities["resident_id"] == {"CN_RESIDENT_ID": 1}
    assert entities["手机"] == {"CN_MOBILE": 1}
    assert entities["extra"] == {"CN_MOBILE": 1}
    assert entities["tags"] == {"EMAIL": 1}
    assert found["report"]["not_scanned"] == []
    assert found["report"]["cells"] == 18
    assert "population.手机: it is not in the catalogue" in shown


def test_the_exchange_platform_is_read_where_no_target_is_named(
    weir: Weir, postgres_database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """By this process's own setting; the draft names the table as its source."""
    make_people(postgres_database)
    monkeypatch.setenv("WEIR_EXCHANGE_DSN", postgres_database)
    written(weir("--table", "public.population", "--draft", tmp_path))
    draft = (tmp_path / "population.yaml").read_text("utf-8")
    assert "source: {kind: postgres, table: population, schema: public}" in draft


@pytest.mark.parametrize(
    ("table", "code"),
    [("", "table_name_malformed"), ('x"; DROP', "table_name_malformed"), ("none", "table_unknown")],
)
def test_a_table_that_cannot_be_read_is_refused(
    weir: Weir, postgres_database: str, table: str, code: str
) -> None:
    """Not named, not a name, not there."""
    result = weir(postgres_database, "--table", table)
    assert isinstance(result.exception, RefusedError)
    assert result.exception.code == code


@pytest.mark.parametrize(
    "address",
    [
        "mysql://weir:s3cr3t-word@host",
        "postgresql://weir:s3cr3t-word@host:port/db",
        "postgresql://weir:s3cr3t-word@host/db?nonsense=1",
        "POSTGRES://weir:s3cr3t-word@host",
    ],
)
def test_an_address_that_is_none_is_refused_without_its_secret(weir: Weir, address: str) -> None:
    """Another database, no port, a parameter that nobody knows."""
    result = weir(address, "--table", "population")
    assert isinstance(result.exception, RefusedError)
    assert result.exception.code == "exchange_dsn_invalid"
    assert "s3cr3t-word" not in result.output + repr(result.exception)


def test_a_file_that_cannot_be_opened_is_refused(weir: Weir, tmp_path: Path) -> None:
    """A name that is too long for any."""
    result = weir(tmp_path / ("x" * 300 + ".csv"))
    assert isinstance(result.exception, RefusedError)
    assert result.exception.code == "file_unreadable"


def test_a_secret_in_an_address_is_shown_nowhere(weir: Weir, postgres_database: str) -> None:
    """Neither when the server answers nor when it does not."""
    make_people(postgres_database)
    url = make_url(postgres_database)
    nobody = url.set(password="s3cr3t-word")
    nowhere = url.set(password="s3cr3t-word", port=1)
    shown = [
        weir(address.render_as_string(hide_password=False), "--table", "population")
        for address in (url, nobody, nowhere)
    ]
    assert [result.exception is None for result in shown] == [True, False, False]
    for result in shown:
        for secret in (str(url.password), "s3cr3t-word"):
            assert secret not in result.output
            assert secret not in repr(result.exception)
