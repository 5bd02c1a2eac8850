"""How well names are found is measured, and is what the model's card says."""

from __future__ import annotations

import pytest

from weir.privacy.names.evaluation import (
    KindFigures,
    Share,
    by_jieba,
    evaluate,
    hand_written,
    table,
)
from weir.privacy.names.labels import KINDS, Label, marked
from weir.settings import ROOT

LEAST_F1 = {"PERSON_NAME": 0.8, "ADDRESS": 0.7, "ORGANISATION": 0.85}


@pytest.fixture(scope="module")
def of_model() -> tuple[KindFigures, ...]:
    return evaluate()


def test_bounds_are_wilson_s() -> None:
    """Against values worked out by hand; few tries leave wide bounds."""
    low, high = Share(hits=9, of=10).bounds
    assert (round(low, 4), round(high, 4)) == (0.5958, 0.9821)
    assert Share(hits=0, of=0).bounds == (0.0, 1.0)
    low, high = Share(hits=10, of=10).bounds
    assert round(low, 4) == 0.7225
    assert round(high, 6) == 1.0


def test_figures_count_kind_and_both_ends() -> None:
    """A span that is one character short is wrong twice over, and overlaps all the same."""
    sentences = (marked("[王建国]P到[教育局]O", ""), marked("无", ""))

    def find(text: str) -> list[Label]:
        if text == "无":
            return [Label(start=0, end=1, kind="ADDRESS")]
        return [
            Label(start=0, end=2, kind="PERSON_NAME"),
            Label(start=4, end=7, kind="ORGANISATION"),
        ]

    person, address, organisation = evaluate(sentences, find)
    assert (person.precision.value, person.recall.value, person.overlap_recall.value) == (0, 0, 1)
    assert (address.precision.hits, address.precision.of, address.recall.of) == (0, 1, 0)
    assert organisation.f1 == 1
    assert organisation.f1_bounds[1] == 1


def test_the_model_beats_jieba_alone_on_every_kind(of_model: tuple[KindFigures, ...]) -> None:
    """By whole spans, with bounds that do not touch."""
    jieba = evaluate(find=by_jieba)
    for ours, theirs in zip(of_model, jieba, strict=True):
        assert ours.kind == theirs.kind
        assert ours.f1_bounds[0] > theirs.f1_bounds[1]


def test_the_model_finds_what_it_has_to(of_model: tuple[KindFigures, ...]) -> None:
    """On sentences that no template made."""
    for one in of_model:
        assert one.f1 >= LEAST_F1[one.kind], one


def test_the_card_states_the_figures_that_are_measured(of_model: tuple[KindFigures, ...]) -> None:
    """Line by line, of the model and of jieba alone."""
    card = (ROOT / "docs/models/names.md").read_text("utf-8")
    for line in (*table(of_model), *table(evaluate(find=by_jieba))):
        assert line in card, line


def test_hand_written_sentences_are_of_many_styles() -> None:
    """Labels of every kind, and sentences without any."""
    for part, fewest in (("seen", 350), ("unseen", 240)):
        sentences = hand_written(part)
        assert len(sentences) >= fewest
        assert len({sentence.family for sentence in sentences}) >= 15
        assert {label.kind for s in sentences for label in s.labels} == set(KINDS)
        assert sum(not sentence.labels for sentence in sentences) > 50
        assert all("[" not in sentence.text for sentence in sentences)
