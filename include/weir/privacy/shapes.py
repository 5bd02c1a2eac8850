"""How the text of an identifier is shaped, in a form that both a regular expression and an array
kernel can be made from.

Shapes are written in upper case and match either case of ASCII letters. Text is seen as maximal
runs of ASCII letters and digits, with other characters (marks) between them: a run belongs to an
identifier whole or not at all. That is the boundary that holds where words are not spaced, as in
Han text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

ALNUM = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
DIGITS = frozenset("0123456789")
LETTERS = ALNUM - DIGITS
GAPS = " -"
"""What may stand between the characters of a spaced form."""

GAP_REGEX = r"[ \-]?"

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

    A `weak` form looks like too much else: it counts beside a cue only. One that is `spaced`, a
    single run of one length, may have a space or a hyphen between any two of its characters.

    A `label` is letters that the first run must begin with and that are no part of the identifier:
    `TEL` in TEL13900009021, `[A-Z]{3}` for any three. `elements` has them.
    """

    text: str
    weak: bool = False
    spaced: bool = False
    label: str = ""

    @cached_property
    def elements(self) -> tuple[Run | Mark, ...]:
        return tuple(_elements(self.label + self.text))

    @property
    def label_length(self) -> int:
        """In characters."""
        return sum(most for _, _, most in _atoms(self.label))

    @property
    def regex(self) -> str:
        before = _NOT_AFTER if isinstance(self.elements[0], Run) else ""
        if self.label:
            before = f"(?<={before}{self.label})"
        after = _NOT_BEFORE if isinstance(self.elements[-1], Run) else ""
        return before + (self._spaced_text if self.spaced else self.text) + after

    @property
    def _spaced_text(self) -> str:
        (run,) = self.elements
        if not isinstance(run, Run) or run.shortest != run.longest:
            raise ValueError(f"only a single run of one length can be spaced: {self.text}")
        return GAP_REGEX.join(
            GAP_REGEX.join([_class_text(allowed)] * len(list(alike)))
            for allowed, alike in groupby(run.positions)
        )


def labelled(forms: Iterable[Form], *labels: str) -> tuple[Form, ...]:
    """The `forms` that begin with a run, as they are written right behind one of `labels`: a label
    tells as much as a cue."""
    return tuple(
        Form(form.text, label=label)
        for label in labels
        for form in forms
        if isinstance(form.elements[0], Run)
    )


@dataclass(frozen=True)
class Runs:
    """Identifiers written in one of `forms`.

    `apart_from` holds marks that may stand neither before nor after: `1.2.3.4` in `1.2.3.4.5`
    is no address.
    """

    forms: tuple[Form, ...]
    apart_from: str = ""

    @cached_property
    def regex(self) -> str:
        return "(?:" + "|".join(map(self.regex_of, self.forms)) + ")"

    def regex_of(self, form: Form) -> str:
        """The regular expression of one of the forms."""
        if not self.apart_from:
            return form.regex
        marks = re.escape(self.apart_from)
        return f"(?<![{marks}]){form.regex}(?![{marks}])"

    @property
    def weak(self) -> bool:
        """Whether nothing counts without a cue."""
        return all(form.weak for form in self.forms)

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
        gaps = GAPS if any(form.spaced for form in self.forms) else ""
        return frozenset(marks | set(self.apart_from) | set(gaps))

    @cached_property
    def number_lengths(self) -> frozenset[int]:
        """The lengths at which a bare number can match without a cue."""
        return frozenset(
            length
            for form in self.forms
            for run in form.elements
            if len(form.elements) == 1 and isinstance(run, Run) and not form.weak
            if all(position & DIGITS for position in run.positions)
            for length in range(run.shortest, run.longest + 1)
        )


@dataclass(frozen=True)
class Search:
    """Identifiers in ASCII that only a regular expression describes.

    Every match of `body` holds the ASCII character `anchor`, so text without it is not searched.
    `body` must be plain enough for RE2, bounded in every repetition, and such that a text which
    matches as a whole is one single match. `marks` lists the characters it names that are neither
    letter nor digit; those of `apart_from` may stand neither before nor after. Where the anchor is
    common, `crowds` tell the few texts that can hold a match: in every match, by one of the pairs
    `(count, span)`, so many anchors stand within so many characters.
    """

    body: str
    anchor: str
    marks: frozenset[str]
    crowds: tuple[tuple[int, int], ...] = ()
    apart_from: str = ""

    @property
    def weak(self) -> bool:
        return False

    @property
    def regex(self) -> str:
        apart = re.escape(self.apart_from)
        return f"(?<![0-9A-Z{apart}])(?:{self.body})(?![0-9A-Z{apart}])"

    @property
    def number_lengths(self) -> frozenset[int]:
        return frozenset()


@dataclass(frozen=True)
class Phrase:
    """Identifiers with words in them, of any script, that only regular expressions describe.

    Every match of `body` holds one of `words`, so that text without them is not searched; a match
    of `weak_body` counts beside a cue only. Both state their own boundaries and are bounded in
    every repetition. Either may be empty.
    """

    body: str = ""
    words: tuple[str, ...] = ()
    weak_body: str = ""
    marks: frozenset[str] = frozenset()

    @property
    def weak(self) -> bool:
        """Whether nothing counts without a cue."""
        return not self.body

    @property
    def regex(self) -> str:
        return "|".join(body for body in (self.body, self.weak_body) if body)

    @property
    def number_lengths(self) -> frozenset[int]:
        return frozenset()


def whole_cell(words: str, before: str = "") -> str:
    """The regular expression of a text that is one of `words` and nothing else, one of `before`
    in front of it perhaps: what alone in a cell is a value is a word like others in a sentence."""
    longest_first = "|".join(sorted(words.split("|"), key=len, reverse=True))
    start = r"(?:\A|(?<=\A[ ']))"
    return rf"{start}(?:{before})?(?:{longest_first})(?=[ 。]?\Z)"


def _class_text(characters: frozenset[str]) -> str:
    return "[0-9]" if characters == DIGITS else "[" + "".join(sorted(characters)) + "]"


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
