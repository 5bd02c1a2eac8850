"""Our recogniser inside plain Presidio, and foreign recognisers inside our scan."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import spacy
from presidio_analyzer import AnalyzerEngine, Pattern, PatternRecognizer, RecognizerRegistry
from presidio_analyzer.nlp_engine import NlpArtifacts, NoOpNlpEngine
from presidio_analyzer.recognizer_registry import RecognizerRegistryProvider

from weir.privacy.column_tally import ColumnTally
from weir.privacy.detector import detector_of, table_detector
from weir.privacy.entities import ENTITIES
from weir.privacy.recognisers import (
    LANGUAGE,
    REGISTRY_YAML,
    IdentifierRecognizer,
    build_analyzer,
    build_registry,
)

TEXT = "卡号6222021001116245702，登录IP10.1.2.3，邮箱a@example.com，电话１３９００００９０２１号"
EXPECTED = {
    ("CN_BANK_CARD", "6222021001116245702", 1.0),
    ("IPV4", "10.1.2.3", 1.0),
    ("EMAIL", "a@example.com", 0.9),
    ("CN_MOBILE", "１３９００００９０２１", 0.8),
}


def results(analyzer: AnalyzerEngine, text: str, **how: Any) -> set[tuple[str, str, float]]:
    return {
        (found.entity_type, text[found.start : found.end], found.score)
        for found in analyzer.analyze(text, language=LANGUAGE, **how)
    }


class StaffNumber(PatternRecognizer):  # type: ignore[misc]  # Presidio has no types
    """A recogniser that an operator might add; it counts the texts it is given."""

    def __init__(self) -> None:
        pattern = Pattern(name="staff", regex="工号[0-9]{4}", score=0.7)
        super().__init__("STAFF_NUMBER", patterns=[pattern], supported_language=LANGUAGE)
        self.texts: list[str] = []

    def analyze(
        self,
        text: str,
        entities: Sequence[str],
        nlp_artifacts: NlpArtifacts | None = None,
        regex_flags: int | None = None,
    ) -> Any:
        self.texts.append(text)
        return super().analyze(text, entities, nlp_artifacts, regex_flags)


class SpacedWords(NoOpNlpEngine):  # type: ignore[misc]  # Presidio has no types
    """An engine whose words are what stands between spaces."""

    def __init__(self) -> None:
        super().__init__(models=[{"lang_code": LANGUAGE, "model_name": ""}])

    def process_text(self, text: str, language: str) -> NlpArtifacts:
        words = spacy.blank(language)(text)
        return NlpArtifacts(
            entities=[],
            tokens=words,
            tokens_indices=[word.idx for word in words],
            lemmas=[word.text for word in words],
            nlp_engine=self,
            language=language,
        )


def test_values_glued_to_han_text_are_found(caplog: pytest.LogCaptureFixture) -> None:
    """Stock patterns miss these; ours need no spaces and read full-width digits."""
    with caplog.at_level(logging.WARNING):
        assert results(build_analyzer(), TEXT) == EXPECTED
    assert caplog.records == []


def test_the_recogniser_works_in_a_plain_presidio_engine() -> None:
    """Nothing of ours but the recogniser itself."""
    registry = RecognizerRegistry(supported_languages=["zh"])
    registry.add_recognizer(IdentifierRecognizer())
    engine = AnalyzerEngine(
        registry=registry,
        nlp_engine=NoOpNlpEngine(models=[{"lang_code": "zh", "model_name": ""}]),
        supported_languages=["zh"],
    )
    assert results(engine, TEXT) == EXPECTED
    assert set(engine.get_supported_entities("zh")) == {entity.name for entity in ENTITIES}


def test_no_network_is_used(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """No model is downloaded and no suffix list fetched, e-mail addresses included."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    with caplog.at_level(logging.WARNING):
        assert results(build_analyzer(), TEXT) == EXPECTED
    assert caplog.records == []


