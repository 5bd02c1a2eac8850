"""The benchmark: its tables, its counts and the figures that are kept."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pytest

from weir.model import Digest
from weir.privacy import check_digits
from weir.privacy.check_digits import Check
from weir.privacy.detector import table_detector
from weir.privacy.entities import table_digest
from weir.privacy.evaluation.decoys import DECOYS
from weir.privacy.evaluation.draw import Draw
from weir.privacy.evaluation.evaluate import evaluate, evaluation_text
from weir.privacy.evaluation.measured import FILE, measured
from weir.privacy.evaluation.scoring import Score, Share, scores, together
from weir.privacy.evaluation.tables import (
    Family,
    LabelledTable,
    Truth,
    tables,
    tables_digest,
    wordings,
)
from weir.privacy.evaluation.tools import Tool, column_name_tool, weir_tool
from weir.privacy.evaluation.values import MAKERS

STANDING_ALONE = (
    "CN_RESIDENT_ID",
    "CN_USCC",
    "CN_BANK_CARD",
    "CN_MOBILE",
    "CN_LANDLINE",
    "CN_PLATE",
    "CN_PASSPORT",
    "EMAIL",
    "IPV4",
)
"""Types that need no word beside them to be known by."""

NOTHING: Truth = frozenset()
MOBILE: Truth = frozenset({"CN_MOBILE"})


def small_table() -> LabelledTable:
    return LabelledTable(
        layout="register",
        headers=("手机", "x"),
        columns=(("13900009021", "13800000000", None), ("a", "13900009021", "")),
        truth=((MOBILE, NOTHING, NOTHING), (NOTHING, MOBILE, NOTHING)),
    )


def scored(tool: Tool) -> Score:
    (score,) = scores(tool.answer(small_table()), ["CN_MOBILE"])
    return score


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(0, 10, 0.0, 0.2775), (8, 10, 0.4902, 0.9433), (10, 10, 0.7225, 1.0), (0, 0, 0.0, 1.0)],
)
def test_bounds_are_wilsons(hits: int, of: int, low: float, high: float) -> None:
    """Against values worked out by hand; of nothing nothing is known."""
    assert Share(hits=hits, of=of).bounds == pytest.approx((low, high), abs=5e-5)


def test_cells_are_counted_as_found_missed_and_false() -> None:
    """By cell and type; what a column tool says holds for every filled cell."""
    assert scored(weir_tool(table_detector())) == Score(
        entity="CN_MOBILE", held=2, found=2, false=1
    )
    told = scored(column_name_tool())
    assert told == Score(entity="CN_MOBILE", held=2, found=1, false=1)
    assert (told.precision.value, told.recall.value, told.f1) == (0.5, 0.5, 0.5)
    low, high = told.f1_bounds
    assert low < 0.5 < high
    assert together([told, told]) == Score(entity="*", held=4, found=2, false=2)


def test_the_tables_are_the_same_for_the_same_seed() -> None:
    """And others for another; what was measured can be made again."""
    made = [tables_digest(list(tables(Family.TEST, seed=seed, rows=5))) for seed in (1, 1, 2)]
    assert made[0] == made[1] != made[2]


def test_no_family_holds_a_header_remark_or_label_of_another() -> None:
    """What is fitted to one is not measured by itself."""
    for one, other in combinations(wordings().values(), 2):
        for said in ("headers", "labels"):
            first, second = getattr(one, said), getattr(other, said)
            of_first = {word for words in first.values() for word in words}
            assert of_first.isdisjoint({word for words in second.values() for word in words})
        assert set(one.remarks).isdisjoint(other.remarks)


def test_the_test_family_holds_every_type_and_every_look_alike() -> None:
    """Each type under two headers at least, in six layouts."""
    test = wordings()[Family.TEST]
    assert set(test.headers) == {*MAKERS, *DECOYS}
    assert all(len(test.headers[kind]) >= 2 for kind in MAKERS)
    assert len(test.layouts) == 6
    made = list(tables(Family.TEST, seed=3, rows=40))
    held = {kind for one in made for column in one.truth for truth in column for kind in truth}
    assert held == set(MAKERS)


@pytest.mark.parametrize(
    ("kind", "check"),
    [
        ("CN_RESIDENT_ID", check_digits.RESIDENT_ID),
        ("CN_USCC", check_digits.USCC),
        ("CN_BANK_CARD", check_digits.LUHN),
    ],
)
def test_two_writings_of_each_check_digit_agree(kind: str, check: Check) -> None:
    """The benchmark's own and the one that detection uses."""
    draw = Draw(1, kind)
    for value in [MAKERS[kind](draw) for _ in range(300)]:
        assert check.passes(np.frombuffer(value.encode(), np.uint8)[None, :])[0], value


def test_clean_values_that_stand_alone_are_all_found() -> None:
    """A benchmark whose own values are wrong would measure itself."""
    for kind in STANDING_ALONE:
        draw = Draw(2, kind)
        cells = tuple(MAKERS[kind](draw) for _ in range(200))
        truth: Sequence[Truth] = [frozenset({kind})] * len(cells)
        table = LabelledTable(
            layout="register", headers=(kind,), columns=(cells,), truth=(tuple(truth),)
        )
        (score,) = scores(weir_tool(table_detector()).answer(table), [kind])
        assert score.found == score.held == len(cells), kind


def test_what_is_not_covered_is_said_and_counted_as_missed() -> None:
    """A figure over the covered types alone would flatter."""
    found = evaluate(table_detector(), family=Family.TRAIN, seed=4, rows=20, alone=True)
    text = evaluation_text(found)
    missing = set(MAKERS) - set(found.tools[0].entities)
    assert text.count("not covered") == len(missing)
    assert found.benchmark in text
    assert found.entity_table == table_digest()


def test_figures_hold_for_one_entity_table_alone() -> None:
    """Of another nothing is known."""
    assert FILE.is_file()
    assert measured(Digest("0" * 64)) is None


def test_the_kept_figures_are_those_that_the_detector_has_now() -> None:
    """They are measured anew whenever detection changes: CONTRIBUTING.md says how."""
    kept = measured()
    if kept is None:
        pytest.skip("the entity table was changed and not evaluated since")
    now = evaluate(table_detector(), family=kept.family, seed=kept.seed, rows=kept.rows, alone=True)
    assert now.benchmark == kept.benchmark
    (weir,) = [one for one in kept.tools if one.tool == "weir"]
    for one in weir.scores:
        if one.entity in table_detector().entities_covered:
            assert one in now.tools[0].scores, one.entity
