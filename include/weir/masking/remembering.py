"""A costly kernel, asked once for a value that comes again and again."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

Kernel = Callable[[pa.Array], pa.Array]
Hashes = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]

_NOTHING = pa.array([], pa.string())
_NO_HASHES, _NO_PLACES = np.empty(0, np.uint64), np.empty(0, np.int64)
_LIMIT_BYTES = 16 * 1024 * 1024
_WORTH = 4
"""One value in so many has to be known already, or looking for them costs more than it saves."""


class Remembering:
    """`kernel` over strings without nulls, as if it were called with them all.

    A subject's rows lie all over a table, so a batch is full of subjects that earlier batches had.
    The kernel must give equal strings for equal strings, whatever else it is given with them. No
    more than 16 MiB are remembered. Where values hardly ever come again, nothing is.
    """

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._known = self._results = _NOTHING
        self._hashes, self._places = _NO_HASHES, _NO_PLACES
        self._forgetful = False

    def __call__(self, values: pa.Array) -> pa.Array:
        if self._forgetful:
            return self._kernel(values)
        hashes = _hashes(values)
        places = self._find(hashes, values)
        unknown = places < 0
        new = values.filter(pa.array(unknown))
        made = self._kernel(new)
        results = pa.concat_arrays([self._results, made])
        places[unknown] = len(self._known) + np.arange(len(new))
        self._learn(new, hashes[unknown], results, seen=len(values))
        return results.take(pa.array(places))

    def _find(self, hashes: Hashes, values: pa.Array) -> Places:
        """The places of `values` among the known ones, -1 for those that are not."""
        places = np.full(len(values), -1, np.int64)
        if not len(self._known):
            return places
        at = np.searchsorted(self._hashes, hashes)
        likely = np.flatnonzero(self._hashes.take(at, mode="clip") == hashes)
        there = self._places.take(at.take(likely))
        # Two values of one hash are two values.
        same = pc.equal(self._known.take(pa.array(there)), values.take(pa.array(likely)))
        same = same.to_numpy(zero_copy_only=False)
        places[likely[same]] = there[same]
        return places

    def _learn(self, new: pa.Array, hashes: Hashes, results: pa.Array, *, seen: int) -> None:
        known = pa.concat_arrays([self._known, new])
        if known.nbytes + results.nbytes <= _LIMIT_BYTES:
            self._known, self._results = known, results
            hashes = np.concatenate([self._hashes, hashes])
            order = np.argsort(hashes, kind="stable")
            places = np.concatenate([self._places, np.arange(len(self._places), len(known))])
            self._hashes, self._places = hashes[order], places[order]
        elif (seen - len(new)) * _WORTH < seen:
            self._forgetful = True
            self._known = self._results = _NOTHING
            self._hashes, self._places = _NO_HASHES, _NO_PLACES


def _hashes(values: pa.Array) -> Hashes:
    return pl.Series(values).hash().to_numpy()
