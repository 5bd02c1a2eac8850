"""Names of persons by the header above them."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pytest

from weir.privacy.names.bulk import NamesBulk, tells_of_persons
from weir.privacy.names.labels import KINDS

BULK = NamesBulk()
NAMES = ["扎西次仁", "陆军", "SMITH John", "巴特尔", "陳偉明", "靳勇", "O'Neil, Mary-Ann K."]
NO_NAMES = [
    "不详",
    "张先生",
    "李某",
    "王",
    "13900009021",
    "n/a",
    "VIP",
    "not known",
    "",
    "父亲",
    "遂宁宏达公司",
]


def named(values: Sequence[str | None], header: str) -> list[tuple[str, int, int]]:
    hits, _ = BULK.survey(pa.array(values), header)
    return [
        (values[cell] or "", start, end)
        for kind, cell, start, end in zip(
            hits.entity.tolist(),
            hits.cell.tolist(),
            hits.start.tolist(),
            hits.end.tolist(),
            strict=True,
        )
        if KINDS[kind] == "PERSON_NAME"
    ]


@pytest.mark.parametrize(
    "header", ["姓名", "户主姓名", "XM", "法定代表人", "payload\npatient_name"]
)
def test_short_han_text_under_the_header_of_names_is_one(header: str) -> None:
    """Whole, whatever it looks like, in order of cells; nulls and other cells are none."""
    values = [*NAMES, None, *NO_NAMES]
    assert named(values, header) == [(name, 0, len(name.encode())) for name in NAMES]
    assert named(values[::-1], header) == [(name, 0, len(name.encode())) for name in NAMES[::-1]]


@pytest.mark.parametrize("header", ["", "备注", "与户主关系", "姓名拼音码", "商品名称"])
def test_other_headers_tell_of_no_persons(header: str) -> None:
    """What the model does not know to be a name is none there."""
    assert not tells_of_persons(header)
    assert "扎西次仁" not in [name for name, _, _ in named(NAMES, header)]


def test_bytes_under_a_null_and_broken_text_are_no_names() -> None:
    """Lengths alone fit."""
    array = pa.array([b"\xe5\xe5\xe5\xe5\xe5\xe5", "王娜".encode(), "李勇".encode()], pa.binary())
    hidden = pa.Array.from_buffers(pa.binary(), 3, [pa.py_buffer(b"\x03"), *array.buffers()[1:]])
    hits, _ = BULK.survey(hidden, "姓名")
    assert hits.cell.tolist() == [1]
