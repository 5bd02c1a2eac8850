"""XLSX workbooks as tables of text."""

from __future__ import annotations

import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest

from fakes.workbook import MAIN_NAMESPACE as MAIN
from fakes.workbook import Cell, Formula, write_workbook
from weir.errors import RefusedError
from weir.model import Reason
from weir.privacy import sheet_cells, workbook
from weir.privacy.workbook import Sheet, read_sheets

MOBILE = "13900009021"


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A sheet with all that was read of it."""

    name: str
    names: list[str]
    columns: list[list[str | None]]
    notes: tuple[Reason, ...]


def whole(sheet: Sheet) -> Read:
    table = pa.Table.from_batches(sheet.batches, sheet.schema)
    return Read(
        name=sheet.name,
        names=table.schema.names,
        columns=[column.to_pylist() for column in table.columns],
        notes=tuple(sheet.notes),
    )


def one(path: Path) -> Read:
    (sheet,) = read_sheets(path, whole)
    return sheet


def refusal(path: Path) -> RefusedError:
    with pytest.raises(RefusedError) as raised:
        list(read_sheets(path, whole))
    return raised.value


def sheet_xml(rows: str, after: str = "") -> str:
    return f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData>{after}</worksheet>'


def book_of(path: Path, sheet: str, parts: dict[str, str] | None = None) -> Path:
    """A workbook whose one sheet is `sheet`, word for word."""
    return write_workbook(
        path, {"s": []}, parts={"xl/worksheets/sheet1.xml": sheet, **(parts or {})}
    )


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
    people, empty, hidden = read_sheets(book, whole)
    assert (people.name, people.names) == ("人员", ["姓名", "电话", "电话", ""])
    assert people.columns == [
        ["甲", None],
        [MOBILE, None],
        ["0.5", "true"],
        ["x", None],
    ]
    assert people.notes == ()
    assert (empty.name, empty.columns, empty.notes) == ("空", [], ())
    assert [note.code for note in hidden.notes] == ["sheet_hidden"]
    assert hidden.columns == [[MOBILE]]


def test_a_header_below_a_title_is_found_and_nothing_is_lost(tmp_path: Path) -> None:
    """The rows above it are scanned as values."""
    rows: list[list[Cell]] = [
        ["2026年度登记表", None, None],
        [f"填报人电话{MOBILE}", None, None],
        ["姓名", "电话", "金额"],
        ["甲", MOBILE, 1],
    ]
    sheet = one(write_workbook(tmp_path / "t.xlsx", {"s": rows}))
    assert sheet.names == ["姓名", "电话", "金额"]
    assert sheet.columns[0] == ["2026年度登记表", f"填报人电话{MOBILE}", "甲"]
    assert [note.code for note in sheet.notes] == ["header_found_below"]
    assert MOBILE not in str(sheet.notes)


def test_a_header_of_two_rows_is_joined(tmp_path: Path) -> None:
    """Groups above, columns below: a county's register. The title above is a value."""
    rows: list[list[Cell]] = [
        ["2026年度登记表", None, None, None, None, None],
        ["序号", "基本信息", None, "联系方式", None, "备注"],
        [None, "姓名", "身份证号", "手机", "固话", None],
        [1, "甲", "11010519491231002X", MOBILE, None, None],
    ]
    sheet = one(write_workbook(tmp_path / "t.xlsx", {"s": rows}))
    assert sheet.names == [
        "序号",
        "基本信息.姓名",
        "基本信息.身份证号",
        "联系方式.手机",
        "联系方式.固话",
        "备注",
    ]
    assert sheet.columns[1] == [None, "甲"]
    assert [note.code for note in sheet.notes] == ["header_found_below", "header_of_two_rows"]


@pytest.mark.parametrize(
    "below",
    [
        ["甲", "张某", "教师", "无"],
        ["1", "姓名", "电话", "金额"],
        ["姓名", "电话", None, None],
        [None, None, None, "姓名"],
    ],
)
def test_a_row_of_values_below_a_header_is_no_part_of_it(tmp_path: Path, below: list[Cell]) -> None:
    """Values, numbers, words under names alone, or a single word."""
    rows: list[list[Cell]] = [["编号", "名称", "类别", None], below, ["甲", "乙", "丙", "丁"]]
    sheet = one(write_workbook(tmp_path / "t.xlsx", {"s": rows}))
    assert sheet.names == ["编号", "名称", "类别", ""]
    assert not list(sheet.notes)


