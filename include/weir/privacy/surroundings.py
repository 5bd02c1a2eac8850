"""What stands before the candidates of weak forms, and whether it is a cue.

Texts before candidates are few and repeat, so each is judged once for each type.
"""

from __future__ import annotations

import numpy as np

from weir.privacy.cells import Cells
from weir.privacy.cues import Cues
from weir.privacy.pieces import Bools, Ints

_TEXT = ("utf-8", "surrogateescape")
_LONGEST_CHARACTER = 4


class Surroundings:
    """The texts right before `places` in `cells`, as far as a cue of up to `window` characters
    with what may stand behind it can reach."""

    def __init__(self, cells: Cells, places: Ints, window: int) -> None:
        self._places = np.unique(places)
        numbers: dict[tuple[str, str], int] = {}
        found: list[int] = []
        cell_starts = cells.offsets[cells.holding(self._places)]
        firsts = np.maximum(cell_starts, self._places - _LONGEST_CHARACTER * window)
        # A text that is cut within a character begins with debris, further back than cues reach.
        raw = cells.data.tobytes()
        number_of: dict[tuple[bytes, bool], int] = {}
        for first, place in zip(firsts.tolist(), self._places.tolist(), strict=True):
            # A Latin cue is a whole word: the letter behind it tells.
            glued = raw[place - 1 : place].isalpha() and raw[place : place + 1].isalpha()
            seen = raw[first : place + glued], glued
            if seen not in number_of:
                text = seen[0].decode(*_TEXT)
                end = len(text) - glued
                reach = Cues.within_reach(text[:end]), text[end:]
                number_of[seen] = numbers.setdefault(reach, len(numbers))
            found.append(number_of[seen])
        self._numbers = np.array(found, np.int64)
        self._texts = tuple(numbers)

    def beside(self, cues: Cues, places: Ints) -> Bools:
        """Before which of `places` a cue stands."""
        numbers = self._numbers.take(np.searchsorted(self._places, places))
        distinct, which = np.unique(numbers, return_inverse=True)
        texts = [self._texts[number] for number in distinct.tolist()]
        beside = [cues.stand_before(before + after, len(before)) for before, after in texts]
        return np.array(beside, bool)[which]
