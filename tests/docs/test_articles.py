"""The article board tells what holds each article, and what does not."""

from __future__ import annotations

from docs.articles import ARTICLES, NOTHING_ASKED, every_test, held


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