def test_a_sheet_without_a_header_takes_its_first_row_for_one(tmp_path: Path) -> None:
    """As a CSV file does; the scan notes identifiers in it."""
    sheet = one(write_workbook(tmp_path / "t.xlsx", {"s": [[1, 2], [3, 4]]}))
    assert sheet.names == ["1", "2"]


def test_a_formula_is_read_by_its_result_and_counted_without_one(tmp_path: Path) -> None:
    """What nobody calculated cannot be scanned, and is not passed over in silence."""
    rows: list[list[Cell]] = [["甲", "乙"], [Formula(text="1+1", result=2.0), Formula(text="A1")]]
    sheet = one(write_workbook(tmp_path / "t.xlsx", {"s": rows}))
    assert sheet.columns[0] == ["2"]
    assert [(note.code, note.what.split()[0]) for note in sheet.notes] == [
        ("formulas_by_result", "2"),
        ("formulas_without_result", "1"),
    ]


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
        "docProps/core.xml",
        "xl/vbaProject.bin",
        "xl/worksheets/sheet7.xml",
        "XL/Comments9.xml",
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
    assert refusal(path).code == "file_malformed"
    assert MOBILE not in str(refusal(path))


def test_a_broken_sheet_is_refused_without_its_content(tmp_path: Path) -> None:
    """The reader's own message may quote a cell."""
    book = write_workbook(tmp_path / "t.xlsx", {"s": [["甲"]]})
    broken = tmp_path / "b.xlsx"
    with zipfile.ZipFile(book) as whole_book, zipfile.ZipFile(broken, "w") as copy:
        for name in whole_book.namelist():
            copy.writestr(name, f"<a>{MOBILE}</b" if "sheet1" in name else whole_book.read(name))
    assert refusal(broken).code == "file_malformed"
    assert MOBILE not in str(refusal(broken))


@pytest.mark.parametrize(
    "rows",
    [
        '<c r="ZZZZ1"><v>1</v></c>',
        '<c r="号1"><v>1</v></c>',
        '<c r="XFE1"><v>1</v></c>',
        '<c t="s"><v>0</v></c>',
        '<c t="s"><v>-1</v></c>',
        '<c t="s"><v>x</v></c>',
        '<row r="x"/>',
        "<c><v>\x00</v></c>",
        "<c><v>&unknown;</v></c>",
    ],
)
def test_cells_that_no_workbook_has_are_refused(tmp_path: Path, rows: str) -> None:
    """Places beyond the last, shared texts that are not there, broken XML."""
    assert refusal(book_of(tmp_path / "t.xlsx", sheet_xml(rows))).code == "file_malformed"


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    """A document type is refused before anything that it declares is used."""
    bomb = '<!DOCTYPE a [<!ENTITY a "x"><!ENTITY b "&a;&a;">]>' + sheet_xml("<c><v>&b;</v></c>")
    assert refusal(book_of(tmp_path / "t.xlsx", bomb)).code == "file_malformed"
    shared = {"xl/sharedStrings.xml": '<!DOCTYPE a [<!ENTITY a "x">]><sst/>'}
    book = write_workbook(tmp_path / "s.xlsx", {"s": [["x"]]}, shared=["x"], parts=shared)
    assert refusal(book).code == "file_malformed"


def test_two_cells_at_the_corners_are_two_cells(tmp_path: Path) -> None:
    """What lies between them takes neither time nor memory."""
    far = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>{}</v></c>'
    book = book_of(tmp_path / "t.xlsx", sheet_xml(far.format(MOBILE) + "</row>"))
    assert one(book).columns == [[None], [MOBILE]]


