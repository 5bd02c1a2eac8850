"""The article board tells what holds each article, and what does not."""

from __future__ import annotations

from docs.articles import ARTICLES, NOTHING_ASKED, every_test, held, untested


def test_every_article_of_the_measures_is_on_the_board() -> None:
    """Twenty-four, by their titles."""
    assert len(ARTICLES) == 24
    assert set(held()) == set(ARTICLES)


def test_a_marked_test_and_a_cited_code_hold_an_article() -> None:
    """One by its mark, the other by a test that names the code."""
    assert ("tests/docs/test_compose.py", "test_airflow_cannot_reach_outside") in held()[
        "第七条"
    ].tests
    assert "dataset_prohibited" in held()["第十三条"].codes
    assert any("test_standing" in path for path, _ in held()["第十三条"].tests)


def test_marks_name_articles_that_exist() -> None:
    """A mistyped number would hold nothing."""
    marked = {name for name, holds in held().items() if holds.tests}
    assert marked
    assert marked.isdisjoint(NOTHING_ASKED)
    assert len(every_test()) > 500


def test_every_check_of_an_article_is_named_by_a_test() -> None:
    """Which sees it refuse. The one that is not counts what masking gives, which no input can make
    another number: it is there for a fault of ours."""
    unreachable = "mask_" + "changed_rows"
    assert untested() == {unreachable}


def test_no_article_that_asks_something_of_software_is_a_gap() -> None:
    """A check by code, move or parameter, or a test that is marked with it, for each."""
    gaps = {name for name, one in held().items() if not (one.codes or one.moves or one.tests)}
    assert gaps == NOTHING_ASKED
