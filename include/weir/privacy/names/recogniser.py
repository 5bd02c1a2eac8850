"""Names, addresses and organisations as Presidio knows them; no network and no download.

registry = build_registry(NamesRecognizer())
analyzer = AnalyzerEngine(registry=registry, nlp_engine=JiebaNlpEngine(), ...)
"""

from __future__ import annotations

from collections.abc import Iterable
from contextvars import ContextVar

from presidio_analyzer import AnalysisExplanation, EntityRecognizer, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts

from weir.privacy.names.bulk import CONTEXT, SCORE, NamesBulk, tells_of_persons
from weir.privacy.names.finder import NameFinder, name_finder
from weir.privacy.names.labels import KINDS, Label
from weir.privacy.recognisers import LANGUAGE

_wanted: ContextVar[frozenset[str]] = ContextVar("wanted")
"""The kinds asked of `analyze`, for the call to `enhance_using_context` that follows it."""


class NamesRecognizer(EntityRecognizer):  # type: ignore[misc]  # Presidio has no types
    """Recognises PERSON_NAME, ADDRESS and ORGANISATION in Chinese text.

    `weir.privacy.names.bulk.NamesBulk` is its bulk path: it finds the same in whole columns.
    """

    def __init__(
        self,
        supported_language: str = LANGUAGE,
        finder: NameFinder | None = None,
        name: str = "WeirNamesRecognizer",
    ) -> None:
        self.finder = finder or name_finder()
        super().__init__(
            supported_entities=list(KINDS),
            supported_language=supported_language,
            name=name,
            context=list(CONTEXT),
        )

    def bulk(self) -> NamesBulk:
        """Its bulk path, for scans of a registry."""
        return NamesBulk(self.finder)

    def load(self) -> None:
        """The model is loaded with the recogniser, so that a broken one shows at once."""

    def analyze(
        self, text: str, entities: list[str] | None, nlp_artifacts: NlpArtifacts | None = None
    ) -> list[RecognizerResult]:
        """Presidio's entry point; `entities` limits what is reported."""
        del nlp_artifacts
        _wanted.set(frozenset(entities or KINDS))
        return self._results(self.finder.labels(text))

    def enhance_using_context(
        self,
        text: str,
        raw_recognizer_results: list[RecognizerResult],
        other_raw_recognizer_results: list[RecognizerResult],
        nlp_artifacts: NlpArtifacts | None,
        context: list[str] | None = None,
    ) -> list[RecognizerResult]:
        """Presidio's hook for words from outside the text: under the header of a column of names
        of persons short Han text is one."""
        del other_raw_recognizer_results, nlp_artifacts
        if not context or not tells_of_persons("\n".join(context)):
            return raw_recognizer_results
        return self._results(self.finder.labels(text, headed=True))

    def _results(self, labels: Iterable[Label]) -> list[RecognizerResult]:
        return [self._result(label) for label in labels if label.kind in _wanted.get()]

    def _result(self, label: Label) -> RecognizerResult:
        return RecognizerResult(
            entity_type=label.kind,
            start=label.start,
            end=label.end,
            score=SCORE,
            analysis_explanation=AnalysisExplanation(
                recognizer=self.name, original_score=SCORE, textual_explanation=self.finder.name
            ),
            recognition_metadata={
                RecognizerResult.RECOGNIZER_NAME_KEY: self.name,
                RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: self.id,
            },
        )
