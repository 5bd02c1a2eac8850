"""CSV and Parquet files as tables, scanned as `weir scan` does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from csv import QUOTE_ALL, reader, writer
from csv import Error as CsvError
from decimal import Decimal
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from weir.errors import RefusedError
from weir.model import Grade, ScanReport
from weir.privacy.classification.survey import TableSurvey, survey
from weir.privacy.classification.text import survey_text
from weir.privacy.table_file import read_file

MOBILE = "13900009021"
ID = "440524188001010014"


def csv(folder: Path, content: bytes, name: str = "一.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def surveyed(path: Path) -> TableSurvey:
    return read_file(
        path, lambda schema, batches, notes: survey(schema, batches, name=path.name, notes=notes)
    )


def scanned(path: Path) -> ScanReport:
    return surveyed(path).report


def noted(path: Path) -> list[str]:
    return [note.code for note in surveyed(path).reasons if note.code.startswith(("read_", "no_"))]


def refusal(path: Path) -> RefusedError:
    with pytest.raises(RefusedError) as raised:
        surveyed(path)
    return raised.value


def test_a_csv_file_is_scanned_cell_by_cell(tmp_path: Path) -> None:
    """Every column is read as text: leading zeros and long numbers stay what they are."""
    rows = f"姓名,电话,证件\n张三,{MOBILE},{ID}\n李四,0825-2345678,\n".encode()
    report = scanned(csv(tmp_path, b"\xef\xbb\xbf" + rows))
    assert (report.table, report.rows, report.cells) == ("一.csv", 2, 6)
    assert [(f.column, f.entities) for f in report.fields] == [
        ("姓名", {}),
        ("电话", {"CN_LANDLINE": 1, "CN_MOBILE": 1}),
        ("证件", {"CN_RESIDENT_ID": 1}),
    ]
    assert report.grade is Grade.GENERAL_4
    assert report.verdict.passed


def test_a_file_without_a_header_is_noted_without_its_values(tmp_path: Path) -> None:
    """Its first row was taken for the header."""
    found = surveyed(csv(tmp_path, f"张三,{MOBILE}\n李四,{MOBILE}\n".encode()))
    assert [note.code for note in found.report.notes] == ["identifier_in_header"]
    assert [one.column for one in found.report.fields] == ["column 1", "column 2"]
    assert not any(value in survey_text(found) for value in (MOBILE, "张三"))


def test_quoted_line_ends_nulls_and_repeated_names_are_read(tmp_path: Path) -> None:
    """What RFC 4180 allows, and what people do."""
    content = f'a,a\n"x\n{MOBILE}",NULL\n\n"",N/A\n'.encode()
    report = scanned(csv(tmp_path, content))
    assert report.rows == 2
    assert report.fields[0].entities == {"CN_MOBILE": 1}


def test_a_cell_of_many_megabytes_is_read(tmp_path: Path) -> None:
    """Larger than the reader's first block."""
    content = f"a,b\n1,{'x' * 9_000_000} {MOBILE}\n2,3\n".encode()
    report = scanned(csv(tmp_path, content))
    assert report.rows == 2
    assert report.fields[1].entities == {"CN_MOBILE": 1}


@pytest.mark.parametrize(
    ("content", "line", "byte"),
    [
        (b"a,b\n1,2\n3,\xff4\n", 3, 10),
        ("a,b\n1,中".encode()[:-1], 2, 6),
        ("a,b\n中,2\n".encode() + "姓名,电话".encode("gb18030"), 3, 10),
        (b"a,b\n" + b"1,2\n" * 600_000 + b"3,\xc4\xe3\n", 600_002, 2_400_006),
        (b"x" * ((1 << 20) - 1) + "中".encode()[:2] + b",\n1,2\n", 1, (1 << 20) - 1),
    ],
)
def test_broken_utf_8_is_refused_with_its_place(
    tmp_path: Path, content: bytes, line: int, byte: int
) -> None:
    """File, line, byte offset and what to do about it."""
    error = refusal(csv(tmp_path, content))
    assert error.code == "file_not_utf8"
    assert error.where == {"file": "一.csv", "line": line, "byte": byte}
    assert "iconv" in error.remedy


