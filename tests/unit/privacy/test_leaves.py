"""The values inside nested columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from weir.privacy.leaves import leaves


def placed(column: pa.Array) -> list[tuple[int, str | None, Any]]:
    """Row, path and value of everything in `column`."""
    found = []
    for leaf in leaves(column):
        rows = leaf.rows(np.arange(len(leaf.values))).tolist()
        values = leaf.values.to_pylist()
        found += [(row, leaf.path(i), values[i]) for i, row in enumerate(rows)]
    return found


@pytest.mark.parametrize(
    "kind",
    [
        pa.list_(pa.string()),
        pa.large_list(pa.string()),
        pa.list_view(pa.string()),
        pa.large_list_view(pa.string()),
    ],
    ids=str,
)
def test_values_of_lists_know_their_row_and_place(kind: pa.DataType) -> None:
    """Null and empty lists have none; slices are followed."""
    column = pa.array([["no"], ["a"], None, [], ["b", None]], kind)
    expected = [(0, "[0]", "a"), (3, "[0]", "b"), (3, "[1]", None)]
    assert placed(column.slice(1)) == expected


def test_lists_of_a_fixed_size_are_lists() -> None:
    """Even where a null takes their room."""
    column = pa.array([["a", "b"], None, ["c", "d"]], pa.list_(pa.string(), 2))
    assert placed(column.slice(1)) == [(1, "[0]", "c"), (1, "[1]", "d")]


def test_structures_within_lists_within_structures() -> None:
    """A path says where a value stands."""
    column = pa.array([{"a": [{"b": 1}, {"b": 2}], "c": "x"}, None, {"a": None, "c": "y"}])
    assert placed(column) == [
        (0, "a[0].b", 1),
        (0, "a[1].b", 2),
        (0, "c", "x"),
        (1, "c", None),
        (2, "c", "y"),
    ]


def test_maps_are_lists_of_keys_and_values() -> None:
    """Keys can be identifiers too."""
    column = pa.array([[("no", 0)], [("k", 1), ("l", None)], None], pa.map_(pa.string(), pa.int8()))
    assert placed(column.slice(1)) == [
        (0, "[0].key", "k"),
        (0, "[1].key", "l"),
        (0, "[0].value", 1),
        (0, "[1].value", None),
    ]


def test_encodings_come_off() -> None:
    """Runs and dictionaries of nested values are values; a flat dictionary stays one."""
    assert placed(pc.run_end_encode(pa.array(["x", "x", "y"]))) == [
        (0, None, "x"),
        (1, None, "x"),
        (2, None, "y"),
    ]
    lists = pa.DictionaryArray.from_arrays(pa.array([1, 0]), pa.array([["a"], ["b"]]))
    assert placed(lists) == [(0, "[0]", "b"), (1, "[0]", "a")]
    (leaf,) = leaves(pa.array(["x"]).dictionary_encode())
    assert isinstance(leaf.values, pa.DictionaryArray)


def test_depth_takes_no_stack() -> None:
    """Hundreds of levels are walked like one."""
    value, kind = "x", pa.string()
    nested: Any = value
    for _ in range(500):
        nested, kind = [nested], pa.list_(kind)
    ((row, path, found),) = placed(pa.array([nested], kind))
    assert (row, path, found) == (0, "[0]" * 500, "x")
