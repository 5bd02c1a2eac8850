"""Tables that keep what a value is in the cell to its left: 身份证号 | 1101…, QQ号 | 1000….

There the cell beside is to the value what a header is to a column, row by row. A column of few
short texts of which any holds a cue (`weir.privacy.cues`) is taken for such keys: a column of kinds
of documents before the numbers of the documents is one as well.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from weir.privacy.detector import Detector

_MOST_KEYS = 256
_LONGEST_KEY = 20
_FIRST_ROWS = 1024


def by_key(
    values: pa.Array, beside: pa.Array | None, detector: Detector
) -> Iterator[tuple[str, pa.Array]]:
    """`values` in parts that make up the whole, each with what its cells' neighbours `beside` say
    it is; "" where they say nothing."""
    keys = _keys(beside) if beside is not None and _may_be_keyed(values) else None
    if keys is None or detector.reads_values_one_by_one:
        yield "", values
        return
    # As bytes: a file that says it holds UTF-8 may hold anything.
    raw = keys.dictionary.cast(pa.large_binary()).to_pylist()
    words = ["" if word is None else word.decode("utf-8", "replace") for word in raw]
    telling = [place for place, word in enumerate(words) if word and _tells(word, detector)]
    if not telling:
        yield "", values
        return
    numbers = keys.indices.fill_null(-1).to_numpy()
    rest = np.flatnonzero(~np.isin(numbers, telling))
    if len(rest):
        yield "", values.take(pa.array(rest))
    for place in telling:
        yield words[place], values.take(pa.array(np.flatnonzero(numbers == place)))


def _may_be_keyed(values: pa.Array) -> bool:
    """Numbers of a measure are no identifiers whatever stands beside them."""
    return not (
        pa.types.is_boolean(values.type)
        or pa.types.is_floating(values.type)
        or pa.types.is_temporal(values.type)
    )


def _keys(beside: pa.Array) -> pa.DictionaryArray | None:
    """The column's texts by number; None where they are too many or too long for keys."""
    if pa.types.is_dictionary(beside.type):
        return beside if _are_keys(beside.dictionary) else None
    if not _is_text(beside.type):
        return None
    for some in (beside.slice(0, _FIRST_ROWS), beside):
        encoded = some.dictionary_encode()
        if not _are_keys(encoded.dictionary):
            return None
    return encoded


def _are_keys(words: pa.Array) -> bool:
    if not _is_text(words.type) or not 0 < len(words) <= _MOST_KEYS:
        return False
    return int(pc.max(pc.utf8_length(words)).as_py() or 0) <= _LONGEST_KEY


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _tells(word: str, detector: Detector) -> bool:
    """Whether the word is a cue: then a number of any length under it can be an identifier."""
    return detector.number_lengths(word) is None
