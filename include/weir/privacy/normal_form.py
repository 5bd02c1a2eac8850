"""Text as detection sees it: full-width and other typographic forms as the plain character.

A character becomes its NFKC form where that is the same character in another width or font, and
goes where it is invisible. What NFKC takes apart, or strips of a meaning, stays: a circled digit
before a number is no digit of it, nor is a superscript behind one. So each normalised character
comes from exactly one of the source, and only what may matter changes: the full-width punctuation
of Chinese text stays, and so does a character that a shape names itself.

Traditional characters become simplified ones, in which words and cues are written: 身份證號.

Seven Han numerals in a row or more are a number written out, 一三九〇〇〇〇九〇二一, and become
digits; fewer are words, as in 第三中学.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np
import numpy.typing as npt

from weir.privacy.traditional import simplified

_FIRST_OF_FOUR_BYTES = 1 << 16
_CODE_POINTS = 0x110000
_CHANGING = (
    range(0x80, 0x3400),
    range(0xA000, 0xAC00),
    range(0xF900, 0x20000),
    range(0x2F800, 0x2FA20),
)
"""Where Unicode has compatibility forms; unified Han and Hangul have none."""

_SAME_CHARACTER = ("", "<wide>", "<narrow>", "<small>", "<font>", "<noBreak>")
"""The kinds of decomposition, by Unicode's tags, that change nothing but the look."""

_INVISIBLE = (
    *(0xAD, 0x34F, 0x61C, 0x180E, 0xFEFF),
    *range(0x200B, 0x2010),
    *range(0x202A, 0x202F),
    *range(0x2060, 0x2065),
    *range(0xFE00, 0xFE10),
)
_DASHES = "\u2010\u2011\u2012\u2013\u2212"
_PUNCTUATION = frozenset("，：；！？（）～")

_HAN_DIGITS = ("〇零○", "一壹幺", "二贰", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖")
_DIGIT_OF = {han: str(digit) for digit, alike in enumerate(_HAN_DIGITS) for han in alike}
FEWEST_NUMERALS = 7
NUMERALS = "".join(_DIGIT_OF)
_NUMBER = re.compile(f"[{NUMERALS}]{{{FEWEST_NUMERALS},}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalText:
    """A text in normal form; `sources` gives the place in the original of each character."""

    text: str
    sources: Sequence[int]

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """The characters of the original that became `text[start:end]`, which is not empty."""
        return self.sources[start], self.sources[end - 1] + 1


class NormalForm:
    """The normal form for identifiers made of ASCII letters, digits, words and `marks`."""

    def __init__(self, marks: Iterable[str]) -> None:
        self._marks = frozenset(marks)

    @cached_property
    def changes(self) -> Mapping[int, str]:
        """Each code point that changes, with what it becomes."""
        changes = dict.fromkeys(_INVISIBLE, "")
        if "-" in self._marks:
            changes |= {ord(dash): "-" for dash in _DASHES if dash not in self._marks}
        changes |= {
            point: form for point, form in simplified().items() if chr(point) not in self._marks
        }
        for point in chain.from_iterable(_CHANGING):
            form = unicodedata.normalize("NFKC", chr(point))
            if len(form) == 1 and form != chr(point) and self._replaces(chr(point), form):
                changes[point] = form
        return changes

    @cached_property
    def changing(self) -> npt.NDArray[np.bool_]:
        """By code point: whether it changes."""
        table = np.zeros(_CODE_POINTS, bool)
        table[list(self.changes)] = True
        return table

    @cached_property
    def changing_of_three(self) -> npt.NDArray[np.int64]:
        """The code points of three bytes in UTF-8 that change."""
        return np.flatnonzero(self.changing[:_FIRST_OF_FOUR_BYTES])

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile("[" + "".join(map(re.escape, map(chr, self.changes))) + "]")

    def applies(self, text: str) -> bool:
        """Whether `text` differs from its normal form."""
        return not text.isascii() and bool(self._pattern.search(text) or _NUMBER.search(text))

    def text(self, text: str) -> str:
        return _NUMBER.sub(_in_digits, text.translate(self.changes))

    def traced(self, text: str) -> NormalText:
        """The normal form of `text` with the origin of each character."""
        normal = self.text(text)
        if len(normal) == len(text):
            return NormalText(text=normal, sources=range(len(text)))
        sources = tuple(place for place, c in enumerate(text) if self.changes.get(ord(c), c))
        return NormalText(text=normal, sources=sources)

    def _replaces(self, character: str, form: str) -> bool:
        if character in self._marks or character in _PUNCTUATION:
            return False
        if not form.isascii():
            return form in self._marks
        tag = unicodedata.decomposition(character).rpartition(">")
        same = tag[0] + tag[1] in _SAME_CHARACTER
        return same and (form.isalnum() or form in self._marks)


def _in_digits(number: re.Match[str]) -> str:
    return "".join(_DIGIT_OF[numeral] for numeral in number.group())
