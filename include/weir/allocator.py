"""The C library's allocator, told how batches are worked on.

Temporary arrays of some megabytes come and go in a few threads. Given back to the system and asked
for again page by page, they cost as much as all the arithmetic; and an allocator that gives every
thread a store of its own, as glibc does, keeps what each of them ever needed. Other C libraries
than glibc are left as they are.
"""

from __future__ import annotations

import ctypes
from functools import cache

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""Parameters of mallopt(3)."""

_KEPT_BYTES = 62 << 20
_LARGEST_KEPT_BYTES = 31 << 20

_libc = ctypes.CDLL(None)


@cache
def share_memory() -> None:
    """Have threads that begin from here on take memory from one store."""
    _set(_ARENA_MAX, 1)


@cache
def keep_memory() -> None:
    """Have freed blocks of up to 31 MB kept for the next ones, 62 MB of them at most."""
    share_memory()
    _set(_MMAP_THRESHOLD, _LARGEST_KEPT_BYTES)
    _set(_TRIM_THRESHOLD, _KEPT_BYTES)


def give_back() -> None:
    """Let the system have what is kept and free, at the end of a piece of work."""
    trim = getattr(_libc, "malloc_trim", None)
    if trim is not None:
        trim(0)


def _set(parameter: int, value: int) -> None:
    mallopt = getattr(_libc, "mallopt", None)
    if mallopt is not None:
        mallopt(parameter, value)
