"""Compatibility forms and the way back."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from weir.privacy.normal_form import NormalForm
from weir.privacy.rules import Rules

FORM = Rules().normal_form


def test_every_character_that_could_become_part_of_an_identifier_changes() -> None:
    """The blocks that are searched for compatibility forms are all there are."""
    for point in range(0x110000):
        character = chr(point)
        form = unicodedata.normalize("NFKC", character)
        if form != character and any(c.isascii() and c.isalnum() for c in form):
            assert point in FORM.changes, hex(point)


def test_what_cannot_matter_stays() -> None:
    """Full-width commas are as common as full stops; they keep text on the fast path."""
    assert not FORM.applies("遂宁市，船山区：（一）、“二”。")
    assert FORM.applies("１")
    assert FORM.applies("\u200b")


@given(st.text(st.sampled_from("1a号１Ａ㏂…\u200b⿊，😀"), max_size=30))
def test_every_normal_character_knows_where_it_came_from(text: str) -> None:
    """The normal form of the source character holds the character."""
    normal = FORM.traced(text)
    assert len(normal.sources) == len(normal.text) + 1
    for place, character in enumerate(normal.text):
        source = text[normal.sources[place]]
        assert character in FORM.changes.get(ord(source), source)
    assert list(normal.sources) == sorted(normal.sources)


def test_marks_decide_what_matters() -> None:
    """A form without points leaves the ellipsis alone."""
    assert not NormalForm("-").applies("…")
    assert NormalForm(".").applies("…")
