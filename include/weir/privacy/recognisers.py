"""The entity table as Presidio knows it: usable from plain Presidio, without a model or a network.

    from presidio_analyzer.recognizer_registry import RecognizerRegistryProvider
    from weir.privacy.recognisers import REGISTRY_YAML, build_analyzer

    registry = RecognizerRegistryProvider(conf_file=REGISTRY_YAML).create_recognizer_registry()

This module loads Presidio and spaCy, which costs seconds; whole columns are scanned without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar
from pathlib import Path
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
REGISTRY_YAML = Path(__file__).with_name("recognisers.yaml")
"""Configuration of a registry with our recogniser; this module must have been imported."""

_wanted: ContextVar[frozenset[str]] = ContextVar("wanted")
"""The types asked of `analyze`, for the call to `enhance_using_context` that the engine makes next:
it is told the context words, which `analyze` is not, but not the types."""


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
        context: list[str] | None = None,
    ) -> None:
        self.entities = tuple(entities)
        self._rules = Rules(entities)
        self._by_name = {entity.name: entity for entity in entities}
        cues = {cue for entity in entities for cue in entity.cues}
        super().__init__(
            supported_entities=list(self._by_name),
            supported_language=supported_language,
            name=name,
            context=sorted(cues.union(context or ())),
        )

    def load(self) -> None:
        """Nothing to load."""

    def analyze(
        self, text: str, entities: list[str] | None, nlp_artifacts: NlpArtifacts | None = None
    ) -> list[RecognizerResult]:
        """Presidio's entry point; `entities` limits what is reported, not what outranks it."""
        del nlp_artifacts
        _wanted.set(frozenset(entities or self._by_name))
        return self._found(text, header="")

    def enhance_using_context(
        self,
        text: str,
        raw_recognizer_results: list[RecognizerResult],
        other_raw_recognizer_results: list[RecognizerResult],
        nlp_artifacts: NlpArtifacts | None,
        context: list[str] | None = None,
    ) -> list[RecognizerResult]:
        """Presidio's hook for words from outside the text, such as the header of a column: weak
        forms count beside them. Words in the text itself have been seen by `analyze`."""
        del other_raw_recognizer_results, nlp_artifacts
        return self._found(text, header="\n".join(context)) if context else raw_recognizer_results

    def _found(self, text: str, header: str) -> list[RecognizerResult]:
        return [
            self._result(self._by_name[finding.entity], finding.start, finding.end)
            for finding in self._rules.find(text, header)
            if finding.entity in _wanted.get()
        ]

    def _result(self, entity: Entity, start: int, end: int) -> RecognizerResult:
        return RecognizerResult(
            entity_type=entity.name,
            start=start,
            end=end,
            score=entity.confidence,
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
                # Cues have been weighed, type by type; Presidio's enhancer would do so again.
                RecognizerResult.IS_SCORE_ENHANCED_BY_CONTEXT_KEY: True,
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