@pytest.mark.parametrize("encoding", ["gb18030", "gbk", "gb2312"])
def test_a_file_in_the_national_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    """As spreadsheet programs on Chinese systems save CSV."""
    rows = f"姓名,备注\n张三,电话{MOBILE}\n".encode(encoding)
    report = scanned(csv(tmp_path, rows))
    assert [(f.column, f.entities) for f in report.fields] == [
        ("姓名", {}),
        ("备注", {"CN_MOBILE": 1}),
    ]


@pytest.mark.parametrize("header", ["时间", "省份", "姓名"])
def test_a_header_that_is_utf_8_by_chance_hides_no_national_encoding(
    tmp_path: Path, header: str
) -> None:
    """The first bytes of 时间 in GBK are a letter of UTF-8."""
    path = csv(tmp_path, f"{header},电话\n甲某,{MOBILE}\n".encode("gbk"))
    assert [field.column for field in scanned(path).fields] == [header, "电话"]
    assert noted(path) == ["read_as_encoding"]


def test_broken_bytes_in_the_national_encoding_are_named(tmp_path: Path) -> None:
    """With their place and a remedy for that encoding."""
    rows = "姓名,电话\n".encode("gbk") + "某某,甲乙丙丁\n".encode("gbk") * 40
    error = refusal(csv(tmp_path, rows + b"\xff\xff,1\n"))
    assert (error.code, error.where["line"], error.where["byte"]) == (
        "file_not_utf8",
        42,
        len(rows),
    )
    assert "GB18030" in error.what
    assert "-f gb18030" in error.remedy


def test_a_wide_table_is_read_in_few_batches(tmp_path: Path) -> None:
    """Each column of a batch costs as much as hundreds of its cells."""
    header = ",".join(f"c{place}" for place in range(10_000))
    path = csv(tmp_path, "\n".join([header, *[",".join(["123456"] * 10_000)] * 100]).encode())
    assert read_file(path, lambda _, batches, __: [batch.num_rows for batch in batches]) == [100]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_read_with_and_without_its_mark(tmp_path: Path, encoding: str) -> None:
    """As spreadsheet programs save Unicode text: with tabs."""
    path = csv(tmp_path, f"姓名\t电话\n某某\t{MOBILE}\n".encode(encoding))
    assert {f.column: f.entities for f in scanned(path).fields} == {
        "姓名": {},
        "电话": {"CN_MOBILE": 1},
    }
    assert noted(path) == ["read_as_encoding", "read_with_delimiter"]


def test_half_a_character_of_utf_16_is_refused(tmp_path: Path) -> None:
    """With a remedy for that encoding."""
    error = refusal(csv(tmp_path, "姓名,电话\n某某,1\n".encode("utf-16") + b"x"))
    assert (error.code, "-f utf-16" in error.remedy) == ("file_not_utf8", True)


@pytest.mark.parametrize("delimiter", [";", "\t", "|", ","])
def test_fields_are_separated_as_the_file_has_it(tmp_path: Path, delimiter: str) -> None:
    """Other delimiters in quoted fields and in remarks are text."""
    rows = [["姓名", "电话", "备注"], ["某某", MOBILE, '"甲,乙;丙|丁"'], ["某", "", "x,y"]]
    rows[2][2] = "x" if delimiter == "," else "x,y"
    path = csv(tmp_path, "\n".join(map(delimiter.join, rows)).encode())
    assert [f.column for f in scanned(path).fields] == ["姓名", "电话", "备注"]
    assert noted(path) == ([] if delimiter == "," else ["read_with_delimiter"])


