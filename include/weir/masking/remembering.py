"""A costly kernel, asked once for a value that comes again and again."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Kernel = Callable[[pa.Array], pa.Array]

_NOTHING = pa.array([], pa.string())
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
        self._forgetful = False

    def __call__(self, values: pa.Array) -> pa.Array:
        if self._forgetful:
            return self._kernel(values)
        places = pc.fill_null(pc.index_in(values, value_set=self._known), -1).to_numpy()
        unknown = places < 0
        new = values.filter(pa.array(unknown))
        made = self._kernel(new)
        results = pa.concat_arrays([self._results, made])
        places = np.where(unknown, len(self._known) + np.cumsum(unknown) - 1, places)
        self._learn(new, results, seen=len(values))
        return results.take(pa.array(places))

    def _learn(self, new: pa.Array, results: pa.Array, *, seen: int) -> None:
        known = pa.concat_arrays([self._known, new])
        if known.nbytes + results.nbytes <= _LIMIT_BYTES:
            self._known, self._results = known, results
        elif (seen - len(new)) * _WORTH < seen:
            self._forgetful = True
            self._known = self._results = _NOTHING
