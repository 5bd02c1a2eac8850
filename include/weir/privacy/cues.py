"""Cues: words that tell what a number is, where its shape does not.

Eleven digits after "住院号：" are a hospital's number; in a column of amounts they are nothing. A
weak form counts where a cue of its type stands right before it, or in the header of its column.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

REACH = 10
"""How many characters may stand between a cue and what it tells of."""

BARRIERS = "0123456789<>，,。；;\n"
"""What ends the reach of a cue: a number of its own, a clause, the name of what was redacted."""

_CUT = str.maketrans(dict.fromkeys(BARRIERS, "\n"))

_WORD_PARTS = re.compile(r"(?<=[a-z])(?=[A-Z])|[_.\-]+")
_ASCII_LETTER = "[A-Za-z]"
_LETTER = re.compile(_ASCII_LETTER)


class Cues:
    """The cues of one type of identifier.

    ASCII words are whole words in any case; Han text has none, so there a cue stands anywhere.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self.words = tuple(words)
        if any(barrier in word for word in self.words for barrier in BARRIERS):
            raise ValueError(f"a cue cannot hold one of {BARRIERS!r}")
        self.window = max(map(len, self.words), default=0) + REACH + 1
        anywhere = "|".join(map(_bounded, self.words)) or "(?!)"
        self._anywhere = re.compile(anywhere, re.IGNORECASE | re.ASCII)
        reaching = rf"(?:{anywhere})[^{BARRIERS}]{{0,{REACH}}}"
        self._right_before = re.compile(rf"{reaching}\Z", re.IGNORECASE | re.ASCII)
        # A search that ends before a letter cannot tell that a cue runs on into it.
        self._before_letter = re.compile(rf"{reaching}{_ASCII_LETTER}\Z", re.IGNORECASE | re.ASCII)

    def stand_before(self, text: str, place: int) -> bool:
        """Whether one stands within reach before `text[place]`; `text` is in normal form."""
        start = max(0, place - self.window)
        if _LETTER.match(text, place):
            return self._before_letter.search(text, start, place + 1) is not None
        return self._right_before.search(text, start, place) is not None

    def stand_anywhere(self, text: str) -> bool:
        return self._anywhere.search(text) is not None

    @staticmethod
    def within_reach(before: str) -> str:
        """The end of a text, from which alone it can be told whether a cue stands there."""
        return before.translate(_CUT).rpartition("\n")[2]

    def stand_in(self, header: str) -> bool:
        """Whether the header of a column holds one: `qqNumber`, `QQ_NO`, `QQ号`."""
        return bool(header) and self._anywhere.search(_WORD_PARTS.sub(" ", header)) is not None


def _bounded(word: str) -> str:
    before = rf"(?<!{_ASCII_LETTER})" if word[0].isascii() else ""
    after = rf"(?!{_ASCII_LETTER})" if word[-1].isascii() else ""
    return before + re.escape(word) + after
