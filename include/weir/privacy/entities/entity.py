"""A type of identifier: a row of the entity table."""

from __future__ import annotations

from dataclasses import dataclass

from weir.model import Grade
from weir.privacy.check_digits import Check
from weir.privacy.shapes import Phrase, Runs, Search


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """One type of identifier.

    Where two types match the very same span, the lower `rank` wins: a resident ID also passes
    Luhn. `cues` are the words beside which weak forms count; a type that is weak altogether is
    found nowhere else. Of a type with `denials` nothing counts right behind one of them, or in a
    column headed by one, unless a cue stands there too. `score` is Presidio's confidence for a
    match without a check digit; a passed check digit scores 1.

    `sensitive` is GB/T 35273 annex B (个人敏感信息); `grade` is the default by GB/T 43697 where no
    catalogue grades the field. What only tells something of somebody, an illness or a belief,
    does not identify (`identifies`), and a product may be about it.

    `number_chance` is the share of random numbers of a matching length that match without a cue,
    leading digits as uneven as amounts have them (Benford): what a column of numbers shows by
    chance. `examples` are texts that hold the identifier, with a cue where it takes one;
    `counter_examples` hold what only looks like it.
    """

    name: str
    title: str
    shape: Runs | Search | Phrase
    rank: int
    score: float
    standard: str
    grade: Grade
    examples: tuple[str, ...]
    counter_examples: tuple[str, ...]
    check: Check | None = None
    cues: tuple[str, ...] = ()
    denials: tuple[str, ...] = ()
    sensitive: bool = False
    identifies: bool = True
    number_chance: float = 0.0

    @property
    def confidence(self) -> float:
        """Presidio's score of a match."""
        return 1.0 if self.check is not None and self.check.proves else self.score