def test_entities_limit_the_report_but_not_the_ranks() -> None:
    """A resident ID is not a bank card, even for one who asks only for bank cards."""
    analyzer = build_analyzer()
    assert results(analyzer, TEXT, entities=["EMAIL"]) == {("EMAIL", "a@example.com", 0.9)}
    both = "610104199001010207"
    assert results(analyzer, both) == {("CN_RESIDENT_ID", both, 1.0)}
    assert results(analyzer, both, entities=["CN_BANK_CARD"]) == set()


def test_a_result_explains_itself() -> None:
    """The decision process names the type, its pattern and the check digit."""
    (found,) = build_analyzer().analyze(
        "6222021001116245702", language=LANGUAGE, return_decision_process=True
    )
    explanation = found.analysis_explanation
    assert explanation.pattern_name == "CN_BANK_CARD"
    assert explanation.validation_result is True


def test_a_recogniser_without_a_bulk_path_sees_every_distinct_value_once() -> None:
    """Our types run in bulk and the foreign one in the engine; both count cells."""
    staff = StaffNumber()
    detector = detector_of(build_registry(staff))
    tally = ColumnTally(detector)
    tally.add(pa.array(["工号1234，13900009021", None, "无", "工号1234，13900009021"] * 500))
    assert tally.cells == {"STAFF_NUMBER": 1000, "CN_MOBILE": 1000}
    assert sorted(staff.texts) == ["工号1234，13900009021", "无"]
    assert "STAFF_NUMBER" in detector.entities_covered
    assert "StaffNumber" in detector.name
    assert detector.name.startswith(table_detector().name)


def test_a_registry_of_our_recogniser_alone_needs_no_engine() -> None:
    """The bulk path is the whole of it, and says the same of itself."""
    detector = detector_of(build_registry())
    assert detector.name == table_detector().name
    assert detector.entities_covered == table_detector().entities_covered
    limited = RecognizerRegistry(
        recognizers=[IdentifierRecognizer(entities=ENTITIES[:1])], supported_languages=[LANGUAGE]
    )
    assert detector_of(limited).entities_covered == (ENTITIES[0].name,)
    assert detector_of(limited).name != detector.name


def test_the_bulk_path_does_not_load_presidio() -> None:
    """Importing spaCy costs seconds that a scan need not pay."""
    program = (
        "import sys, pyarrow as pa; from weir.privacy import scan;"
        "from weir.privacy.redaction import redact;"
        "assert redact(pa.array(['13900009021']))[0].as_py() == '<CN_MOBILE>';"
        "assert not {'presidio_analyzer', 'spacy', 'tldextract'} & set(sys.modules)"
    )
    root = Path(__file__).resolve().parents[2]
    subprocess.run(
        [sys.executable, "-c", program], check=True, env={"PYTHONPATH": str(root / "include")}
    )


def test_a_registry_file_makes_our_recogniser_in_plain_presidio() -> None:
    """Presidio's own provider reads the YAML that is shipped."""
    provider = RecognizerRegistryProvider(conf_file=REGISTRY_YAML)
    analyzer = build_analyzer(provider.create_recognizer_registry())
    assert results(analyzer, TEXT) == EXPECTED


def test_words_from_outside_the_text_are_cues() -> None:
    """Presidio's `context` is what a column's header is to a scan, for the types asked for."""
    analyzer = build_analyzer()
    assert results(analyzer, "12345678") == set()
    assert results(analyzer, "12345678", context=["备注", "QQ号"]) == {("CN_QQ", "12345678", 0.6)}
    assert results(analyzer, "12345678", context=["QQ号"], entities=["EMAIL"]) == set()


def test_presidio_s_enhancer_does_not_weigh_cues_again() -> None:
    """Even where the engine can tell words, as it can with spaces between them."""
    text = "QQ 12345678 手机 13900009021"
    engine = AnalyzerEngine(
        registry=build_registry(), nlp_engine=SpacedWords(), supported_languages=[LANGUAGE]
    )
    expected = {("CN_QQ", "12345678", 0.6), ("CN_MOBILE", "13900009021", 0.8)}
    assert results(engine, text) == expected
    assert "QQ" in set(IdentifierRecognizer().context)
