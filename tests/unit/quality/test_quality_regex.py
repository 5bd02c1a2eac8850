"""The dialect of patterns on which two engines agree."""

from __future__ import annotations

import re

import polars as pl
import pytest

from weir.quality.regex import UnsupportedPatternError, rust_pattern

TEXTS = ["", "a", "a\n", "ab", "a\nb", "1", "１", "山", "$", "]", "^", "-", "{1}", "a\\b", "\t"]


@pytest.mark.parametrize(
    "pattern",
    [
        "^a$",
        "a$|^b",
        "(a$)b?",
        r"\Aa\Z",
        "^.$",
        "[^a]",
        r"[\]\[]",
        r"[\^a-]",
        r"\{1\}",
        "]",
        "}",
        "a{1,2}?",
        "(?:a|b)+?",
        "(?P<first>a)",
        r"\$",
        r"\\",
        r"\t",
        "[0-9]",
        "[-a]",
        "山|１",
        "",
    ],
)
def test_a_pattern_of_the_dialect_finds_what_python_finds(pattern: str) -> None:
    """In every text, line feeds and full-width digits among them."""
    found = pl.Series(TEXTS).str.contains(rust_pattern(pattern)).to_list()
    assert found == [re.search(pattern, text) is not None for text in TEXTS]


@pytest.mark.parametrize(
    "pattern",
    [
        r"\d",
        r"[\w]",
        r"\s",
        r"a\b",
        r"(a)\1",
        "(?=a)",
        "(?!a)",
        "(?<=a)b",
        "(?i)a",
        "(?P=x)",
        "(?#note)",
        "a++",
        "a{,3}",
        "{",
        "[[a]",
        "[]a]",
        "[a&&b]",
        "[a--b]",
        "$a",
        "(",
        "a\\",
        "[z-a]",
        "*",
        r"\u0041",
        "(?:(?:a{1000}){1000}){1000}",
    ],
)
def test_a_pattern_outside_the_dialect_is_refused(pattern: str) -> None:
    """Where the engines differ, or one would not end, neither is asked."""
    with pytest.raises(UnsupportedPatternError):
        rust_pattern(pattern)


def test_a_pattern_that_backtracks_without_end_elsewhere_ends_here() -> None:
    """The classic bomb for `re` is linear in Rust's engine."""
    bomb = pl.Series(["a" * 100_000 + "!"])
    assert bomb.str.contains(rust_pattern("^(a+)+$")).to_list() == [False]
