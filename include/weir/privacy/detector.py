"""Which recognisers look at a column: in bulk those that can, any other through Presidio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from weir.privacy.arbitration import arbitrated
from weir.privacy.bulk import Bulk, EngineBulk, TableBulk
from weir.privacy.cells import Cells, distinct
from weir.privacy.escapes import escaped_json, opens_json, origins, resolved
from weir.privacy.hits import ScoredHits
from weir.privacy.kernel import Kernel

Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer, RecognizerRegistry

_DEEPEST_JSON = 4
_WINDOW_BYTES = 2 << 20
_OVERLAP_BYTES = 1 << 19
_CONTINUATION, _CONTINUATION_BITS = 0x80, 0xC0


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a column holds: hits whose `entity` indexes `Detector.entities_covered`, in order of
    cell and place; and by type how many values had its shape.

    `unresolved` are cells of JSON within JSON so deep that the innermost text was not read.
    """

    hits: ScoredHits
    shaped: Mapping[str, int]
    unresolved: Ints

    def held(self) -> list[int]:
        """The types found, each once."""
        return np.unique(self.hits.entity).tolist() if len(self.hits) else []

    def cells(self, entity: int) -> Ints:
        """The cells that hold the type, ascending."""
        return distinct(self.hits.cell[self.hits.entity == entity])


class Detector:
    """Detection over columns of text: what Presidio's AnalyzerEngine finds cell by cell."""

    def __init__(self, bulks: Sequence[Bulk]) -> None:
        self._bulks = tuple(bulks)
        self.entities_covered = tuple(sorted({name for b in self._bulks for name in b.entities}))
        self._numbers = [
            np.searchsorted(self.entities_covered, bulk.entities) for bulk in self._bulks
        ]
        self.name = "; ".join(
            [f"presidio-analyzer {version('presidio-analyzer')}", *(b.name for b in self._bulks)]
        )

    @property
    def reads_values_one_by_one(self) -> bool:
        """Whether it pays to be given distinct values only."""
        return any(bulk.slow for bulk in self._bulks)

    @property
    def threads(self) -> int:
        """How many columns are worth searching at a time: as many as Arrow may use processors, but
        one where a recogniser runs in Python alone."""
        return 1 if self.reads_values_one_by_one else pa.cpu_count()

    def number_lengths(self, header: str) -> frozenset[int] | None:
        """The lengths at which a bare number under `header` can be anything; None where that is
        not known."""
        lengths: set[int] = set()
        for bulk in self._bulks:
            known = bulk.number_lengths(header)
            if known is None:
                return None
            lengths |= known
        return frozenset(lengths)

    def search(self, values: pa.Array, header: str = "") -> Found:
        """What a string or binary array holds, and what its cells of JSON hold with their escapes
        resolved. Null cells hold nothing; a cue in `header`, by lines the names of the column and
        of the fields within it, holds for every cell."""
        cells = Cells.of(values)
        parts = [_Part.none(len(self.entities_covered))]
        first = 0
        for large in np.flatnonzero(cells.lengths() > _WINDOW_BYTES).tolist():
            parts.append(self._read(values.slice(first, large - first), header).moved(first))
            if values[large].is_valid:
                parts.append(self._read_large(cells.bytes_of(large), header).moved(large))
            first = large + 1
        parts.append(self._read(values.slice(first), header).moved(first))
        whole = _Part.joined(parts)
        return Found(
            hits=whole.hits,
            shaped=dict(zip(self.entities_covered, whole.shaped.tolist(), strict=True)),
            unresolved=whole.unresolved,
        )

    def search_as_is(self, values: pa.Array, header: str = "") -> ScoredHits:
        """What a string or binary array holds as it stands, escapes of JSON unresolved."""
        return self._survey(values, header).hits

    def _read(self, values: pa.Array, header: str, *, json: bool = False) -> _Part:
        """Cells of any kind, or with `json` of nothing but JSON."""
        found = self._survey(values, header)
        more, unresolved = [], []
        for first, piece in Cells.of(values).pieces():
            numbers = np.arange(len(piece)) if json else escaped_json(piece)
            for depth, (unescaped, steps) in enumerate(resolved(piece, numbers)):
                if depth == _DEEPEST_JSON:
                    unresolved.append(origins(steps) + first)
                    break
                hits = self._survey(unescaped.array(), header).hits
                for step in reversed(steps):
                    hits = step.in_source(hits)
                more.append(hits.moved(first))
        if not more:
            return found
        hits = ScoredHits.joined([found.hits, *more])
        if values.null_count:
            hits = hits.where(values.is_valid().to_numpy(zero_copy_only=False)[hits.cell])
        return replace(
            found,
            hits=arbitrated(hits),
            unresolved=np.unique(np.concatenate([np.zeros(0, np.int64), *unresolved])),
        )

    def _read_large(self, data: Bytes, header: str) -> _Part:
        """One cell, in windows that overlap; a hit counts in the window that it starts in."""
        json = opens_json(data[:_WINDOW_BYTES])
        parts = []
        for start in range(0, len(data), _WINDOW_BYTES):
            first = _character_start(data, max(start - _OVERLAP_BYTES, 0))
            own = _character_start(data, start), _character_start(data, start + _WINDOW_BYTES)
            last = _character_start(data, start + _WINDOW_BYTES + _OVERLAP_BYTES)
            window = Cells(data=data[first:last], offsets=np.array([0, last - first], np.int64))
            part = self._read(window.array(), header, json=json)
            hits = replace(part.hits, start=part.hits.start + first, end=part.hits.end + first)
            hits = hits.where((hits.start >= own[0]) & (hits.start < own[1]))
            parts.append(replace(part, hits=hits))
        return _Part.joined(parts)

    def _survey(self, values: pa.Array, header: str) -> _Part:
        parts, total = [], np.zeros(len(self.entities_covered), np.int64)
        for numbers, bulk in zip(self._numbers, self._bulks, strict=True):
            hits, shaped = bulk.survey(values, header)
            parts.append(replace(hits, entity=numbers[hits.entity]))
            np.add.at(total, numbers, shaped)
        hits = ScoredHits.joined(parts)
        if len(self._bulks) > 1:
            hits = arbitrated(hits)
        return _Part(hits=hits, shaped=total, unresolved=np.zeros(0, np.int64))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """What some of the cells hold."""

    hits: ScoredHits
    shaped: Ints
    unresolved: Ints

    @classmethod
    def none(cls, entities: int) -> _Part:
        return cls(
            hits=ScoredHits.none(),
            shaped=np.zeros(entities, np.int64),
            unresolved=np.zeros(0, np.int64),
        )

    @classmethod
    def joined(cls, parts: Sequence[_Part]) -> _Part:
        return cls(
            hits=ScoredHits.joined([part.hits for part in parts]),
            shaped=np.sum([part.shaped for part in parts], axis=0),
            unresolved=np.unique(np.concatenate([part.unresolved for part in parts])),
        )

    def moved(self, cells: int) -> _Part:
        return replace(self, hits=self.hits.moved(cells), unresolved=self.unresolved + cells)


