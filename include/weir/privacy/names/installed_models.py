"""Larger models that an operator installs: a spaCy pipeline for Chinese, or a folder of a
token classifier in the form of transformers. Nothing is ever downloaded."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from presidio_analyzer import EntityRecognizer, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts

from weir.errors import UnavailableError
from weir.privacy.recognisers import LANGUAGE

KIND_OF_LABEL: Mapping[str, str] = {
    **dict.fromkeys(("PER", "PERSON", "NAME", "PERSON_NAME"), "PERSON_NAME"),
    **dict.fromkeys(("ADDRESS", "FAC", "LOC"), "ADDRESS"),
    **dict.fromkeys(
        ("ORG", "COMPANY", "GOVERNMENT", "ORGANIZATION", "ORGANISATION"), "ORGANISATION"
    ),
}
"""What common label sets call what we look for (OntoNotes, MSRA, CLUENER)."""

_SCORE = 0.7


class SpacyNamesRecognizer(EntityRecognizer):  # type: ignore[misc]  # Presidio has no types
    """Recognises what an installed spaCy pipeline (`zh_core_web_*`, or a folder) labels."""

    def __init__(self, model: str | Path, supported_language: str = LANGUAGE) -> None:
        self._model = model
        self._pipeline: Any = None
        super().__init__(
            supported_entities=sorted(set(KIND_OF_LABEL.values())),
            supported_language=supported_language,
            name="SpacyNamesRecognizer",
        )

    def load(self) -> None:
        import spacy

        if not (spacy.util.is_package(str(self._model)) or Path(self._model).is_dir()):
            raise _not_installed(str(self._model))
        self._pipeline = spacy.load(self._model)

    def analyze(
        self, text: str, entities: list[str] | None, nlp_artifacts: NlpArtifacts | None = None
    ) -> list[RecognizerResult]:
        del nlp_artifacts
        found = ((e.label_, e.start_char, e.end_char, _SCORE) for e in self._pipeline(text).ents)
        return _results(self, found, entities)


class TransformersNamesRecognizer(EntityRecognizer):  # type: ignore[misc]  # Presidio has no types
    """Recognises what a token classifier in a local folder labels; `transformers` is installed by
    the operator."""

    def __init__(self, folder: Path, supported_language: str = LANGUAGE) -> None:
        self._folder = folder
        self._pipeline: Any = None
        super().__init__(
            supported_entities=sorted(set(KIND_OF_LABEL.values())),
            supported_language=supported_language,
            name="TransformersNamesRecognizer",
        )

    def load(self) -> None:
        if not (self._folder / "config.json").is_file():
            raise _not_installed(self._folder.name)
        try:
            import transformers
        except ImportError as error:
            raise _not_installed("transformers") from error
        known = {"local_files_only": True, "trust_remote_code": False}
        self._pipeline = transformers.pipeline(
            "token-classification",
            model=transformers.AutoModelForTokenClassification.from_pretrained(
                self._folder, **known
            ),
            tokenizer=transformers.AutoTokenizer.from_pretrained(self._folder, **known),
            aggregation_strategy="simple",
        )

    def analyze(
        self, text: str, entities: list[str] | None, nlp_artifacts: NlpArtifacts | None = None
    ) -> list[RecognizerResult]:
        del nlp_artifacts
        found = (
            (e["entity_group"], e["start"], e["end"], float(e["score"]))
            for e in self._pipeline(text)
        )
        return _results(self, found, entities)


def _results(
    recogniser: EntityRecognizer, found: Any, entities: list[str] | None
) -> list[RecognizerResult]:
    kinds = ((KIND_OF_LABEL.get(label.upper()), *rest) for label, *rest in found)
    return [
        RecognizerResult(
            entity_type=kind,
            start=start,
            end=end,
            score=score,
            recognition_metadata={
                RecognizerResult.RECOGNIZER_NAME_KEY: recogniser.name,
                RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: recogniser.id,
            },
        )
        for kind, start, end, score in kinds
        if kind and (not entities or kind in entities)
    ]


def _not_installed(what: str) -> UnavailableError:
    return UnavailableError(
        "names_model_not_installed",
        "a model for names that the operator asked for is not installed",
        where={"model": what},
        remedy="Install its package or unpack its folder on this machine; Weir downloads none.",
    )
