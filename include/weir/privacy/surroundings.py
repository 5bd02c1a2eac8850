"""What stands before the candidates of weak forms, and whether it is a cue.

Texts before candidates are few and repeat, so each is judged once for each type.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from weir.privacy.cells import Cells, distinct
from weir.privacy.cues import BARRIERS, Cues
from weir.privacy.pieces import Bools, Bytes, Ints

_TEXT = ("utf-8", "surrogateescape")
_LONGEST_CHARACTER = 4
_ZERO, _DIGITS = np.uint8(ord("0")), 10
_OTHER_BARRIERS = [ord(c) for c in BARRIERS if c.isascii() and not c.isdigit()]


class Surroundings:
    """The texts right before `places` in `cells`, as far as a cue of up to `window` characters
    with what may stand behind it can reach."""

    def __init__(self, cells: Cells, places: Ints, window: int) -> None:
        self._places = distinct(places)
        numbers: dict[tuple[str, str], int] = {}
        cell_starts = cells.offsets[cells.holding(self._places)]
        firsts = np.maximum(cell_starts, self._places - _LONGEST_CHARACTER * window)
        firsts = np.maximum(firsts, _behind_barriers(cells.data, self._places))
        # A Latin cue is a whole word: the letter behind it tells.
        glued = _letters(cells.data, self._places - 1) & _letters(cells.data, self._places)
        kinds = 2 * (self._places + glued - firsts) + glued
        self._numbers = np.zeros(len(self._places), np.int64)
        for kind in np.flatnonzero(np.bincount(kinds)).tolist():
            chosen = np.flatnonzero(kinds == kind)
            length, behind = divmod(kind, 2)
            texts, which = _distinct(cells.data, firsts.take(chosen), length)
            # A text that is cut within a character begins with debris, further back than cues
            # reach.
            reaches = [_reach(text.decode(*_TEXT), behind) for text in texts]
            number_of = np.array([numbers.setdefault(reach, len(numbers)) for reach in reaches])
            self._numbers[chosen] = number_of.take(which)
        self._texts = tuple(numbers)

    def beside(self, cues: Cues, places: Ints) -> Bools:
        """Before which of `places` a cue stands."""
        numbers = self._numbers.take(np.searchsorted(self._places, places))
        asked = np.zeros(len(self._texts), bool)
        asked[numbers] = True
        for number in np.flatnonzero(asked).tolist():
            before, after = self._texts[number]
            asked[number] = cues.stand_before(before + after, len(before))
        return asked.take(numbers)


def _reach(text: str, behind: int) -> tuple[str, str]:
    """What stands before a place, as far as it tells, and the letters `behind` it."""
    end = len(text) - behind
    return Cues.within_reach(text[:end]), text[end:]


def _letters(data: Bytes, places: Ints) -> Bools:
    """Which of the places hold an ASCII letter."""
    lower = data.take(places, mode="clip") | np.uint8(0x20)
    return np.asarray((lower >= ord("a")) & (lower <= ord("z")))


def _distinct(data: Bytes, firsts: Ints, length: int) -> tuple[list[bytes], Ints]:
    """The texts of so many bytes from `firsts` on, each once, and which of them each is."""
    if not length:
        return [b""], np.zeros(len(firsts), np.int64)
    texts = np.lib.stride_tricks.sliding_window_view(data, length)[firsts]
    array = pa.Array.from_buffers(
        pa.binary(length), len(firsts), [None, pa.py_buffer(np.ascontiguousarray(texts))]
    ).dictionary_encode()
    return array.dictionary.to_pylist(), array.indices.to_numpy()


def _behind_barriers(data: Bytes, places: Ints) -> Ints:
    """The place right behind the last barrier of ASCII before each place: what is further back
    tells nothing, and differs from cell to cell as numbers do."""
    barrier = (data - _ZERO) < _DIGITS
    for other in _OTHER_BARRIERS:
        barrier |= data == other
    behind = np.concatenate([[0], np.flatnonzero(barrier) + 1])
    return behind.take(np.searchsorted(behind, places, side="right") - 1)
