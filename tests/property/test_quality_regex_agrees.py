"""Generated patterns of the dialect against generated texts, in both engines."""

from __future__ import annotations

import re

import polars as pl
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from weir.quality.regex import UnsupportedPatternError, rust_pattern

ALPHABET = "ab01-_山１$^]}. \n"
ATOMS = st.sampled_from(
    [
        *"ab01_山１ .^$]}",
        *(r"\$", r"\]", r"\.", r"\-", r"\n", r"\A", r"\Z"),
        *(
            "[a-b0]",
            "[^a]",
            "[a-]",
            "[-1]",
            "[_a-b]",
            r"[\]\^]",
            r"[^\n]",
            "[山-龥]",
            "[a|b]",
            "[.*]",
        ),
    ]
)
PATTERNS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map("|".join),
        inner.map("({})".format),
        inner.map("(?:{})".format),
        st.tuples(
            inner.map("(?:{})".format), st.sampled_from(["*", "+?", "?", "{2}", "{0,2}"])
        ).map("".join),
    ),
    max_leaves=8,
)


@settings(max_examples=2000, deadline=None)
@given(pattern=PATTERNS, texts=st.lists(st.text(ALPHABET, max_size=6), min_size=1, max_size=20))
def test_both_engines_find_the_same(pattern: str, texts: list[str]) -> None:
    """Unless the pattern is refused, there is no text on which they differ."""
    try:
        translated = rust_pattern(pattern)
    except UnsupportedPatternError:
        assume(False)  # noqa: FBT003  # the signature is Hypothesis's
        return
    found = pl.Series(texts).str.contains(translated).to_list()
    assert found == [re.search(pattern, text) is not None for text in texts]
