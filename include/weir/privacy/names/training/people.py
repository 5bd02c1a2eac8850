"""Made-up names of persons."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import accumulate

from weir.privacy.names.word_lists import lists

_DOTS = "·····•・．"
_TIERS = {"frequent": 0.62, "common": 0.22, "rare": 0.11, "compound": 0.05}
_POOLS = ("men", "women", "old", "new", "other")
_SHARES = (28, 28, 14, 14, 12, 4)
_SPACES = (" ", "\u3000", "  ")


class People:
    """Names by the frequency of their surnames; of `common` characters and of `words` any given
    name may be."""

    def __init__(self, common: str, words: Sequence[str]) -> None:
        given = lists()["given"]
        self._words = words
        self._pools = [*(given[pool] for pool in _POOLS), common]
        self._minority = {part: words.split() for part, words in lists()["minority"].items()}
        surnames = lists()["surnames"]
        self._tiers = {tier: surnames[tier] for tier in ("frequent", "common", "rare")}
        shares = (1 / (rank + 8) for rank in range(len(self._tiers["frequent"])))
        self._frequency = list(accumulate(shares))
        self._compound = surnames["compound"].split()
        self._known = set(words)
        all_tiers = "".join(self._tiers.values())
        self._beginnings = [word for word in words if word[0] in all_tiers]

    def surname(self, rng: random.Random) -> str:
        tier = rng.choices(tuple(_TIERS), tuple(_TIERS.values()))[0]
        if tier == "frequent":
            return rng.choices(self._tiers[tier], cum_weights=self._frequency)[0]
        return rng.choice(self._compound if tier == "compound" else self._tiers[tier])

    def name(self, rng: random.Random) -> str:
        """A name; none that is a word of its own, for such ones only their context gives away."""
        name = self._any_name(rng)
        while name in self._known:
            name = self._any_name(rng)
        return name

    def _any_name(self, rng: random.Random) -> str:
        kind = rng.random()
        if kind < 0.04:
            return self._transliterated(rng)
        if kind < 0.05:
            return self.surname(rng) + rng.choice(self._tiers["frequent"]) + self._given(rng, 2)
        if kind < 0.12:
            return rng.choice(self._beginnings) + self._given(rng, 1)
        surname = self.surname(rng)
        length = 1 if rng.random() < (0.1 if len(surname) > 1 else 0.27) else 2
        return surname + self._given(rng, length)

    def spaced(self, rng: random.Random) -> str:
        """A name of two characters set to the width of three."""
        return rng.choice(self._tiers["frequent"]) + rng.choice(_SPACES) + self._given(rng, 1)

    def _given(self, rng: random.Random, length: int) -> str:
        pool = rng.choices(self._pools, _SHARES)[0]
        kind = rng.random()
        if length == 2 and kind < 0.1:
            return rng.choice(self._words) if kind < 0.05 else rng.choice(pool) * 2
        return "".join(rng.choice(pool) for _ in range(length))

    def _transliterated(self, rng: random.Random) -> str:
        first, last = (rng.choice(self._minority[part]) for part in ("first", "last"))
        return f"{first}{rng.choice((*_DOTS, ''))}{last}"
