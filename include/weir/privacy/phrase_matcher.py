"""Matching of identifiers with words in them, over bytes.

Only cells that hold one of the words are read as text, one by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import numpy as np

from weir.privacy.cells import Cells
from weir.privacy.han_words import ThreeByteText, Words
from weir.privacy.pieces import Ints, Spans

_TEXT = ("utf-8", "surrogateescape")


class PhraseMatcher:
    """Finds what `body` describes in cells that hold one of `words`."""

    def __init__(self, body: str, words: Iterable[str]) -> None:
        self._pattern = re.compile(body, re.IGNORECASE | re.ASCII)
        self._words = Words(words)

    def match(self, cells: Cells, text: ThreeByteText | None) -> Spans:
        return self._match_in(cells, self._words.held(cells, text))

    def match_everywhere(self, cells: Cells) -> Spans:
        """The same in all cells, words or no words."""
        return self._match_in(cells, np.flatnonzero(cells.lengths()))

    def _match_in(self, cells: Cells, holding: Ints) -> Spans:
        spans = [
            (first + start, first + end)
            for cell, first in zip(holding.tolist(), cells.offsets[holding].tolist(), strict=True)
            for start, end in self._in_bytes(cells.text(cell))
        ]
        starts, ends = np.array(spans, np.int64).reshape(-1, 2).T
        return Spans(starts=starts, ends=ends, shaped=len(starts))

    def _in_bytes(self, raw: bytes) -> Iterator[tuple[int, int]]:
        text = raw.decode(*_TEXT)
        place = read = 0
        for match in self._pattern.finditer(text):
            place += len(text[read : match.start()].encode(*_TEXT))
            start, read = place, match.end()
            place += len(match.group().encode(*_TEXT))
            yield start, place
