"""Presidio's BatchAnalyzerEngine with the bulk path behind it.

    from weir.privacy.batch_analyzer import BulkAnalyzerEngine

    BulkAnalyzerEngine().analyze_iterator(texts, language="zh")

Same calls, same results. Where each recogniser that a call selects has a bulk path, texts are
searched in bulk; otherwise, and where the call asks for more than bulk gives (decision processes,
lists of allowed words), each distinct text is given to the engine once.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable
from typing import Any

import pyarrow as pa
from presidio_analyzer import (
    AnalyzerEngine,
    BatchAnalyzerEngine,
    EntityRecognizer,
    RecognizerResult,
)

from weir.privacy.bulk import Bulk
from weir.privacy.cells import Cells
from weir.privacy.characters import in_characters
from weir.privacy.detector import bulk_of
from weir.privacy.recognisers import build_analyzer

Results = list[RecognizerResult]

_SURROGATES = re.compile("[\ud800-\udfff]")
_IN_BULK = {"entities", "score_threshold", "correlation_id", "context"}


class BulkAnalyzerEngine(BatchAnalyzerEngine):  # type: ignore[misc]  # Presidio has no types
    """A BatchAnalyzerEngine; without an engine of its own it takes ours."""

    def __init__(self, analyzer_engine: AnalyzerEngine | None = None) -> None:
        super().__init__(analyzer_engine or build_analyzer())
        self._bulks: dict[str, Bulk | None] = {}

    def analyze_iterator(
        self,
        texts: Iterable[str | float],
        language: str,
        batch_size: int = 1,
        n_process: int = 1,
        **kwargs: Any,
    ) -> list[Results]:
        """The results of each text, in order."""
        listed = [str(text) for text in self._validate_types(texts)]
        if not listed:
            return []
        number_of = {text: number for number, text in enumerate(dict.fromkeys(listed))}
        distinct = list(number_of)
        # The engine sees the first text whatever happens, and refuses what it would refuse.
        by_engine = {0: super().analyze_iterator(distinct[:1], language, **kwargs)[0]}
        found: list[Results] = [[] for _ in distinct]
        recognisers = self._bulk_recognisers(language, kwargs)
        rest = range(1, len(distinct)) if recognisers is None else _without_utf8(distinct)
        read = super().analyze_iterator(
            [distinct[number] for number in rest], language, batch_size, n_process, **kwargs
        )
        by_engine.update(zip(rest, read, strict=True))
        for recogniser in recognisers or ():
            self._search(recogniser, distinct, found, kwargs)
        found = [
            by_engine[number] if number in by_engine else _unique(results)
            for number, results in enumerate(found)
        ]
        first = dict.fromkeys(range(len(distinct)), True)
        given = []
        for text in listed:
            number = number_of[text]
            given.append(found[number] if first[number] else _copied(found[number]))
            first[number] = False
        return given

    def _bulk_recognisers(
        self, language: str, kwargs: dict[str, Any]
    ) -> list[EntityRecognizer] | None:
        """The recognisers that the call selects, if bulk gives all that it asks for."""
        engine = self.analyzer_engine
        if engine.log_decision_process or any(kwargs[name] for name in kwargs.keys() - _IN_BULK):
            return None
        if engine.default_score_threshold and kwargs.get("score_threshold") is None:
            return None
        entities = kwargs.get("entities")
        recognisers: list[EntityRecognizer] = engine.registry.get_recognizers(
            language=language, entities=entities, all_fields=not entities
        )
        return recognisers if all(map(self._bulk, recognisers)) else None

    def _bulk(self, recogniser: EntityRecognizer) -> Bulk | None:
        if recogniser.id not in self._bulks:
            self._bulks[recogniser.id] = bulk_of(recogniser)
        return None if recogniser.score_thresholds else self._bulks[recogniser.id]

    def _search(
        self,
        recogniser: EntityRecognizer,
        texts: list[str],
        found: list[Results],
        asked: dict[str, Any],
    ) -> None:
        """Add what `recogniser` finds in each text."""
        bulk = self._bulk(recogniser)
        if bulk is None:
            return
        # Texts without UTF-8 are read by the engine; their place is kept.
        values = pa.array([t.encode("utf-8", "replace") for t in texts], pa.large_binary())
        hits, _ = bulk.survey(values, "\n".join(asked.get("context") or ()))
        hits = in_characters(hits.where(hits.score > 0), Cells.of(values))
        wanted = set(asked.get("entities") or bulk.entities)
        least = asked.get("score_threshold") or 0
        for entity, cell, start, end, score in zip(
            hits.entity.tolist(),
            hits.cell.tolist(),
            hits.start.tolist(),
            hits.end.tolist(),
            hits.score.tolist(),
            strict=True,
        ):
            name = bulk.entities[entity]
            if name in wanted and score >= least:
                found[cell].append(_result(recogniser, name, start, end, score))


def _result(
    recogniser: EntityRecognizer, name: str, start: int, end: int, score: float
) -> RecognizerResult:
    about = {
        RecognizerResult.RECOGNIZER_NAME_KEY: recogniser.name,
        RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: recogniser.id,
    }
    if type(recogniser).enhance_using_context is not EntityRecognizer.enhance_using_context:
        about[RecognizerResult.IS_SCORE_ENHANCED_BY_CONTEXT_KEY] = True
    return RecognizerResult(
        entity_type=name, start=start, end=end, score=score, recognition_metadata=about
    )


def _unique(results: Results) -> Results:
    if len(results) < 2:  # noqa: PLR2004 — nothing to be the same as
        return results
    unique: Results = EntityRecognizer.remove_duplicates(results)
    return unique


def _copied(results: Results) -> Results:
    copies = [copy.copy(result) for result in results]
    for result in copies:
        result.recognition_metadata = dict(result.recognition_metadata or {})
    return copies


def _without_utf8(texts: list[str]) -> list[int]:
    """The texts with lone surrogates, which Arrow cannot hold."""
    joined = "".join(texts)
    if joined.isascii() or not _SURROGATES.search(joined):
        return []
    return [number for number, text in enumerate(texts) if _SURROGATES.search(text)]
