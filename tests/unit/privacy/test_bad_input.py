"""Input that is made to break a scan, or just is that bad: everything is read, or counted."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from weir.privacy import detector as detector_module
from weir.privacy.detector import table_detector
from weir.privacy.scanner import Scan, scan

MOBILE = "13900009021"


def found(column: pa.Array) -> list[tuple[int, str, str]]:
    """Row, type and the text found, where cells are text."""
    texts = column.to_pylist()
    return [
        (f["row"], f["entity"], texts[f["row"]][f["start"] : f["end"]])
        for f in scan(pa.table({"c": column})).table().to_pylist()
    ]


@pytest.mark.parametrize(
    "text",
    [
        f"\ufeff{MOBILE}",
        f"\u202e{MOBILE}\u202c",
        f"\x00\x01{MOBILE}\x7f",
        f"\u2066{MOBILE}\u2069，",
        f"{MOBILE}\r\n",
    ],
)
def test_marks_and_control_characters_beside_an_identifier(text: str) -> None:
    """Byte order marks, turns of direction, zero bytes."""
    assert found(pa.array([text])) == [(0, "CN_MOBILE", MOBILE)]


@pytest.mark.parametrize("joint", ["\u200b", "\u200d", "\ufeff", "\u2060", "\u202d", "\xad"])
def test_what_is_invisible_inside_an_identifier_hides_nothing(joint: str) -> None:
    """However much of it there is."""
    once, often = joint.join(MOBILE), f"1{joint * 5000}{MOBILE[1:]}"
    column = pa.array([once, often])
    assert found(column) == [(0, "CN_MOBILE", once), (1, "CN_MOBILE", often)]


def test_encodings_mixed_in_one_column() -> None:
    """Each cell is read by its own, and one cut off in the middle of a character too."""
    text = f"手机A，{MOBILE}"
    column = pa.array(
        [
            text.encode(),
            text.encode("gb18030"),
            text.encode("utf-16"),
            text.encode("utf-16-be"),
            text.encode("utf-16-le"),
            text.encode() + "号".encode()[:2],
            b"\xff\xfe\xfd" + MOBILE.encode(),
            np.random.default_rng(7).bytes(5000),
            None,
        ],
        pa.binary(),
    )
    scanned = scan(pa.table({"c": column}))
    rows = [f["row"] for f in scanned.table().to_pylist() if f["entity"] == "CN_MOBILE"]
    assert rows == list(range(7))
    assert scanned.coverage.cells == 9


def nested(levels: int, opens: str, closes: str) -> str:
    return opens * levels + json.dumps(f"\n{MOBILE}") + closes * levels


@pytest.mark.parametrize("levels", [10, 5_000, 200_000])
def test_json_nested_deeper_than_parsers_go(levels: int) -> None:
    """Depth costs nothing; cut off or malformed, its strings are read all the same."""
    texts = [
        nested(levels, "[", "]"),
        nested(levels, '{"a":', "}"),
        nested(levels, "[", ""),
        "{" * levels + f'"a":"\\u0031{MOBILE[1:]}',
    ]
    rows = [(row, kind) for row, kind, _ in found(pa.array(texts))]
    assert rows == [(row, "CN_MOBILE") for row in range(4)]


def test_text_that_is_no_json_is_read_as_it_stands() -> None:
    """A path is no escape; with or without a byte order mark, JSON is."""
    assert found(pa.array([f"D:\\n{MOBILE}", f"见 [1] \\n{MOBILE}"])) == []
    for opens in ('"', ' \n["', '\ufeff{"'):
        assert found(pa.array([f"{opens}D:\\n{MOBILE}"])) == [(0, "CN_MOBILE", MOBILE)]


@pytest.mark.parametrize(
    "text",
    [
        "a@" * 200_000,
        "a." * 200_000 + "@",
        "1" * 400_000,
        "1.2." * 100_000,
        "0:" * 200_000,
        "0825-" * 80_000,
        "{" + "\\" * 400_000,
        '"' + "\\u003" * 80_000,
        "http://" * 50_000,
        "川J" * 100_000,
        "１" * 100_000,
        "身份证号" * 50_000,
    ],
    ids=lambda text: text[:8],
)
def test_text_made_against_patterns_is_read_in_one_pass(text: str) -> None:
    """A megabyte of it hides nothing that stands behind; quadratic time would end the test."""
    column = pa.array([f"{text}，电话{MOBILE}。"])
    assert (0, "CN_MOBILE", MOBILE) in found(column)


def test_a_cell_larger_than_a_window_is_the_same_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows overlap, so where they end does not matter: to plain text, nor to JSON text."""
    plain = [f"号{MOBILE}，{13900000000 + n}川J{n:05d}１3900009021" for n in range(400)]
    escaped = json.dumps([f"\n{13900000000 + n}\u200b，中" for n in range(400)])
    column = pa.array(["，".join(plain), "x", None, escaped])
    whole = scan(pa.table({"c": column})).table()
    monkeypatch.setattr(detector_module, "_WINDOW_BYTES", 997)
    monkeypatch.setattr(detector_module, "_OVERLAP_BYTES", 300)
    assert scan(pa.table({"c": column})).table() == whole
    assert whole.num_rows > 1000


def test_thousands_of_columns() -> None:
    """Each is scanned, and names may be the same."""
    names = [f"c{number // 2}" for number in range(2_000)]
    batch = pa.RecordBatch.from_arrays([pa.array([MOBILE, None])] * len(names), names=names)
    scanned = scan([batch])
    assert scanned.table().num_rows == len(names)
    assert scanned.coverage.cells == 2 * len(names)


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.null(), pa.int64(), pa.list_(pa.string()), pa.binary(), pa.date32()]
)
def test_columns_of_nothing_are_scanned(kind: pa.DataType) -> None:
    """Only nulls, or no rows at all."""
    for rows in (0, 3):
        scanned = scan(pa.table({"c": pa.nulls(rows, kind)}))
        assert scanned.table().num_rows == 0
        assert scanned.coverage.cells == rows
        assert not scanned.coverage.rows_not_scanned


def test_what_cannot_be_read_is_counted_by_column() -> None:
    """Rows, not values; nulls hold nothing."""
    spans: Any = pa.array([(1, 1, 1), None, (2, 2, 2)], pa.month_day_nano_interval())
    union = pa.UnionArray.from_sparse(pa.array([0, 0, 0], pa.int8()), [pa.array(["a", "b", "c"])])
    scanned = Scan(
        pa.table({"时长": spans, "并": union, "x": [MOBILE] * 3}).to_batches(),
        table_detector(),
        workers=1,
    )
    assert scanned.table().num_rows == 3
    assert scanned.coverage.rows_not_scanned == {"时长": 2, "并": 3}
    assert scanned.coverage.cells == 9 - 5