def test_a_later_row_may_be_wider(tmp_path: Path) -> None:
    """Than all those that were read before it was reached; columns without a value are none."""
    rows: list[list[Cell]] = [["甲", None, "乙"]]
    rows += [[1, None, 2] for _ in range(30)]
    rows += [[None, None, None, MOBILE]]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sheet_cells, "_BATCH_CELLS", 16)
        sheet = one(write_workbook(tmp_path / "t.xlsx", {"s": rows}))
    assert sheet.names == ["甲", "乙", ""]
    assert sheet.columns[2] == [*[None] * 30, MOBILE]


def test_cells_and_rows_without_a_place_follow_one_another(tmp_path: Path) -> None:
    """And a cell that stands twice loses neither value; rows may stand in any order."""
    rows = (
        "<row><c><v>1</v></c><c><v>2</v></c></row>"
        '<row r="9"><c r="B9"><v>4</v></c><c r="A9"><v>3</v></c><c r="B9"><v>5</v></c></row>'
        '<row r="2"><c r="B2"><v>6</v></c></row>'
    )
    sheet = one(book_of(tmp_path / "t.xlsx", sheet_xml(rows)))
    assert sheet.names == ["1", "2"]
    assert sheet.columns == [["3", None, None], ["4", "5", "6"]]


def test_shared_rich_and_escaped_texts_are_read(tmp_path: Path) -> None:
    """Under any prefix; what only tells how to read them is left out and said to be."""
    shared = (
        f'<x:sst xmlns:x="{MAIN}"><x:si><x:t>甲</x:t></x:si>'
        f"<x:si><x:r><x:t>{MOBILE[:5]}</x:t></x:r><x:r><x:t>{MOBILE[5:]}</x:t></x:r>"
        "<x:rPh><x:t>jia</x:t></x:rPh></x:si><x:si><x:t>_x0031_3_x000D_</x:t></x:si></x:sst>"
    )
    rows = "".join(f'<x:row><x:c t="s"><x:v>{place}</x:v></x:c></x:row>' for place in (0, 1, 2))
    sheet = f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData>{rows}</x:sheetData></x:worksheet>'
    parts = {"xl/sharedStrings.xml": shared, "xl/worksheets/sheet1.xml": sheet}
    read = one(write_workbook(tmp_path / "t.xlsx", {"s": []}, shared=["x"], parts=parts))
    assert (read.names, read.columns) == (["甲"], [[MOBILE, "13\r"]])


def test_numbers_keep_their_digits_and_dates_are_dates(tmp_path: Path) -> None:
    """By the format of their cells."""
    styles = (
        f'<styleSheet xmlns="{MAIN}"><numFmts>'
        '<numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m"/>'
        '<numFmt numFmtId="165" formatCode="[h]:mm"/>'
        '<numFmt numFmtId="166" formatCode="0.0&quot;d&quot;"/>'
        '</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/>'
        '<xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="166"/>'
        '<xf numFmtId="22"/></cellXfs></styleSheet>'
    )
    cells = [
        ("0", "440524188001010014", "440524188001010014"),
        ("0", "1.3900009021E10", MOBILE),
        ("0", "12.0", "12"),
        ("0", "0.10000000000000001", "0.1"),
        ("0", "1e400", "1e400"),
        ("1", "45000", "2023-03-15"),
        ("2", "45000", "2023-03-15"),
        ("3", "1.5", "1.5"),
        ("4", "1.5", "1.5"),
        ("5", "45000.5", "2023-03-15 12:00:00"),
        ("5", "0.75", "18:00:00"),
        ("1", "9999999", "9999999"),
    ]
    rows = '<row><c t="str"><v>甲</v></c></row>' + "".join(
        f'<row><c s="{style}"><v>{value}</v></c></row>' for style, value, _ in cells
    )
    parts = {"xl/worksheets/sheet1.xml": sheet_xml(rows), "xl/styles.xml": styles}
    sheet = one(write_workbook(tmp_path / "t.xlsx", {"s": []}, styles=True, parts=parts))
    assert sheet.columns == [[text for *_, text in cells]]