def test_a_zero_byte_hides_nothing(tmp_path: Path) -> None:
    """Neither beside an identifier nor in a file of few other bytes."""
    report = scanned(csv(tmp_path, f"a,b\n1,\0{MOBILE}\n2,x\0\n".encode()))
    assert report.fields[1].entities == {"CN_MOBILE": 1}


def test_a_ragged_row_in_the_national_encoding_is_refused_as_ragged(tmp_path: Path) -> None:
    """The complaint is of the row, not of the encoding."""
    error = refusal(csv(tmp_path, "姓名,电话\n张三,1\n李四\n".encode("gb18030")))
    assert error.code == "file_malformed"
    assert error.where["row"] == 3


def test_a_ragged_row_is_refused_without_its_content(tmp_path: Path) -> None:
    """The reader's own message quotes the row."""
    error = refusal(csv(tmp_path, f"a,b\n1,2\n{MOBILE}\n".encode()))
    assert error.code == "file_malformed"
    assert error.where == {"file": "一.csv", "row": 3, "expected": 2, "found": 1}
    assert MOBILE not in str(error)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.csv", b"", "file_malformed"),
        ("a.csv", b"\n\n", "file_malformed"),
        ("a.parquet", b"PAR1 no", "file_malformed"),
        ("a.xlsx", b"PK", "file_type_unknown"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    """Empty, broken, and of a kind that is not read."""
    assert refusal(csv(tmp_path, content, name)).code == code
    assert refusal(tmp_path / "none.csv").code == "file_missing"
    assert refusal(tmp_path).code == "file_missing"


def test_a_header_alone_is_a_table_without_rows(tmp_path: Path) -> None:
    """Nothing to find is no error."""
    report = scanned(csv(tmp_path, b"a,b\n"))
    assert (report.rows, report.cells, len(report.fields)) == (0, 0, 2)
    assert noted(csv(tmp_path, b"a,b\n")) == ["no_rows"]


def test_a_parquet_file_is_scanned_in_every_type(tmp_path: Path) -> None:
    """Nested ones too."""
    path = tmp_path / "t.PARQUET"
    table = pa.table(
        {
            "text": [f"电话{MOBILE}", None],
            "number": pa.array([int(MOBILE), 5]),
            "amount": pa.array([Decimal("1.50"), None]),
            "day": pa.array([dt.date(2026, 1, 1), None]),
            "raw": pa.array([f"{ID}\0".encode(), b"\xff\xfe"], pa.binary()),
            "kind": pa.array(["a@b.cn", "a@b.cn"]).dictionary_encode(),
            "list": pa.array([["x", MOBILE], []]),
        }
    )
    pq.write_table(table, path)
    report = scanned(path)
    assert {f.column: f.entities for f in report.fields if f.entities} == {
        "text": {"CN_MOBILE": 1},
        "number": {"CN_MOBILE": 1},
        "raw": {"CN_RESIDENT_ID": 1},
        "kind": {"EMAIL": 2},
        "list": {"CN_MOBILE": 1},
    }
    assert report.not_scanned == ()
    assert (report.rows, report.cells) == (2, 14)


def test_a_parquet_file_with_broken_text_is_scanned_all_the_same(tmp_path: Path) -> None:
    """Parquet readers do not check UTF-8; a bad byte hides nothing."""
    raw = pa.array([b"\xff" + MOBILE.encode(), b"\xe5"], pa.binary())
    broken = pa.Array.from_buffers(pa.string(), 2, raw.buffers())
    path = tmp_path / "b.parquet"
    pq.write_table(pa.table({"text": broken}), path)
    assert scanned(path).fields[0].entities == {"CN_MOBILE": 1}
    columns = {
        "kind": broken.dictionary_encode(),
        "list": pa.ListArray.from_arrays(pa.array([0, 1, 2], pa.int32()), broken),
        "struct": pa.StructArray.from_arrays([broken], ["text"]),
    }
    pq.write_table(pa.table(columns), path)
    assert [field.entities for field in scanned(path).fields] == [{"CN_MOBILE": 1}] * 3


def test_a_damaged_parquet_file_is_refused(tmp_path: Path) -> None:
    """Cut short, or with a byte changed in the middle."""
    path = tmp_path / "c.parquet"
    pq.write_table(pa.table({"text": ["x" * 5000] * 50}), path, compression="zstd")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert refusal(path).code == "file_malformed"
    middle = len(whole) // 4
    path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 0xFF]) + whole[middle + 1 :])
    assert refusal(path).code == "file_malformed"


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        ('1,"x\n2,y\n3,z\n', 2),
        ('1,2\n1,"long', 3),
        ('1,2\n1,"a ""quoted', 3),
        ('1,2\n1,"a ""quoted""', 3),
        ('1,2\n3,"', 3),
        ('1,"two\nlines"\n2,"x\n', 4),
        ('1,"张三\n2,y\n', 2),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030"])
