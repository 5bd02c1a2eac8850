"""Matching of identifiers with words in them, over bytes.

Arrow's RE2 tells which cells hold one of the words; only those are read as text, one by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow.compute as pc

from weir.privacy.cells import Cells
from weir.privacy.pieces import Ints, Spans

_TEXT = ("utf-8", "surrogateescape")
_FIRST_LETTER = ord("A")


class Words:
    """Tells which cells may hold one of some words, in any case."""

    def __init__(self, words: Iterable[str]) -> None:
        self._pattern = "|".join(re.escape(word) for word in sorted(set(words))).encode()

    def held(self, cells: Cells) -> Ints:
        """The cells that do."""
        if not self._pattern or not len(cells.data) or int(cells.data.max()) < _FIRST_LETTER:
            return np.zeros(0, np.int64)
        found = pc.match_substring_regex(cells.array(), self._pattern, ignore_case=True)
        return np.flatnonzero(found.to_numpy(zero_copy_only=False))


class PhraseMatcher:
    """Finds what `body` describes in cells that hold one of `words`."""

    def __init__(self, body: str, words: Iterable[str]) -> None:
        self._pattern = re.compile(body, re.IGNORECASE | re.ASCII)
        self._words = Words(words)

    def match(self, cells: Cells) -> Spans:
        return self._match_in(cells, self._words.held(cells))

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
