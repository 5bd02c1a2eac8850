"""Our BatchAnalyzerEngine beside Presidio's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from presidio_analyzer import (
    AnalyzerEngine,
    BatchAnalyzerEngine,
    Pattern,
    PatternRecognizer,
    RecognizerRegistry,
)

from weir.privacy.batch_analyzer import BulkAnalyzerEngine
from weir.privacy.entities import ENTITIES
from weir.privacy.recognisers import LANGUAGE, build_analyzer, build_registry

EXAMPLES = [text for entity in ENTITIES for text in entity.examples + entity.counter_examples]
PIECES = st.sampled_from([*EXAMPLES, "，", " ", "-", "号", "１", "\u200b", "😀", "\ud800"])
TEXTS = st.lists(PIECES | st.characters(), max_size=6).map("".join)
VALUES = st.lists(TEXTS | st.integers() | st.booleans() | st.none() | st.floats(), max_size=12)


class StaffNumber(PatternRecognizer):  # type: ignore[misc]  # Presidio has no types
    """A recogniser without a bulk path."""

    def __init__(self) -> None:
        pattern = Pattern(name="staff", regex="工号[0-9]{4}", score=0.7)
        super().__init__("STAFF_NUMBER", patterns=[pattern], supported_language=LANGUAGE)


def plain(result: Any) -> Any:
    """A result as values, those of dictionaries and lists within it too."""
    if hasattr(result, "entity_type"):
        return (
            result.entity_type,
            result.start,
            result.end,
            result.score,
            result.recognition_metadata,
            result.analysis_explanation and str(result.analysis_explanation),
        )
    if hasattr(result, "recognizer_results"):
        return result.key, result.value, plain(result.recognizer_results)
    return [plain(inner) for inner in result]


@pytest.fixture(scope="module")
def analyzer() -> AnalyzerEngine:
    return build_analyzer()


@settings(max_examples=200, deadline=None)
@given(values=VALUES)
def test_lists_have_the_same_results(analyzer: AnalyzerEngine, values: list[Any]) -> None:
    """Text, numbers, nulls and lone surrogates; in the same order, from the same recogniser."""
    values = [*values, *values[:2]]
    ours = BulkAnalyzerEngine(analyzer).analyze_iterator(values, LANGUAGE)
    theirs = BatchAnalyzerEngine(analyzer).analyze_iterator(values, LANGUAGE)
    assert plain(ours) == plain(theirs)


@pytest.mark.parametrize(
    "how",
    [
        {"entities": ["EMAIL", "CN_BANK_CARD"]},
        {"score_threshold": 0.85},
        {"return_decision_process": True},
        {"allow_list": ["13900009021"]},
        {"context": ["电话"]},
        {"ad_hoc_recognizers": [StaffNumber()]},
    ],
    ids=lambda how: next(iter(how)),
)
def test_whatever_a_call_asks_for(analyzer: AnalyzerEngine, how: dict[str, Any]) -> None:
    """What bulk does not give comes from the engine."""
    texts = [*EXAMPLES, "，".join(EXAMPLES), "工号1234"] * 2
    ours = BulkAnalyzerEngine(analyzer).analyze_iterator(texts, LANGUAGE, **how)
    theirs = BatchAnalyzerEngine(analyzer).analyze_iterator(texts, LANGUAGE, **how)
    assert plain(ours) == plain(theirs)


def test_dictionaries_have_the_same_results(analyzer: AnalyzerEngine) -> None:
    """Columns, single values, dictionaries within, and keys to skip."""
    table = {
        "电话": ["13900009021", None, 13900009021],
        "备注": "邮箱a@example.com",
        "内": {"列": ["川J12345"], "数": 5, "skip": ["13900009021"]},
        "空": [],
        "skip": ["13900009021"],
    }
    how: dict[str, Any] = {"keys_to_skip": ["skip", "内.skip"]}
    ours = BulkAnalyzerEngine(analyzer).analyze_dict(table, LANGUAGE, **how)
    theirs = BatchAnalyzerEngine(analyzer).analyze_dict(table, LANGUAGE, **how)
    assert plain(ours) == plain(theirs)


def test_a_registry_with_foreign_recognisers_or_thresholds() -> None:
    """The engine reads what has no bulk path, each distinct text once."""
    texts = ["工号1234，13900009021", "x", "工号1234，13900009021", ""]
    registries: list[Callable[[], RecognizerRegistry]] = [
        lambda: build_registry(StaffNumber()),
        build_registry,
    ]
    for registry in registries:
        engine = build_analyzer(registry())
        for threshold in (0, 0.85):
            engine.default_score_threshold = threshold
            ours = BulkAnalyzerEngine(engine).analyze_iterator(texts, LANGUAGE)
            theirs = BatchAnalyzerEngine(engine).analyze_iterator(texts, LANGUAGE)
            assert plain(ours) == plain(theirs)
            assert ours[0] is not ours[2]


def test_values_that_are_no_text_are_refused_alike(analyzer: AnalyzerEngine) -> None:
    """A list within a list is an error for both."""
    nested: list[Any] = [["x"]]
    for engine in (BulkAnalyzerEngine(analyzer), BatchAnalyzerEngine(analyzer)):
        with pytest.raises(ValueError, match="primitive types"):
            engine.analyze_iterator(nested, LANGUAGE)
        with pytest.raises(ValueError, match="Language 'fr' is not supported"):
            engine.analyze_iterator(["x"], "fr")
    assert BulkAnalyzerEngine().analyze_iterator([], LANGUAGE) == []
