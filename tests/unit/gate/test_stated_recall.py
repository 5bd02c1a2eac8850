"""What a certificate may say of the recall of the gate's scan."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from weir.gate.recall import stated_recall
from weir.model import Digest
from weir.privacy.entities import table_digest
from weir.privacy.evaluation.evaluate import Evaluation, ToolScores
from weir.privacy.evaluation.fields import FieldFigures
from weir.privacy.evaluation.measured import measured
from weir.privacy.evaluation.scoring import Score, Share
from weir.privacy.evaluation.tables import Family
from weir.release.recall import NOT_EVALUATED, EntityRecall, Recall, recall_text

NONE = Share(hits=0, of=0)


def evaluation() -> Evaluation:
    scores = (
        Score(entity="CN_MOBILE", held=100, found=100, false=3),
        Score(entity="EMAIL", held=10, found=8, false=0),
        Score(entity="PERSON_NAME", held=10, found=0, false=0),
        Score(entity="IPV4", held=0, found=0, false=0),
    )
    other = (Score(entity="CN_MOBILE", held=100, found=1, false=0),)
    return Evaluation(
        family=Family.TEST,
        seed=1,
        rows=1,
        cells=120,
        benchmark=Digest("b" * 64),
        entity_table=Digest("e" * 64),
        tools=(
            ToolScores(
                tool="weir",
                entities=("CN_MOBILE", "EMAIL", "IPV4"),
                scores=scores,
                layouts={},
            ),
            ToolScores(tool="another", entities=("CN_MOBILE",), scores=other, layouts={}),
        ),
        fields=FieldFigures(by_header=NONE, with_values=NONE, lookalikes=NONE),
        not_measured=(),
    )


def test_only_what_the_scan_covers_is_stated_with_its_lower_bound() -> None:
    """Of our detector alone; a type of which there was no cell is not measured."""
    told = stated_recall(("CN_MOBILE", "EMAIL", "IPV4", "CN_USCC"), evaluation())
    assert told == Recall(
        benchmark="b" * 64,
        entity_table="e" * 64,
        entities=(
            EntityRecall(entity="CN_MOBILE", cells=100, found=100, at_least="0.9630"),
            EntityRecall(entity="EMAIL", cells=10, found=8, at_least="0.4901"),
        ),
        not_measured=("CN_USCC", "IPV4"),
    )
    text = recall_text(told)
    assert "CN_MOBILE≥0.9630, EMAIL≥0.4901" in text
    assert "not measured: CN_USCC, IPV4" in text


def test_figures_of_another_entity_table_are_not_stated() -> None:
    """A certificate says so instead."""
    told = stated_recall(("CN_MOBILE",))
    kept = measured()
    if kept is None:
        assert told == NOT_EVALUATED
        assert "not evaluated" in recall_text(told)
    else:
        assert isinstance(told, Recall)
        assert told.entity_table == table_digest()


@pytest.mark.parametrize("bound", ["1", "0.99", "2.0000", "-0.1000", "nan"])
def test_a_bound_has_one_form(bound: str) -> None:
    """Four places, between nought and one."""
    with pytest.raises(ValidationError):
        EntityRecall(entity="EMAIL", cells=1, found=1, at_least=bound)