def test_a_quote_that_nothing_closes_is_refused_with_its_line(
    tmp_path: Path, rows: str, line: int, encoding: str
) -> None:
    """A reader would give one cell all that follows."""
    text = "甲,乙\n你好世界,你好世界\n" + rows
    found = refusal(csv(tmp_path, text.encode(encoding)))
    assert found.code == "file_malformed"
    assert found.where == {"file": "一.csv", "line": line + 1}


def _quotes(text: str) -> bool:
    """Whether a quote stays open, as the standard library has it."""
    try:
        list(reader(StringIO(text, newline=""), strict=True))
    except CsvError as error:
        return "unexpected end of data" in str(error)
    return False


@given(
    rows=st.lists(
        st.tuples(*[st.text('a"\n,;张', max_size=5) for _ in range(2)]), min_size=1, max_size=4
    ),
    cut=st.integers(0, 12),
    write=st.sampled_from([partial(writer, quoting=QUOTE_ALL), partial(writer)]),
)
def test_a_file_cut_anywhere_is_told_from_a_whole_one(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, str]],
    cut: int,
    write: Callable[..., Any],
) -> None:
    """What stays open is told by another reader; rows of another length are refused before."""
    file = StringIO(newline="")
    write(file, lineterminator="\n").writerows([("甲", "乙"), *rows])
    text = file.getvalue()
    text = text[: max(len(text) - cut, text.index("\n") + 1)]
    path = csv(tmp_path_factory.mktemp("cut"), text.encode())
    refused: RefusedError | None = None
    try:
        read_file(path, lambda _schema, batches, _notes: sum(one.num_rows for one in batches))
    except RefusedError as error:
        refused = error
    assert refused or not _quotes(text)
    assert _quotes(text) or refused is None or "line" not in refused.where


@pytest.mark.parametrize("first", ["sep=;\r\n", '"sep=;"\n', "\ufeffSEP=;\n"])
def test_a_first_line_that_names_the_separator_is_none_of_the_table(
    tmp_path: Path, first: str
) -> None:
    """Excel writes it, and reads it."""
    report = scanned(csv(tmp_path, f"{first}姓名;电话\n张三;{MOBILE}\n".encode()))
    assert [field.column for field in report.fields] == ["姓名", "电话"]
    assert (report.rows, report.fields[1].entities) == (1, {"CN_MOBILE": 1})


def test_a_parquet_file_without_columns_is_refused(tmp_path: Path) -> None:
    """Nothing can be said of what is in it."""
    path = tmp_path / "none.parquet"
    pq.write_table(pa.table({}), path)
    assert refusal(path).code == "file_malformed"


def test_a_file_named_by_an_identifier_is_refused_without_it(tmp_path: Path) -> None:
    """Only the type of what stands in the name is told."""
    found = refusal(csv(tmp_path, b"a,b\n1,2,3\n", f"{ID}.csv"))
    assert found.where["file"] == "<CN_RESIDENT_ID>.csv"
