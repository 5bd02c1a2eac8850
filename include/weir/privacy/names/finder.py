"""Names, addresses and organisations in whole columns of text."""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa

from weir.privacy.cells import Cells
from weir.privacy.hits import Hits
from weir.privacy.names.headed import with_headed
from weir.privacy.names.labels import KINDS, Label
from weir.privacy.names.model_file import DIGESTS, MODEL, read_tagger
from weir.privacy.names.symbols import Stream, holding_han
from weir.privacy.names.tagger import Tagger

_DIGEST_CHARACTERS = 16


class NameFinder:
    """Finds what `tagger` sees. A text's names do not depend on the texts around it."""

    kinds = KINDS
    """What `Hits.entity` counts by."""

    def __init__(self, tagger: Tagger) -> None:
        self._tagger = tagger

    @property
    def name(self) -> str:
        """What certificates say of the model."""
        return f"weir names model sm3:{DIGESTS[MODEL][:_DIGEST_CHARACTERS]}"

    def find(self, array: pa.Array) -> Hits:
        """Every name, address and organisation in a string or binary array, by cell and place.

        Null cells hold nothing.
        """
        parts = [self._find_in(cells).moved(first) for first, cells in Cells.of(array).pieces()]
        hits = Hits.joined(parts)
        if array.null_count and len(hits):
            valid = array.is_valid().to_numpy(zero_copy_only=False)
            hits = hits.where(valid[hits.cell])
        return hits

    def labels(self, text: str, *, headed: bool = False) -> tuple[Label, ...]:
        """The same in one text, in characters; `headed`: in a column of names of persons."""
        raw = text.encode("utf-8", "replace")
        array = pa.array([raw], pa.binary())
        hits = self.find(array)
        if headed:
            hits = with_headed(hits, array)
        places = zip(hits.entity.tolist(), hits.start.tolist(), hits.end.tolist(), strict=True)
        return tuple(
            Label(start=len(raw[:start].decode()), end=len(raw[:end].decode()), kind=KINDS[kind])
            for kind, start, end in places
        )

    def _find_in(self, cells: Cells) -> Hits:
        numbers = holding_han(cells)
        if not len(numbers):
            return Hits.none()
        if len(numbers) < len(cells):
            cells = Cells.of(cells.taken(numbers))
        stream = Stream.of(cells)
        spans = self._tagger.find(stream)
        if not len(spans.starts):
            return Hits.none()
        holding, starts, ends = stream.in_cells(spans.starts, spans.ends)
        return Hits(
            entity=spans.kinds.astype(np.int64), cell=numbers[holding], start=starts, end=ends
        )


@cache
def name_finder() -> NameFinder:
    """The finder of the model that ships with the package."""
    return NameFinder(read_tagger())
