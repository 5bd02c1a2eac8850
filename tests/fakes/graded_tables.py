"""Labelled tables of tests/assets/graded_tables, whose notation is told in public.txt."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

_FOLDER = Path(__file__).parents[1] / "assets" / "graded_tables"
_USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_TO_CHECK = re.compile(r"([0-9A-Z]+)\?")
_ID_DIGITS, _USCC_DIGITS = 17, 17
_LUHN_DIGITS = (14, 15, 18)


@dataclass(frozen=True, slots=True)
class GradedTable:
    """`expected` by column: the decisions that a data officer could take, each as
    "class subject grade", with "!" where sensitive; "*" where no answer is right or wrong."""

    name: str
    subjects: frozenset[str]
    grades: frozenset[int]
    headers: tuple[str, ...]
    expected: tuple[frozenset[str], ...]
    rows: tuple[tuple[str, ...], ...]

    def batch(self) -> pa.RecordBatch:
        columns = [pa.array(column, pa.string()) for column in zip(*self.rows, strict=True)]
        return pa.RecordBatch.from_arrays(columns, names=list(self.headers))


def graded_tables(file: str) -> Iterator[GradedTable]:
    text = (_FOLDER / file).read_text("utf-8")
    for block in text.split("\n== ")[1:]:
        title, headers, expected, *rows = block.strip().splitlines()
        name, subject, grade = (part.strip() for part in title.split("|"))
        yield GradedTable(
            name=name,
            subjects=frozenset(subject.split("/")),
            grades=frozenset(map(int, grade.split("/"))),
            headers=_cells(headers),
            expected=tuple(frozenset(cell.split("/")) for cell in _cells(expected)),
            rows=tuple(tuple(map(_checked, _cells(row))) for row in rows),
        )


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in line.split(" | "))


def _checked(cell: str) -> str:
    return _TO_CHECK.sub(lambda match: match[1] + _check_digit(match[1]), cell)


def _check_digit(body: str) -> str:
    if body.isdigit() and len(body) == _ID_DIGITS:
        total = sum(int(c) * pow(2, 17 - place, 11) for place, c in enumerate(body))
        return "10X98765432"[total % 11]
    if len(body) == _USCC_DIGITS:
        total = sum(_USCC.index(c) * pow(3, place, 31) for place, c in enumerate(body))
        return _USCC[-total % 31]
    if len(body) not in _LUHN_DIGITS:
        raise ValueError(f"no check digit is known for {len(body)} characters")
    doubled = sum(sum(divmod(2 * int(c), 10)) for c in body[::-2])
    return str(-(doubled + sum(map(int, body[-2::-2]))) % 10)
