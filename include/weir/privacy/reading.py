"""The text that is searched in place of a column's values: each text once where that pays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from weir.privacy.column_text import condensed, is_text, text_of
from weir.privacy.encodings import as_utf8

Ints = npt.NDArray[np.int64]

_SAMPLE_ROWS = 2048
_WORTH_SHARE = 0.5
_FEWEST_REPEATED = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Text `i` of `text` stands for the values whose code is `i`; without `codes`, value `i`.

    `places` are the values that have codes, where others hold nothing that could be found: numbers
    too short or too long for anything. A null has no code.
    """

    text: pa.Array
    codes: pa.Array | None = None
    places: Ints | None = None

    def occurrences(self) -> Ints | None:
        """How many values each text stands for; None: one each."""
        if self.codes is None:
            return None
        known = self.codes.drop_null().to_numpy(zero_copy_only=False)
        return np.bincount(known, minlength=len(self.text))

    def values_of(self, texts: Ints) -> tuple[Ints, Ints]:
        """The values that the texts at `texts` (ascending, without repeats) stand for, ascending,
        and for each the place in `texts` of its own."""
        if self.codes is None:
            return texts, np.arange(len(texts))
        place_of = np.full(len(self.text) + 1, -1, np.int64)
        place_of[texts] = np.arange(len(texts))
        codes = pc.fill_null(self.codes, len(self.text)).to_numpy(zero_copy_only=False)
        place = place_of[codes]
        values = np.flatnonzero(place >= 0)
        found = place[values]
        return (values if self.places is None else self.places[values]), found


def read(
    values: pa.Array, *, number_lengths: frozenset[int] | None, distinct: bool
) -> Reading | None:
    """What to search in place of flat `values`; None for kinds that have no text.

    `number_lengths` are the lengths at which a bare number can be anything; `distinct` has equal
    values searched once whatever that costs.
    """
    places = None
    if isinstance(values, pa.DictionaryArray) and len(values.dictionary) > len(values):
        values = values.dictionary_decode()
    if not isinstance(values, pa.DictionaryArray):
        values = condensed(values)
        if number_lengths is not None and pa.types.is_integer(values.type):
            places = _of_length(values, number_lengths)
            values = values.take(pa.array(places))
        if is_text(values.type) and not distinct and not repeats_often(values):
            return Reading(text=as_utf8(values))
        try:
            values = values.dictionary_encode()
        except pa.ArrowNotImplementedError:
            return None
    text = text_of(condensed(values.dictionary))
    if text is None:
        return None
    return Reading(text=as_utf8(text), codes=values.indices, places=places)


def repeats_often(values: pa.Array) -> bool:
    """Whether less than half of `values` are likely to be distinct, judged by how often two are
    the same among the first."""
    sample = values.slice(0, _SAMPLE_ROWS)
    distinct = pc.count_distinct(sample).as_py()
    repeated = len(sample) - sample.null_count - distinct
    if repeated * 2 >= len(sample):
        return True
    if repeated < _FEWEST_REPEATED:
        return False
    return bool(len(sample) ** 2 / (2 * repeated) <= _WORTH_SHARE * len(values))


def _of_length(values: pa.Array, lengths: frozenset[int]) -> Ints:
    """The integers written with a number of digits out of `lengths`. What Arrow keeps under a null
    may be among them."""
    width = values.type.bit_width // 8
    raw = values.buffers()[1]
    kind = f"{'' if pa.types.is_signed_integer(values.type) else 'u'}int{width * 8}"
    numbers = np.frombuffer(raw or b"", kind)[values.offset : values.offset + len(values)]
    limits = np.iinfo(numbers.dtype)
    chosen = np.zeros(len(numbers), bool)
    for shortest, longest in _ranges(lengths):
        least, most = 10 ** (shortest - 1), 10**longest - 1
        if least <= limits.max:
            chosen |= (numbers >= least) & (numbers <= min(most, limits.max))
        if -least >= limits.min:
            chosen |= (numbers <= -least) & (numbers >= max(-most, limits.min))
    return np.flatnonzero(chosen)


def _ranges(lengths: frozenset[int]) -> Iterator[tuple[int, int]]:
    """Runs of consecutive numbers, by first and last."""
    ordered = sorted(lengths)
    for _, run in groupby(enumerate(ordered), key=lambda item: item[1] - item[0]):
        numbers = [number for _, number in run]
        yield numbers[0], numbers[-1]
