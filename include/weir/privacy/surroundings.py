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
        numbers: dict[str, int] = {}
        found: list[int] = []
        cell_starts = cells.offsets[cells.holding(self._places)]
        firsts = np.maximum(cell_starts, self._places - _LONGEST_CHARACTER * window)
        # A text that is cut within a character begins with debris, further back than cues reach.
        raw = cells.data.tobytes()
        number_of: dict[bytes, int] = {}
        for first, place in zip(firsts.tolist(), self._places.tolist(), strict=True):
            before = raw[first:place]
            if before not in number_of:
                reach = Cues.within_reach(before.decode(*_TEXT))
                number_of[before] = numbers.setdefault(reach, len(numbers))
            found.append(number_of[before])
        self._numbers = np.array(found, np.int64)
        self._texts = tuple(numbers)

    def beside(self, cues: Cues, places: Ints) -> Bools:
        """Before which of `places` a cue stands."""
        numbers = self._numbers.take(np.searchsorted(self._places, places))
        distinct, which = np.unique(numbers, return_inverse=True)
        texts = [self._texts[number] for number in distinct.tolist()]
        return np.array([cues.stand_before(text, len(text)) for text in texts], bool)[which]