@pytest.mark.parametrize(
    "after",
    [
        f"<headerFooter><oddHeader>{MOBILE}</oddHeader></headerFooter>",
        '<dataValidations><dataValidation><formula1>"a,b"</formula1></dataValidation></dataValidations>',
        '<hyperlinks><hyperlink ref="A1" display="x"/></hyperlinks>',
    ],
)
def test_what_a_sheet_holds_beside_its_cells_is_said_not_to_be_scanned(
    tmp_path: Path, after: str
) -> None:
    """Headers and footers, lists to choose from, links; names of a workbook by their number."""
    sheet = one(book_of(tmp_path / "t.xlsx", sheet_xml("<row><c><v>1</v></c></row>", after)))
    assert [note.code for note in sheet.notes] == ["workbook_parts_not_scanned"]
    assert MOBILE not in str(sheet.notes)


def test_defined_names_are_counted(tmp_path: Path) -> None:
    """But for those that every spreadsheet program makes."""
    book = write_workbook(
        tmp_path / "t.xlsx",
        {"s": [["甲"], ["x"]]},
        names={"电话": f'"{MOBILE}"', "_xlnm.Print_Area": "s!$A$1"},
    )
    (note,) = one(book).notes
    assert (note.code, "1 个名称定义" in note.what) == ("workbook_parts_not_scanned", True)


def test_a_workbook_that_unpacks_without_measure_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything of it is unpacked, with its figures."""
    monkeypatch.setattr(workbook, "_MOST_BYTES", 1000)
    error = refusal(write_workbook(tmp_path / "t.xlsx", {"s": [["x" * 5000]]}))
    assert error.code == "workbook_too_large"
    assert "1000 are read at most" in error.what


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/x.bin"])
def test_a_part_that_unpacks_a_thousandfold_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    """A few kilobytes that would be megabytes."""
    monkeypatch.setattr(workbook, "_LEAST_BOMB_BYTES", 1 << 20)
    bomb = {part: " " * 2_000_000}
    error = refusal(write_workbook(tmp_path / "t.xlsx", {"s": [["甲"]]}, shared=["x"], parts=bomb))
    assert error.code == "workbook_too_large"
    assert "2000000" in error.what


def test_a_part_that_unpacks_to_more_than_it_says_is_refused(tmp_path: Path) -> None:
    """No more than the directory says is ever unpacked."""
    book = write_workbook(tmp_path / "t.xlsx", {"s": [["甲" * 5000]]})
    with zipfile.ZipFile(book) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    lying = book.read_bytes().replace(size.to_bytes(4, "little"), (100).to_bytes(4, "little"))
    book.write_bytes(lying)
    assert refusal(book).code == "file_malformed"


def test_shared_texts_beyond_measure_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are the one thing that is held as a whole."""
    monkeypatch.setattr(workbook, "_MOST_SHARED_BYTES", 1000)
    error = refusal(write_workbook(tmp_path / "t.xlsx", {"s": [["甲"]]}, shared=["x" * 2000]))
    assert error.code == "workbook_too_large"


def test_one_text_that_every_cell_shares_is_no_way_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor are many cells in many columns: both are refused with file, sheet and figures."""
    rows = "<row>" + '<c t="s"><v>0</v></c>' * 50 + "</row>"
    sheet = {"xl/worksheets/sheet1.xml": sheet_xml(rows * 50)}
    book = write_workbook(tmp_path / "t.xlsx", {"s": []}, shared=["x" * 1000], parts=sheet)
    assert len(one(book).columns) == 50
    monkeypatch.setattr(sheet_cells, "_BATCH_BYTES", 10_000)
    with monkeypatch.context() as patched:
        patched.setattr(sheet_cells, "_MOST_BYTES", 2_000_000)
        error = refusal(book)
    assert (error.code, error.where) == ("workbook_too_large", {"file": "t.xlsx", "sheet": "s"})
    monkeypatch.setattr(sheet_cells, "_MOST_CELLS", 2_000)
    assert refusal(book).code == "workbook_too_large"


def test_a_tag_without_an_end_is_refused(tmp_path: Path) -> None:
    """The parser would keep all of it."""
    noise = os.urandom(6_000_000).hex()
    book = book_of(tmp_path / "t.xlsx", sheet_xml(f'<row a="{noise}"/>'))
    assert refusal(book).code == "file_malformed"


def test_a_workbook_that_is_not_there_is_missing(tmp_path: Path) -> None:
    """The path may be wrong."""
    assert refusal(tmp_path / "none.xlsx").code == "file_missing"
