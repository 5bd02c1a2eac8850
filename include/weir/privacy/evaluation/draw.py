"""Draws from one stream of chance: the same seed and names give the same on every machine."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import TypeVar

import numpy as np

T = TypeVar("T")


class Draw:
    """A stream of draws named by `names`: streams of other names are independent of it."""

    def __init__(self, seed: int, *names: str) -> None:
        digest = sha256("\0".join([str(seed), *names]).encode()).digest()
        self._rng = np.random.default_rng(np.frombuffer(digest, np.uint32))

    def below(self, end: int) -> int:
        return int(self._rng.integers(0, end))

    def between(self, first: int, last: int) -> int:
        """A whole number, both ends included."""
        return int(self._rng.integers(first, last + 1))

    def one(self, of: Sequence[T]) -> T:
        return of[self.below(len(of))]

    def digits(self, count: int) -> str:
        return self.signs("0123456789", count)

    def signs(self, of: str, count: int) -> str:
        return "".join(self.one(of) for _ in range(count))

    def happens(self, share: float) -> bool:
        return bool(self._rng.random() < share)

    def shuffled(self, of: Sequence[T]) -> list[T]:
        return [of[int(place)] for place in self._rng.permutation(len(of))]
