"""The values that a column is made of in the end: those of lists, structures and maps too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """Values without lists or structures in them, and the way to them from the column.

    A step is the name of a field, or the offsets of lists: value `i` of the lists stands in the
    list `n` for which `offsets[n] <= i < offsets[n + 1]`.
    """

    values: pa.Array
    steps: tuple[str | Ints, ...] = ()

    @property
    def fields(self) -> list[str]:
        """The names of the fields on the way."""
        return [step for step in self.steps if isinstance(step, str)]

    def rows(self, places: Ints) -> Ints:
        """The row of the column in which each value at `places` stands."""
        for step in reversed(self.steps):
            if not isinstance(step, str):
                places = np.asarray(np.searchsorted(step, places, side="right") - 1, np.int64)
        return places

    def path(self, place: int) -> str | None:
        """Where the value at `place` stands within its cell, as `phones[2].number`; None if it is
        the cell."""
        path = ""
        for step in reversed(self.steps):
            if isinstance(step, str):
                path = f".{step}{path}"
            else:
                holding = int(np.searchsorted(step, place, side="right")) - 1
                path = f"[{place - int(step[holding])}]{path}"
                place = holding
        return path.removeprefix(".") or None


def leaves(column: pa.Array) -> Iterator[Leaf]:
    """The leaves of `column`, in order; of a flat column it is the column. Null parents have no
    values. Kinds that are neither flat nor known here (unions) are given as they are."""
    pending = [Leaf(values=column)]
    while pending:
        leaf = pending.pop()
        values = _plain(leaf.values)
        kind = values.type
        if pa.types.is_struct(kind):
            fields = zip(kind, values.flatten(), strict=True)
            within = [Leaf(values=v, steps=(*leaf.steps, field.name)) for field, v in fields]
            pending.extend(reversed(within))
        elif _is_list(kind):
            offsets = np.zeros(len(values) + 1, np.int64)
            lengths = pc.fill_null(pc.list_value_length(values), 0)
            np.cumsum(lengths.to_numpy(zero_copy_only=False), out=offsets[1:])
            pending.append(Leaf(values=values.flatten(), steps=(*leaf.steps, offsets)))
        else:
            yield Leaf(values=values, steps=leaf.steps)


def _plain(values: pa.Array) -> pa.Array:
    """The same values, encodings and extensions of their type taken off."""
    while True:
        kind = values.type
        if isinstance(values, pa.ExtensionArray):
            values = values.storage
        elif pa.types.is_run_end_encoded(kind):
            values = pc.run_end_decode(values)
        elif pa.types.is_dictionary(kind) and pa.types.is_nested(kind.value_type):
            values = values.dictionary_decode()
        elif pa.types.is_map(kind):
            values = _list_of_entries(values)
        else:
            return values


def _list_of_entries(maps: pa.MapArray) -> pa.ListArray:
    entry = pa.struct([pa.field("key", maps.type.key_type), pa.field("value", maps.type.item_type)])
    entries = pa.StructArray.from_arrays([maps.keys, maps.items], fields=list(entry))
    return pa.Array.from_buffers(
        pa.list_(entry), len(maps), maps.buffers()[:2], offset=maps.offset, children=[entries]
    )


def _is_list(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_list(kind)
        or pa.types.is_large_list(kind)
        or pa.types.is_fixed_size_list(kind)
        or pa.types.is_list_view(kind)
        or pa.types.is_large_list_view(kind)
    )
