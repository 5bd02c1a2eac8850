from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from weir.masking import remembering
from weir.masking.remembering import Remembering


class Counting:
    """A kernel that says how many values it was given."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def __call__(self, values: pa.Array) -> pa.Array:
        self.asked.append(len(values))
        return pc.utf8_upper(values)


def batch(*values: str) -> pa.Array:
    return pa.array(values, pa.string())


def test_what_is_known_is_not_asked_again_and_every_result_is_in_its_place() -> None:
    """Known and new values mixed, the empty text, none at all, one twice within a batch."""
    kernel = Counting()
    ask = Remembering(kernel)
    for values in (["b", "a"], ["c", "a", "", "b"], [], ["", "c"], ["d", "d", "a"]):
        assert ask(batch(*values)).to_pylist() == [value.upper() for value in values]
    assert kernel.asked == [2, 2, 0, 0, 2]


def test_a_slice_of_an_array_is_taken_at_its_own_offset() -> None:
    """As a dictionary of a batch may be one."""
    ask = Remembering(Counting())
    assert ask(batch("x", "a", "b", "y").slice(1, 2)).to_pylist() == ["A", "B"]
    assert ask(batch("b", "z", "a").slice(1)).to_pylist() == ["Z", "A"]


def test_values_of_one_hash_keep_their_own_results(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembering, "_hashes", lambda values: np.zeros(len(values), np.uint64))
    ask = Remembering(Counting())
    for values in (["b", "a"], ["a", "c", "b"], ["c", "b", "a"]):
        assert ask(batch(*values)).to_pylist() == [value.upper() for value in values]


def test_values_that_hardly_ever_come_again_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once what is known is at its limit; the results stay right."""
    monkeypatch.setattr(remembering, "_LIMIT_BYTES", 300)
    kernel = Counting()
    ask = Remembering(kernel)
    for first in range(0, 100, 10):
        values = [f"value{n}" for n in range(first, first + 10)]
        assert ask(batch(*values)).to_pylist() == [value.upper() for value in values]
    kernel.asked.clear()
    assert ask(batch("value1", "value99")).to_pylist() == ["VALUE1", "VALUE99"]
    assert kernel.asked == [2]


def test_what_is_known_stays_while_it_is_of_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the limit nothing is added, and the known half is still not asked again."""
    monkeypatch.setattr(remembering, "_LIMIT_BYTES", 100)
    kernel = Counting()
    ask = Remembering(kernel)
    ask(batch("aaaa", "bbbb"))
    for n in range(5):
        new = [f"{n}" * 20, f"{n}" * 30]
        assert ask(batch("aaaa", *new, "bbbb")).to_pylist() == ["AAAA", *new, "BBBB"]
    assert kernel.asked == [2, 2, 2, 2, 2, 2]
