"""XLSX workbooks as tables of text."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from fakes.workbook import Cell, Formula, write_workbook
from weir.errors import RefusedError
from weir.privacy import workbook
from weir.privacy.workbook import Sheet, read_sheets

MOBILE = "13900009021"


def one(path: Path) -> Sheet:
    (sheet,) = read_sheets(path)
    return sheet


def test_every_cell_of_every_sheet_is_read_as_text(tmp_path: Path) -> None:
    """Numbers with all their digits, hidden sheets, repeated and missing headers."""
    book = write_workbook(
        tmp_path / "一.xlsx",
        {
            "人员": [
                ["姓名", "电话", "电话", None],
                ["甲", int(MOBILE), 0.5, "x"],
                [None, None, True],
            ],
            "空": [],
            "隐藏": [["备注"], [MOBILE]],
        },
        hidden=["隐藏"],
    )
    people, hidden = read_sheets(book)
    assert (people.name, people.rows.schema.names) == ("人员", ["姓名", "电话", "电话", ""])
    assert [column.to_pylist() for column in people.rows.columns] == [
        ["甲", None],
        [MOBILE, None],
        ["0.5", "true"],
        ["x", None],
    ]
    assert people.notes == ()
    assert [note.code for note in hidden.notes] == ["sheet_hidden"]
    assert hidden.rows.column(0).to_pylist() == [MOBILE]


def test_a_header_below_a_title_is_found_and_nothing_is_lost(tmp_path: Path) -> None:
    """The rows above it are scanned as values."""
    rows: list[list[Cell]] = [
        ["2026年度登记表", None, None],
        [f"填报人电话{MOBILE}", None, None],
        ["姓名", "电话", "金额"],
        ["甲", MOBILE, 1],
    ]
    sheet = one(write_workbook(tmp_path / "t.xlsx", {"s": rows}))
    assert sheet.rows.schema.names == ["姓名", "电话", "金额"]
    assert sheet.rows.column(0).to_pylist() == ["2026年度登记表", f"填报人电话{MOBILE}", "甲"]
    assert [note.code for note in sheet.notes] == ["header_found_below"]
    assert MOBILE not in str(sheet.notes)


def test_a_sheet_without_a_header_takes_its_first_row_for_one(tmp_path: Path) -> None:
    """As a CSV file does; the scan notes identifiers in it."""
    sheet = one(write_workbook(tmp_path / "t.xlsx", {"s": [[1, 2], [3, 4]]}))
    assert sheet.rows.schema.names == ["1", "2"]


def test_a_formula_is_read_by_its_result_and_counted_without_one(tmp_path: Path) -> None:
    """What nobody calculated cannot be scanned, and is not passed over in silence."""
    rows: list[list[Cell]] = [["甲", "乙"], [Formula(text="1+1", result=2.0), Formula(text="A1")]]
    sheet = one(write_workbook(tmp_path / "t.xlsx", {"s": rows}))
    assert sheet.rows.column(0).to_pylist() == ["2"]
    (note,) = sheet.notes
    assert (note.code, note.what.split()[0]) == ("formulas_without_result", "1")


@pytest.mark.parametrize(
    "part",
    [
        "xl/comments1.xml",
        "xl/threadedComments/threadedComment1.xml",
        "xl/media/image1.png",
        "xl/drawings/drawing1.xml",
        "xl/embeddings/oleObject1.bin",
        "xl/pivotCache/pivotCacheRecords1.xml",
        "xl/externalLinks/externalLink1.xml",
    ],
)
def test_what_is_no_cell_is_said_not_to_be_scanned(tmp_path: Path, part: str) -> None:
    """Comments, pictures, text boxes and the like."""
    book = write_workbook(tmp_path / "t.xlsx", {"s": [["甲"], ["x"]]}, parts={part: "<a/>"})
    assert [note.code for note in one(book).notes] == ["workbook_parts_not_scanned"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", MOBILE.encode()])
def test_what_is_no_workbook_is_refused_without_its_content(tmp_path: Path, content: bytes) -> None:
    """Empty, broken, encrypted, of another kind."""
    path = tmp_path / "t.xlsx"
    path.write_bytes(content)
    with pytest.raises(RefusedError) as raised:
        list(read_sheets(path))
    assert raised.value.code == "file_malformed"
    assert MOBILE not in str(raised.value)


def test_a_broken_sheet_is_refused_without_its_content(tmp_path: Path) -> None:
    """The reader's own message may quote a cell."""
    book = write_workbook(tmp_path / "t.xlsx", {"s": [["甲"]]})
    broken = tmp_path / "b.xlsx"
    with zipfile.ZipFile(book) as whole, zipfile.ZipFile(broken, "w") as copy:
        for name in whole.namelist():
            copy.writestr(name, f"<a>{MOBILE}</b" if "sheet1" in name else whole.read(name))
    with pytest.raises(RefusedError) as raised:
        list(read_sheets(broken))
    assert raised.value.code == "file_malformed"
    assert MOBILE not in str(raised.value)


def test_a_workbook_that_unpacks_without_measure_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything of it is unpacked."""
    monkeypatch.setattr(workbook, "_MOST_BYTES", 1000)
    book = write_workbook(tmp_path / "t.xlsx", {"s": [["x" * 5000]]})
    with pytest.raises(RefusedError) as raised:
        list(read_sheets(book))
    assert raised.value.code == "file_too_large"


def test_a_workbook_that_is_not_there_is_missing(tmp_path: Path) -> None:
    """The path may be wrong."""
    with pytest.raises(RefusedError, match="file_missing"):
        list(read_sheets(tmp_path / "none.xlsx"))
