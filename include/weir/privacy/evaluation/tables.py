"""The benchmark's tables: labelled, in many layouts, with noise and look-alikes.

Truth is by cell: the types of identifier that were put into it. The three families share makers of
values, and neither headers nor texts, so that nothing fitted to one is measured by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import pyarrow as pa
import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from weir.crypto.canonical import canonical_json
from weir.crypto.sm3 import sm3_hex
from weir.model import Digest
from weir.privacy.evaluation.decoys import DECOYS
from weir.privacy.evaluation.draw import Draw
from weir.privacy.evaluation.noise import noisy
from weir.privacy.evaluation.values import MAKERS

_FILE = Path(__file__).with_name("families.yaml")
_EMPTY = 0.05
_WIDE, _NARROW_TIMES = frozenset({"register", "headless"}), 5
_TOLD_BY_HEADER = frozenset({"CN_DRIVER_LICENCE"})
"""A driving licence has the number of its holder's resident ID: without a header it is that."""

_BLANK = re.compile(r"\{(\w+)\}")

Cell = str | None
Truth = frozenset[str]
Written = tuple[Cell, Truth]


class Family(StrEnum):
    TRAIN = "train"
    DEV = "dev"
    TEST = "test"


class Wording(BaseModel):
    """What the tables of one family are made of."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    layouts: tuple[str, ...]
    headers: Mapping[str, tuple[str, ...]]
    remarks: tuple[str, ...]
    labels: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledTable:
    """A table whose `truth` names, by column and row, the types each cell holds."""

    layout: str
    headers: tuple[str, ...]
    columns: tuple[tuple[Cell, ...], ...]
    truth: tuple[tuple[Truth, ...], ...]

    def arrays(self) -> list[pa.Array]:
        return [pa.array(column, pa.string()) for column in self.columns]


@cache
def wordings() -> Mapping[Family, Wording]:
    told = yaml.safe_load(_FILE.read_text("utf-8"))
    return TypeAdapter(dict[Family, Wording]).validate_python(told)


def tables(family: Family, *, seed: int, rows: int) -> Iterator[LabelledTable]:
    """The tables of a family, of `rows` rows each; those of few columns five times as many."""
    wording = wordings()[family]
    for layout in wording.layouts:
        draw = Draw(seed, family, layout)
        many = 1 if layout in _WIDE else _NARROW_TIMES
        columns = list(_LAYOUTS[layout](wording, draw, rows * many))
        yield LabelledTable(
            layout=layout,
            headers=tuple(header for header, _ in columns),
            columns=tuple(tuple(cell for cell, _ in cells) for _, cells in columns),
            truth=tuple(tuple(truth for _, truth in cells) for _, cells in columns),
        )


def tables_digest(made: list[LabelledTable]) -> Digest:
    """SM3 over every header, cell and label."""
    return sm3_hex(
        canonical_json(
            [
                [
                    list(table.headers),
                    [list(column) for column in table.columns],
                    [[sorted(truth) for truth in column] for column in table.truth],
                ]
                for table in made
            ]
        )
    )


Column = tuple[str, list[Written]]


def _register(wording: Wording, draw: Draw, rows: int) -> Iterator[Column]:
    """One column for each type and look-alike, under each of its headers, in any order."""
    headed = [(kind, header) for kind, names in wording.headers.items() for header in names]
    for kind, header in draw.shuffled(headed):
        yield header, [_value(kind, draw) for _ in range(rows)]
    yield "备注", [_remark(wording, draw) for _ in range(rows)]


def _headless(wording: Wording, draw: Draw, rows: int) -> Iterator[Column]:
    """The same without headers that say anything."""
    kinds = [kind for kind in wording.headers if kind not in _TOLD_BY_HEADER]
    for place, kind in enumerate(draw.shuffled(kinds), start=1):
        yield f"f{place}", [_value(kind, draw) for _ in range(rows)]


def _list(wording: Wording, draw: Draw, rows: int) -> Iterator[Column]:
    """Columns in which every cell is of another type: contact ways, numbers, parties."""
    mixed = {
        "方式": ("CN_MOBILE", "CN_LANDLINE", "EMAIL", "masked_mobile"),
        "号": ("CN_RESIDENT_ID", "CN_USCC", "CN_PASSPORT", "order_number", "wrong_id"),
        "户": ("CN_BANK_CARD", "order_number", "barcode", "tracking_number", "whole_amount"),
        "方": ("PERSON_NAME", "ORGANISATION", "document_number"),
        "处": ("ADDRESS", "coordinate", "IPV4"),
    }
    for header, kinds in mixed.items():
        yield header, [_value(draw.one(kinds), draw) for _ in range(rows)]
    yield "附言", [_remark(wording, draw) for _ in range(rows)]


def _pairs(wording: Wording, draw: Draw, rows: int) -> Iterator[Column]:
    """Two columns: what it is, and the value."""
    kinds = [draw.one(list(wording.labels)) for _ in range(rows)]
    yield "项目", [(draw.one(wording.labels[kind]), frozenset()) for kind in kinds]
    yield "内容", [_value(kind, draw) for kind in kinds]


def _log(wording: Wording, draw: Draw, rows: int) -> Iterator[Column]:
    """Lines of a program: keys, values and instants."""
    del wording
    yield "line", [_log_line(draw) for _ in range(rows)]


def _notes(wording: Wording, draw: Draw, rows: int) -> Iterator[Column]:
    """Two columns of text: sentences, and values behind labels."""
    yield "内容", [_remark(wording, draw) for _ in range(rows)]
    yield "补充", [_labelled(wording, draw) for _ in range(rows)]


_LAYOUTS: Mapping[str, Callable[[Wording, Draw, int], Iterator[Column]]] = {
    "register": _register,
    "headless": _headless,
    "list": _list,
    "pairs": _pairs,
    "log": _log,
    "notes": _notes,
}


def _value(kind: str, draw: Draw) -> Written:
    if draw.happens(_EMPTY):
        return draw.one((None, "")), frozenset()
    if kind in DECOYS:
        return DECOYS[kind](draw), frozenset()
    return noisy(kind, MAKERS[kind](draw), draw), frozenset({kind})


def _remark(wording: Wording, draw: Draw) -> Written:
    return _filled(draw.one(wording.remarks), draw)


def _labelled(wording: Wording, draw: Draw) -> Written:
    mark = draw.one(("：", ":", "", " "))
    parts = [
        f"{draw.one(wording.labels[kind])}{mark}{{{kind}}}"
        for kind in draw.shuffled(list(wording.labels))[: draw.between(1, 4)]
    ]
    return _filled(draw.one(("；", "，", " ", "/")).join(parts), draw)


def _log_line(draw: Draw) -> Written:
    line = draw.one(
        (
            "2026-03-01 08:12:09 INFO uid=77 phone={CN_MOBILE} ip={IPV4}",
            "[WARN] order={order_number} cost={amount} build {dotted_version}",
            '{{"idNo":"{CN_RESIDENT_ID}","mail":"{EMAIL}","sku":"{product_code}"}}',
            "POST /api/v2/pay card={CN_BANK_CARD}&ref={order_number}",
            "gate in {CN_PLATE} at {coordinate} dev={meter_reading}",
        )
    )
    return _filled(line.replace("{{", "\x00").replace("}}", "\x01"), draw)


def _filled(template: str, draw: Draw) -> Written:
    held: set[str] = set()

    def fill(match: re.Match[str]) -> str:
        kind = match[1]
        if kind in DECOYS:
            return DECOYS[kind](draw)
        held.add(kind)
        return noisy(kind, MAKERS[kind](draw), draw, glue=False)

    text = _BLANK.sub(fill, template)
    return text.replace("\x00", "{").replace("\x01", "}"), frozenset(held)
