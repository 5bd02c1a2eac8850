"""How the text of an identifier is shaped, in a form that both a regular expression and an array
kernel can be made from.

Shapes are written in upper case and match either case of ASCII letters. Text is seen as maximal
runs of ASCII letters and digits, with other characters (marks) between them: a run belongs to an
identifier whole or not at all. That is the boundary that holds where words are not spaced, as in
Han text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

ALNUM = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
DIGITS = frozenset("0123456789")

_NOT_AFTER = "(?<![0-9A-Z])"
_NOT_BEFORE = "(?![0-9A-Z])"
_ATOM = re.compile(r"\[((?:\\.|[^\]\\])+)\]|\\(.)|([^\\\[\](){}|.*+?^$])", re.DOTALL)
_TIMES = re.compile(r"\{([0-9]+)(?:,([0-9]+))?\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A maximal run of letters and digits: the characters each position allows, the last
    `len(positions) - shortest` of which may be absent."""

    positions: tuple[frozenset[str], ...]
    shortest: int

    @property
    def longest(self) -> int:
        return len(self.positions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One character that is neither letter nor digit of ASCII."""

    characters: frozenset[str]


@dataclass(frozen=True)
class Form:
    """One way to write an identifier, as a small part of the language of regular expressions:

    characters and classes, repeated `{n}` or `{m,n}` times; a varying count only at the end of a
    run. `elements` is the same as runs and marks, at least one run among them.
    """

    text: str

    @cached_property
    def elements(self) -> tuple[Run | Mark, ...]:
        return tuple(_elements(self.text))

    @property
    def regex(self) -> str:
        before = _NOT_AFTER if isinstance(self.elements[0], Run) else ""
        after = _NOT_BEFORE if isinstance(self.elements[-1], Run) else ""
        return before + self.text + after


@dataclass(frozen=True)
class Runs:
    """Identifiers written in one of `forms`. Two of its matches never share a run.

    `apart_from` holds marks that may stand neither before nor after: `1.2.3.4` in `1.2.3.4.5`
    is no address.
    """

    forms: tuple[Form, ...]
    apart_from: str = ""

    @cached_property
    def regex(self) -> str:
        body = "|".join(form.regex for form in self.forms)
        if not self.apart_from:
            return f"(?:{body})"
        marks = re.escape(self.apart_from)
        return f"(?<![{marks}])(?:{body})(?![{marks}])"

    @cached_property
    def marks(self) -> frozenset[str]:
        """Every character that decides a match and is neither letter nor digit."""
        marks = {
            character
            for form in self.forms
            for element in form.elements
            if isinstance(element, Mark)
            for character in element.characters
        }
        return frozenset(marks | set(self.apart_from))

    @cached_property
    def number_lengths(self) -> frozenset[int]:
        """The lengths at which a bare number can match."""
        return frozenset(
            length
            for form in self.forms
            for run in form.elements
            if len(form.elements) == 1 and isinstance(run, Run)
            if all(position & DIGITS for position in run.positions)
            for length in range(run.shortest, run.longest + 1)
        )


@dataclass(frozen=True)
class Search:
    """Identifiers that only a regular expression describes.

    Every match of `body` holds the ASCII character `anchor`, so text without it is not searched.
    `body` must be plain enough for RE2, bounded in every repetition, and such that a text which
    matches as a whole is one single match. `marks` lists the characters it names that are neither
    letter nor digit.
    """

    body: str
    anchor: str
    marks: frozenset[str]

    @property
    def regex(self) -> str:
        return f"{_NOT_AFTER}(?:{self.body}){_NOT_BEFORE}"

    @property
    def number_lengths(self) -> frozenset[int]:
        return frozenset()


def _elements(text: str) -> Iterator[Run | Mark]:
    positions: list[frozenset[str]] = []
    shortest = 0
    for characters, least, most in _atoms(text):
        if characters <= ALNUM:
            if len(positions) > shortest:
                raise ValueError(f"a varying count does not end its run: {text}")
            positions += [characters] * most
            shortest += least
            continue
        if characters & ALNUM or (least, most) != (1, 1):
            raise ValueError(f"neither a run nor a single mark: {text}")
        if positions:
            yield Run(positions=tuple(positions), shortest=shortest)
            positions, shortest = [], 0
        yield Mark(characters=characters)
    if positions:
        yield Run(positions=tuple(positions), shortest=shortest)


def _atoms(text: str) -> Iterator[tuple[frozenset[str], int, int]]:
    place = 0
    while place < len(text):
        atom = _ATOM.match(text, place)
        if atom is None:
            raise ValueError(f"not in the notation of forms: {text}")
        place = atom.end()
        least = most = 1
        if times := _TIMES.match(text, place):
            place = times.end()
            least, most = int(times[1]), int(times[2] or times[1])
        characters = _class(atom[1]) if atom[1] else frozenset(atom[2] or atom[3])
        yield characters, least, most


def _class(text: str) -> frozenset[str]:
    characters: set[str] = set()
    for piece in re.finditer(r"\\(.)|(.)-(.)|(.)", text, re.DOTALL):
        if piece[2]:
            characters.update(map(chr, range(ord(piece[2]), ord(piece[3]) + 1)))
        else:
            characters.add(piece[1] or piece[4])
    return frozenset(characters)
