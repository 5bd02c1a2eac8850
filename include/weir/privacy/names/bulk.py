"""The bulk path of the recogniser for names: whole columns, in a scan beside the entity table."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from weir.privacy.classification.header import HEAD, read_header
from weir.privacy.hits import ScoredHits
from weir.privacy.names.finder import NameFinder, name_finder
from weir.privacy.names.headed import with_headed
from weir.privacy.names.labels import KINDS

Ints = npt.NDArray[np.int64]

SCORE, WITH_CONTEXT = 0.6, 0.95
"""Presidio's confidence without a context word and with one: it adds 0.35."""

CONTEXT = (
    *("姓名", "联系人", "户主", "患者", "当事人", "法定代表人", "申请人", "收件人", "负责人"),
    *("地址", "住址", "住所", "坐落", "现住", "户籍", "家住", "公司", "单位", "机构", "名称"),
)

_CONCEPT = "person_name"


class NamesBulk:
    """What the recogniser finds, cell by cell, with the column's header as context."""

    slow = False
    entities = KINDS

    def __init__(self, finder: NameFinder | None = None) -> None:
        self._finder = finder or name_finder()
        self.name = self._finder.name

    def __reduce__(self) -> tuple[object, ...]:
        """Another process loads the model itself."""
        if self._finder is not name_finder():
            raise TypeError("only the model of the package can be sent to another process")
        return NamesBulk, ()

    def number_lengths(self, header: str) -> frozenset[int] | None:
        """A bare number is no name."""
        del header
        return frozenset()

    def survey(self, values: pa.Array, header: str) -> tuple[ScoredHits, Ints]:
        hits = self._finder.find(values)
        if tells_of_persons(header):
            hits = with_headed(hits, values)
        told = any(word in line for line in header.split("\n") for word in CONTEXT)
        scored = ScoredHits(
            entity=hits.entity,
            cell=hits.cell,
            start=hits.start,
            end=hits.end,
            score=np.full(len(hits), WITH_CONTEXT if told else SCORE),
        )
        return scored, np.zeros(len(KINDS), np.int64)


def tells_of_persons(header: str) -> bool:
    """Whether `header`, by lines the names of a column and of the fields in it, is that of names
    of persons."""
    readings = map(read_header, header.split("\n"))
    return any(
        reading is not None and reading.concept.concept == _CONCEPT and reading.strength >= HEAD
        for reading in readings
    )
