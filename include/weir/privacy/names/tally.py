"""Names, addresses and organisations weighed by column, for scans that refuse.

The model errs, so that one cell it names proves nothing; a column that it names by and large is
one of names. What is decided is about the column, so a bounded sample of its cells is enough: up to
`MOST_CELLS` of those that hold Han text, drawn by a digest of the table's bytes. Whoever makes a
table cannot know which cells are looked at, and whoever has it can look at the same ones again.
"""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from weir.model import Digest
from weir.privacy.cells import Cells
from weir.privacy.chance import unsurprising
from weir.privacy.names.finder import NameFinder, name_finder
from weir.privacy.names.symbols import holding_han
from weir.privacy.reading import Reading

Ints = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]

MOST_CELLS = 4_096
FALSE_NAMES = 0.02
"""The share of words that are no names and are taken for some: twice what bare words of this
project's tables show."""

_MOST_BYTES = 1_536
_SEED_DIGITS = 16
_ADDRESS = "ADDRESS"
_REGIONS = re.compile(r"(?:[一-鿿]{1,10}?(?:[省市区县旗州盟镇乡村]|街道))+")


def weighing() -> str:
    """What reports say of it, beside the name of their detector."""
    return f"by column, from up to {MOST_CELLS} cells of each: {name_finder().name}"


class NameTally:
    """What names one column holds. `seed` is a digest of the table's bytes.

    Memory does not grow with the column; of a long text only the beginning is read. Text within
    the escapes of JSON is not.
    """

    def __init__(self, seed: Digest, finder: NameFinder | None = None) -> None:
        self.values = 0
        self._holding_han = 0
        self._seen = 0
        self._seed = np.uint64(int(seed[:_SEED_DIGITS] or "0", 16))
        self._finder = finder
        self._keys: Keys = np.zeros(0, np.uint64)
        self._texts = pa.array([], pa.large_binary())

    def add(self, reading: Reading) -> None:
        """Draw from the values that `reading` stands for. `values` counts those that are there."""
        occurrences = reading.occurrences()
        text, codes = reading.text, reading.codes
        if occurrences is None:
            self.values += len(text) - text.null_count
        else:
            self.values += int(occurrences.sum())
        first, self._seen = self._seen, self._seen + len(text if codes is None else codes)
        holding = _holding_han(text)
        if not len(holding):
            return
        places = texts = holding
        if codes is not None:
            chosen = np.zeros(len(text) + 1, bool)
            chosen[holding] = True
            numbers = pc.fill_null(codes, len(text)).to_numpy(zero_copy_only=False)
            places = np.flatnonzero(chosen[numbers])
            texts = numbers[places]
        self._holding_han += len(places)
        self._draw(_keys(places + first, self._seed), texts, text)

    def cells(self) -> dict[str, int]:
        """About how many of `values` hold a name of each kind, exact where all were looked at.

        Kinds that no more of the distinct texts hold than words taken for names would explain are
        left out, and so are addresses that are names of regions alone.
        """
        if not len(self._texts):
            return {}
        finder = self._finder or name_finder()
        drawn = self._texts.dictionary_encode()
        times = np.bincount(drawn.indices.to_numpy(), minlength=len(drawn.dictionary))
        hits = finder.find(drawn.dictionary)
        found = {}
        for number, kind in enumerate(finder.kinds):
            named = np.unique(hits.cell[hits.entity == number])
            if kind == _ADDRESS:
                named = named[[not _is_region(drawn.dictionary[place]) for place in named.tolist()]]
            if not unsurprising(len(named), len(times), FALSE_NAMES):
                share = int(times[named].sum()) / len(self._texts)
                found[kind] = round(share * self._holding_han)
        return found

    def _draw(self, keys: Keys, texts: Ints, text: pa.Array) -> None:
        """Keep the texts of the least keys of all so far."""
        if len(self._keys) == MOST_CELLS:
            low = keys < self._keys.max()
            keys, texts = keys[low], texts[low]
        if len(keys) > MOST_CELLS:
            least = np.argpartition(keys, MOST_CELLS)[:MOST_CELLS]
            keys, texts = keys[least], texts[least]
        if not len(keys):
            return
        taken = text.take(pa.array(texts)).cast(pa.large_binary())
        keys = np.concatenate([self._keys, keys])
        held = pa.concat_arrays([self._texts, pc.binary_slice(taken, 0, _MOST_BYTES)])
        least = np.argsort(keys)[:MOST_CELLS]
        self._keys, self._texts = keys[least], held.take(pa.array(least))


def _holding_han(text: pa.Array) -> Ints:
    parts = [holding_han(piece) + first for first, piece in Cells.of(text).pieces()]
    holding = np.concatenate([np.zeros(0, np.int64), *parts])
    if text.null_count and len(holding):
        # A null may have bytes under it.
        valid = text.is_valid().to_numpy(zero_copy_only=False)
        holding = holding[valid[holding]]
    return holding


def _keys(places: Ints, seed: np.uint64) -> Keys:
    """A pseudorandom number for each place, as SplitMix64 has them."""
    keys = places.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + seed
    keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return keys ^ (keys >> np.uint64(31))


def _is_region(text: pa.Scalar) -> bool:
    return _REGIONS.fullmatch(text.as_py().decode("utf-8", "replace").strip()) is not None
