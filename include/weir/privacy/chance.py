"""What a column of numbers shows by chance.

One random number in ten passes Luhn, one in 31 the check of a USCC, and a seventh of the amounts of
eleven digits begin like a mobile number. In columns that hold nothing but numbers such hits are
weighed against chance; everywhere else, and in every other case, a hit is a finding.

Hits of a type are put down to chance when a share that large is no surprise, at one in a thousand
(Chernoff's bound on the binomial tail), in one of two models:

1. The column has a numeric type and 100 or more distinct values. The tries are its numbers of a
   matching length, the odds `Entity.number_chance`.
2. 1,000 or more of its numbers have the type's shape: the tries are those numbers, the odds those
   of the check digit. This holds for digits kept as text too.

In a column of listed identifiers a third model holds: nine values in ten are of the types that the
catalogue lists, and the tries of another type are the values of its shape that are none of those.
A resident ID with a wrong check digit passes that of a USCC once in 31, and is no USCC for that.

Where a scan only advises, a fourth holds for fewer numbers: of those of the shape, so many fail
that other numbers are likelier than identifiers of which one in fifty is mistyped. Three of five
that pass Luhn are no bank cards; two of three, or all, are. A check that few random numbers pass (a
resident ID with its region and its date) is never put down to this.

Equal numbers in a batch count once. A column that is computed (a sum, a mean, a count) need not
have 100 values. So a single resident ID in a column of amounts is a finding, and so is a column
of mobile numbers; a stray Luhn hit among large numbers is not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from weir.privacy.entities import Entity

FEWEST_DISTINCT = 100
FEWEST_SHAPED = 1_000
SURPRISE = 1e-3
LISTED_SHARE = 0.9
MISTYPED = 0.02
WEAK_CHECK = 0.01
"""A check that a smaller share of random candidates passes leaves nothing to chance in a column of
a few numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberColumn:
    """What is known of a column of nothing but numbers. `typed`: numbers by Arrow type, not text.
    `computed`: made by aggregation, so that its values identify nobody."""

    typed: bool
    computed: bool
    distinct: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """For one type of identifier: numbers of a matching length, of its shape, and hits."""

    of_length: int
    shaped: int
    hits: int


def explained_by_chance(entity: Entity, column: NumberColumn, tries: Tries) -> bool:
    by_length = column.typed and (column.computed or column.distinct >= FEWEST_DISTINCT)
    if by_length and unsurprising(tries.hits, tries.of_length, entity.number_chance):
        return True
    if entity.check is None or tries.shaped < FEWEST_SHAPED:
        return False
    return unsurprising(tries.hits, tries.shaped, entity.check.chance)


def strays_among_listed(entity: Entity, values: int, listed: int, tries: Tries) -> bool:
    """The third model: of `values`, `listed` are identifiers that the catalogue expects."""
    if entity.check is None or listed < LISTED_SHARE * values:
        return False
    return unsurprising(tries.hits, tries.shaped - listed, entity.check.chance)


def likelier_by_chance(entity: Entity, tries: Tries) -> bool:
    """The fourth model: the likelihoods of the hits among a few numbers of the shape, compared."""
    check = entity.check
    if check is None or not WEAK_CHECK <= check.chance < 1 or tries.shaped >= FEWEST_SHAPED:
        return False
    missed = tries.shaped - tries.hits
    of_identifiers = tries.hits * math.log(1 - MISTYPED) + missed * math.log(MISTYPED)
    of_others = tries.hits * math.log(check.chance) + missed * math.log(1 - check.chance)
    return of_others > of_identifiers


def unsurprising(hits: int, tries: int, odds: float) -> bool:
    """Whether `hits` of `tries` at `odds` each, or more, happen at least once in a thousand."""
    if hits == 0:
        return True
    if not 0 < odds < 1 or hits > tries:
        return False
    share = hits / tries
    if share <= odds:
        return True
    divergence = share * math.log(share / odds)
    if share < 1:
        divergence += (1 - share) * math.log((1 - share) / (1 - odds))
    return tries * divergence <= -math.log(SURPRISE)
