"""Two steps of a stream at a time, on as many processors."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")


class ReadAhead(Iterator[Item]):
    """The items of `source`, the next one of which is made in a thread while this one is used.

    One item is held more than without. `source` is used by one thread at a time, so that a
    connection may be behind it, and not before the first item is asked for. What it raises is
    raised in its place.

    Close one that is left early, lest its source be in use when what that reads from goes. One that
    is merely forgotten ends its thread and waits for nothing: the garbage collector, which may run
    in that very thread, could wait forever.
    """

    def __init__(self, source: Iterable[Item]) -> None:
        self._source = iter(source)
        self._context = copy_context()
        self._thread = ThreadPoolExecutor(1, "ahead")
        self._following: Future[list[Item]] | None = None
        self._closed = False

    def __next__(self) -> Item:
        if self._closed:
            raise StopIteration
        following = self._following or self._begun()
        try:
            made = following.result()
        except BaseException:
            self.close()
            raise
        if not made:
            self.close()
            raise StopIteration
        self._following = self._begun()
        return made.pop()

    def close(self) -> None:
        """Wait for the item under way, then close the source where it is a generator."""
        self._closed = True
        if self._following is not None:
            wait([self._following])
        if isinstance(self._source, Generator):
            self._source.close()
        self._thread.shutdown()

    def _begun(self) -> Future[list[Item]]:
        return self._thread.submit(self._context.run, _up_to_one, self._source)


def _up_to_one(source: Iterator[Item]) -> list[Item]:
    return list(islice(source, 1))
