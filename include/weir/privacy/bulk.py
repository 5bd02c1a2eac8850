"""Recognisers that read whole columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from weir.privacy.cues import Cues
from weir.privacy.entities import BY_NAME, table_digest
from weir.privacy.hits import ScoredHits
from weir.privacy.kernel import Kernel

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine

Ints = npt.NDArray[np.int64]

_DIGEST_CHARACTERS = 16
_BROKEN = dict.fromkeys(range(0xDC80, 0xDD00), "\ufffd")


class Bulk(Protocol):
    """The bulk path of recognisers: for every cell what Presidio would have them find.

    `slow` tells that it pays to be given distinct values only.
    """

    @property
    def name(self) -> str: ...

    @property
    def entities(self) -> tuple[str, ...]: ...

    @property
    def slow(self) -> bool: ...

    def number_lengths(self, header: str) -> frozenset[int] | None:
        """The lengths at which a bare number under `header` can be anything; None where that is
        not known."""
        ...

    def survey(self, values: pa.Array, header: str) -> tuple[ScoredHits, Ints]:
        """Hits in a string or binary array, whose `entity` indexes `entities`, and per type how
        many values had its shape. Null cells hold nothing; lines of `header` are Presidio's context
        words."""
        ...


class TableBulk:
    """The bulk path of the entity table's recogniser."""

    slow = False

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._scores = np.array([entity.confidence for entity in kernel.entities])
        self.entities = tuple(entity.name for entity in kernel.entities)
        self._number_lengths = frozenset(
            length for entity in kernel.entities for length in entity.shape.number_lengths
        )
        self._cues = Cues({cue for entity in kernel.entities for cue in entity.cues})
        digest = table_digest(kernel.entities)[:_DIGEST_CHARACTERS]
        self.name = f"weir identifier table sm3:{digest}"

    def __reduce__(self) -> tuple[object, ...]:
        """What another process needs is the names; it has the table itself."""
        if any(BY_NAME.get(entity.name) is not entity for entity in self._kernel.entities):
            raise TypeError("only types of the entity table can be sent to another process")
        return _of_table, (type(self), self.entities)

    def number_lengths(self, header: str) -> frozenset[int] | None:
        return None if self._cues.stand_in(header) else self._number_lengths

    def survey(self, values: pa.Array, header: str) -> tuple[ScoredHits, Ints]:
        hits, shaped = self._kernel.survey(values, header)
        scored = ScoredHits(
            entity=hits.entity,
            cell=hits.cell,
            start=hits.start,
            end=hits.end,
            score=self._scores[hits.entity],
        )
        return scored, shaped


class EngineBulk:
    """Recognisers without a bulk path, value by value in Presidio's own engine."""

    slow = True

    def __init__(self, analyzer: AnalyzerEngine, language: str) -> None:
        self._analyzer = analyzer
        self._language = language
        recognisers = analyzer.registry.recognizers
        self.entities = tuple({n: 0 for r in recognisers for n in r.supported_entities})
        self.name = "; ".join(f"{r.name} {r.version}" for r in recognisers)

    def number_lengths(self, header: str) -> frozenset[int] | None:
        del header  # an engine may find anything anywhere
        return None

    def survey(self, values: pa.Array, header: str) -> tuple[ScoredHits, Ints]:
        context = header.split("\n") if header else None
        number_of = {name: number for number, name in enumerate(self.entities)}
        found: list[tuple[int, int, int, int, float]] = []
        for cell, raw in enumerate(values.cast(pa.large_binary()).to_pylist()):
            if not raw:
                continue
            text = raw.decode("utf-8", "surrogateescape")
            results = self._analyzer.analyze(
                text.translate(_BROKEN), language=self._language, context=context
            )
            if not results:
                continue
            ends = np.cumsum([0, *(len(c.encode("utf-8", "surrogateescape")) for c in text)])
            found += [
                (number_of[r.entity_type], cell, int(ends[r.start]), int(ends[r.end]), r.score)
                for r in results
            ]
        places = np.array([hit[:4] for hit in found], np.int64).reshape(-1, 4).T
        hits = ScoredHits(
            entity=places[0],
            cell=places[1],
            start=places[2],
            end=places[3],
            score=np.array([hit[4] for hit in found], np.float64),
        )
        return hits, np.zeros(len(self.entities), np.int64)


def _of_table(kind: type[TableBulk], names: tuple[str, ...]) -> TableBulk:
    return kind(Kernel([BY_NAME[name] for name in names]))
