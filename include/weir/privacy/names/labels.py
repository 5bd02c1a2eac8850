"""What is found in free text, and how a text with its labels is written down."""

from __future__ import annotations

import re
from dataclasses import dataclass

KINDS = ("PERSON_NAME", "ADDRESS", "ORGANISATION")
"""Presidio's names of what is found; their places are the numbers in hits."""

_LETTERS = {"P": "PERSON_NAME", "A": "ADDRESS", "O": "ORGANISATION"}
_MARKED = re.compile(r"\[([^\[\]]+)\]([PAO])")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Label:
    """`text[start:end]` is a `kind`; in characters."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A text with every name, address and organisation in it. `family` says where it is from."""

    text: str
    labels: tuple[Label, ...]
    family: str


def marked(line: str, family: str) -> Sentence:
    """The sentence of a line in which labels stand as `[…]P`, `[…]A` and `[…]O`."""
    text, labels, last = "", [], 0
    for found in _MARKED.finditer(line):
        text += line[last : found.start()]
        start, last = len(text), found.end()
        text += found[1]
        labels.append(Label(start=start, end=len(text), kind=_LETTERS[found[2]]))
    return Sentence(text=text + line[last:], labels=tuple(labels), family=family)
