"""Making the next item while one is used."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator
from contextvars import ContextVar

import pytest

from weir.storage.read_ahead import ReadAhead

RUN: ContextVar[str] = ContextVar("RUN", default="none")


def test_the_next_item_is_made_while_one_is_used() -> None:
    """And no further one: memory holds two."""
    made: list[int] = []
    second = threading.Event()

    def source() -> Iterator[int]:
        for number in range(5):
            made.append(number)
            if number == 1:
                second.set()
            yield number

    items = ReadAhead(source())
    assert next(items) == 0
    assert second.wait(60)
    assert made == [0, 1]
    assert list(items) == [1, 2, 3, 4]


def test_one_other_thread_makes_them_all() -> None:
    """What is logged there belongs to the run all the same."""
    seen = set()

    def source() -> Iterator[int]:
        for number in range(5):
            seen.add((threading.get_ident(), RUN.get()))
            yield number

    token = RUN.set("run-7")
    try:
        assert list(ReadAhead(source())) == [0, 1, 2, 3, 4]
    finally:
        RUN.reset(token)
    ((thread, run),) = seen
    assert thread != threading.get_ident()
    assert run == "run-7"


def test_an_error_stands_where_its_item_would() -> None:
    """What came before it is used."""

    def source() -> Iterator[int]:
        yield 1
        yield 2
        raise LookupError("third")

    items = ReadAhead(source())
    assert [next(items), next(items)] == [1, 2]
    with pytest.raises(LookupError, match="third"):
        next(items)
    assert list(items) == []


def test_what_is_closed_early_closes_its_source_and_ends_its_thread() -> None:
    """Once the item under way is made, and before what follows."""
    told: list[str] = []
    release = threading.Event()
    before = threading.active_count()

    def source() -> Iterator[int]:
        try:
            yield 0
            assert release.wait(60)
            told.append("made")
            yield 1
        finally:
            told.append("closed")

    items = ReadAhead(source())
    assert next(items) == 0
    threading.Timer(0.1, release.set).start()
    items.close()
    assert told == ["made", "closed"]
    assert list(items) == []
    assert threading.active_count() == before


def test_what_is_forgotten_waits_for_nothing() -> None:
    """Also where the garbage collector finds it in the thread that makes its items."""
    collected = threading.Event()

    def source() -> Iterator[int]:
        yield 0
        gc.collect()
        collected.set()
        yield 1

    def forget() -> weakref.ref[object]:
        items = ReadAhead(source())
        cycle: list[object] = [items]
        cycle.append(cycle)
        assert next(items) == 0
        return weakref.ref(items)

    gc.disable()
    try:
        forgotten = forget()
        assert collected.wait(60)
        gc.collect()
        assert forgotten() is None
    finally:
        gc.enable()


def test_nothing_begins_before_it_is_asked_for() -> None:
    """A table may be opened and left."""
    begun = []

    def source() -> Iterator[int]:
        begun.append(True)
        yield 1

    items = ReadAhead(source())
    assert not begun
    del items
    assert not begun
    assert list(ReadAhead([])) == []