def _character_start(data: Bytes, place: int) -> int:
    """The first byte at or before `place` that begins a character."""
    place = min(place, len(data))
    first = max(place - 3, 0)
    while first < place < len(data) and data[place] & _CONTINUATION_BITS == _CONTINUATION:
        place -= 1
    return place


@cache
def table_kernel() -> Kernel:
    """The kernel of the entity table."""
    return Kernel()


@cache
def table_detector() -> Detector:
    """The detector of the entity table. Presidio itself is not loaded."""
    return Detector([TableBulk(table_kernel())])


def bulk_of(recogniser: EntityRecognizer) -> Bulk | None:
    """The bulk path of a Presidio recogniser: ours, or what its method `bulk` gives."""
    from weir.privacy.recognisers import IdentifierRecognizer

    if isinstance(recogniser, IdentifierRecognizer):
        return TableBulk(Kernel(recogniser.entities))
    return recogniser.bulk() if hasattr(recogniser, "bulk") else None


def detector_of(registry: RecognizerRegistry) -> Detector:
    """The detector of every recogniser for Chinese in `registry`."""
    from presidio_analyzer import RecognizerRegistry

    from weir.privacy.recognisers import LANGUAGE, build_analyzer

    bulks: list[Bulk] = []
    others = []
    for recogniser in registry.get_recognizers(language=LANGUAGE, all_fields=True):
        bulk = bulk_of(recogniser)
        if bulk is None:
            others.append(recogniser)
        else:
            bulks.append(bulk)
    if others:
        rest = RecognizerRegistry(recognizers=others, supported_languages=[LANGUAGE])
        bulks.append(EngineBulk(build_analyzer(rest), LANGUAGE))
    return Detector(bulks)
