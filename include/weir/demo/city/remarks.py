"""Free text: mostly nothing, sometimes a phrase, and here and there an identifier."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from weir.demo.city import canary, words
from weir.demo.city.columns import TODAY, chosen, day, overlaid
from weir.demo.city.digits import Chars, decimal, joined, literal, luhn_check
from weir.demo.city.faults import Bools, happens
from weir.demo.city.people import resident_ids

_WIDE = {ord("0") + digit: 0xFF10 + digit for digit in range(10)}
_CANARYS = f"联系人电话{canary.MOBILE}身份证{canary.RESIDENT_ID}邮箱{canary.EMAIL}"


def remarks(
    phrases: Sequence[str], hidden: Bools, *, canaries: Bools, rng: np.random.Generator
) -> pa.Array:
    """One row in ten holds a phrase; those `hidden` an identifier, the `canaries` their own."""
    rows = len(hidden)
    plain = chosen(phrases, rng.integers(0, len(phrases), rows), ~happens(rng, rows, 0.1))
    strangers = hidden & ~canaries
    with_identifiers = overlaid(plain, strangers, _hidden(int(strangers.sum()), rng))
    return overlaid(with_identifiers, canaries, [_CANARYS] * int(canaries.sum()))


def _hidden(rows: int, rng: np.random.Generator) -> list[str]:
    """Texts with an identifier of somebody who does not exist, each with right check digits."""
    places = np.array([int(code) for code in words.DISTRICTS], np.int64)
    ids = _strings(
        resident_ids(
            places[rng.integers(0, len(places), rows)],
            day(TODAY) - rng.integers(20 * 365, 70 * 365, rows),
            rng.integers(500, 999, rows),
        )
    )
    card = joined(literal("622848", rows), decimal(rng.integers(0, 10**12, rows), 12))
    mobile = joined(literal("138", rows), decimal(rng.integers(0, 10**8, rows), 8))
    cards = _strings(joined(card, luhn_check(card)))
    mobiles = _strings(mobile)
    plates = [f"川J{number:05}" for number in rng.integers(0, 10**5, rows)]
    kinds = rng.integers(0, len(words.HIDDEN), rows)
    return [
        words.HIDDEN[kind].format(
            resident_id=ids[i],
            card=cards[i],
            mobile=mobiles[i],
            wide_mobile=mobiles[i].translate(_WIDE),
            plate=plates[i],
            email=f"user{i}@example.org",
        )
        for i, kind in enumerate(kinds)
    ]


def _strings(characters: Chars) -> list[str]:
    return [row.tobytes().decode() for row in characters]
