"""Cues: words that tell what a number is, where its shape does not.

Eleven digits after "住院号：" are a hospital's number; in a column of amounts they are nothing. A
weak form counts where a cue of its type stands right before it, or in the header of its column.

Names of fields are words too: the cue "id card" stands in `id_card_no`, `idCardNo` and `IDCARD`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property

REACH = 10
"""How many characters may stand between a cue and what it tells of."""

DENIAL_REACH = 6
"""The same for a word that tells that the number is something else."""

BARRIERS = "0123456789<>，,。；;\n"
"""What ends the reach of a cue: a number of its own, a clause, the name of what was redacted."""

_CUT = str.maketrans(dict.fromkeys(BARRIERS, "\n"))

_WORD_PARTS = re.compile(r"(?<=[a-z])(?=[A-Z])|[_.\-]+")
_ASCII_LETTER = "[A-Za-z]"
_LETTER = re.compile(_ASCII_LETTER)
_JOINT = r"[ _.\-]?"
_HUMP = "(?-i:(?<=[a-z])(?=[A-Z]))"
"""Where a word begins within a name in camel case."""

_BEGINS, _ENDS = rf"(?:(?<!{_ASCII_LETTER})|{_HUMP})", rf"(?:(?!{_ASCII_LETTER})|{_HUMP})"
_FLAGS = re.IGNORECASE | re.ASCII


class Cues:
    """The cues of one type of identifier.

    ASCII words are whole words in any case; Han text has none, so there a cue stands anywhere.
    At most `reach` characters may stand between a cue and what it tells of.
    """

    def __init__(self, words: Iterable[str], reach: int = REACH) -> None:
        self.words = tuple(words)
        if any(barrier in word for word in self.words for barrier in BARRIERS):
            raise ValueError(f"a cue cannot hold one of {BARRIERS!r}")
        self.window = max(map(len, self.words), default=0) + reach + 1
        self._reach = reach

    @cached_property
    def _first_letters(self) -> frozenset[str]:
        """A text without any of them holds no cue, which is told a hundred times as fast."""
        return frozenset(
            letter for word in self.words for letter in (word[0].lower(), word[0].upper())
        )

    @cached_property
    def _anywhere(self) -> re.Pattern[str]:
        return re.compile(self._any_word, _FLAGS)

    @cached_property
    def _right_before(self) -> re.Pattern[str]:
        return re.compile(rf"{self._reaching}\Z", _FLAGS)

    @cached_property
    def _before_letter(self) -> re.Pattern[str]:
        # A search that ends before a letter cannot tell that a cue runs on into it.
        return re.compile(rf"{self._reaching}{_ASCII_LETTER}\Z", _FLAGS)

    @property
    def _reaching(self) -> str:
        return rf"(?:{self._any_word})[^{BARRIERS}]{{0,{self._reach}}}"

    @property
    def _any_word(self) -> str:
        """Words that are bounded alike are bounded together, which compiles in a third of the
        time."""
        alike: dict[tuple[bool, bool], list[str]] = {}
        for word in self.words:
            alike.setdefault((word[0].isascii(), word[-1].isascii()), []).append(spelled(word))
        return (
            "|".join(
                f"{_BEGINS * begins}(?:{'|'.join(words)}){_ENDS * ends}"
                for (begins, ends), words in alike.items()
            )
            or "(?!)"
        )

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
        return (
            not self._first_letters.isdisjoint(header)
            and self._anywhere.search(_WORD_PARTS.sub(" ", header)) is not None
        )


def spelled(word: str) -> str:
    """A pattern, plain enough for RE2, of every way to write it: spaces may be joints, or nothing.
    The case of letters is the caller's to ignore."""
    return _JOINT.join(map(re.escape, word.split(" ")))
