"""The entity table as Presidio knows it: usable from plain Presidio, without a model or a network.

    from presidio_analyzer import AnalyzerEngine
    from weir.privacy.recognisers import build_analyzer, build_registry

This module loads Presidio and spaCy, which costs seconds; whole columns are scanned without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from presidio_analyzer import (
    AnalysisExplanation,
    AnalyzerEngine,
    EntityRecognizer,
    RecognizerRegistry,
    RecognizerResult,
)
from presidio_analyzer.nlp_engine import NlpArtifacts, NoOpNlpEngine

from weir.privacy.entities import ENTITIES, Entity
from weir.privacy.rules import Rules

LANGUAGE = "zh"


class IdentifierRecognizer(EntityRecognizer):  # type: ignore[misc]  # Presidio has no types
    """Recognises the identifiers of `entities` in text.

    One recogniser holds all types, because of those that match the very same span only the first
    by rank is reported. Spans are in characters of the text as given, full-width digits and
    invisible characters included.

    `weir.privacy.kernel.Kernel` over the same `entities` is its bulk path: it finds the same in
    whole columns.
    """

    def __init__(
        self,
        supported_language: str = LANGUAGE,
        entities: Sequence[Entity] = ENTITIES,
        name: str = "WeirIdentifierRecognizer",
    ) -> None:
        self.entities = tuple(entities)
        self._rules = Rules(entities)
        self._by_name = {entity.name: entity for entity in entities}
        super().__init__(
            supported_entities=list(self._by_name),
            supported_language=supported_language,
            name=name,
        )

    def load(self) -> None:
        """Nothing to load."""

    def analyze(
        self, text: str, entities: list[str] | None, nlp_artifacts: NlpArtifacts | None = None
    ) -> list[RecognizerResult]:
        """Presidio's entry point; `entities` limits what is reported, not what outranks it."""
        del nlp_artifacts
        wanted = set(entities or self._by_name)
        return [
            self._result(self._by_name[finding.entity], finding.start, finding.end)
            for finding in self._rules.find(text)
            if finding.entity in wanted
        ]

    def _result(self, entity: Entity, start: int, end: int) -> RecognizerResult:
        score = EntityRecognizer.MAX_SCORE if entity.check else entity.score
        return RecognizerResult(
            entity_type=entity.name,
            start=start,
            end=end,
            score=score,
            analysis_explanation=AnalysisExplanation(
                recognizer=self.name,
                original_score=entity.score,
                pattern_name=entity.name,
                pattern=entity.shape.regex,
                validation_result=True if entity.check else None,
            ),
            recognition_metadata={
                RecognizerResult.RECOGNIZER_NAME_KEY: self.name,
                RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: self.id,
            },
        )


def build_registry(*others: EntityRecognizer) -> RecognizerRegistry:
    """A registry with our recogniser and `others`, all for Chinese text."""
    return RecognizerRegistry(
        recognizers=[IdentifierRecognizer(), *others], supported_languages=[LANGUAGE]
    )


def build_analyzer(registry: RecognizerRegistry | None = None) -> AnalyzerEngine:
    """An `AnalyzerEngine` over `registry` (ours by default) whose NlpEngine needs no model."""
    nlp_engine: Any = NoOpNlpEngine(models=[{"lang_code": LANGUAGE, "model_name": ""}])
    return AnalyzerEngine(
        registry=registry or build_registry(),
        nlp_engine=nlp_engine,
        supported_languages=[LANGUAGE],
    )
