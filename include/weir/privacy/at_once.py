"""Work on the columns of batches, several of them at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import TypeVar

from weir.allocator import give_back

Item = TypeVar("Item")
Result = TypeVar("Result")

_AHEAD = 2


class AtOnce(AbstractContextManager["AtOnce"]):
    """So many threads, for as long as a table is read.

    NumPy and Arrow leave the interpreter to the other threads while they work on an array, so that
    threads share memory and yet use every processor. What a thread frees the allocator keeps for
    it, so that threads of their own for every batch were seen to leave 500 MB behind.
    """

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, "scan")

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
        give_back()

    def map(self, work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """`work` of each item, in order; few results wait to be taken.

        What `work` raises is raised in its place.
        """
        if self._threads == 1:
            yield from map(work, items)
            return
        under_way: deque[Future[Result]] = deque()
        for item in items:
            under_way.append(self._pool.submit(work, item))
            if len(under_way) > _AHEAD * self._threads:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
