"""Two steps of a stream at a time, on as many processors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import copy_context
from typing import Final, TypeVar

Item = TypeVar("Item")

_END: Final = object()


def read_ahead(items: Iterable[Item]) -> Iterator[Item]:
    """`items`, the next one of which is made in a thread while this one is used.

    One item is held more than without. An iterator is only ever used in that one thread, so that a
    connection may be behind it. What it raises is raised in its place; a generator that is left
    early is closed, once it has made its next item, before anything it reads from.
    """
    source = iter(items)
    context = copy_context()
    with ThreadPoolExecutor(1, "ahead") as thread:
        following = thread.submit(context.run, next, source, _END)
        try:
            while (item := following.result()) is not _END:
                following = thread.submit(context.run, next, source, _END)
                yield item  # type: ignore[misc]  # _END is no item
                del item
        finally:
            wait([following])
            if isinstance(source, Iterator) and hasattr(source, "close"):
                thread.submit(source.close).result()
