"""The residents: their IDs, ages, homes and names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from weir.demo.city import canary, words
from weir.demo.city.columns import (
    TODAY,
    chosen,
    chunks,
    dates,
    day,
    glued,
    overlaid,
    texts,
    updated,
)
from weir.demo.city.digits import Chars, Ints, decimal, joined, resident_check
from weir.demo.city.faults import (
    Bools,
    Fault,
    FaultyRows,
    PlantedFaults,
    happens,
    randomness,
)

TABLE = "population"
MINOR_YEARS = 14
_YEAR_DAYS = 365.25


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class People:
    """All residents by number. Number 0 is the canary, number 1 an adult of sound ID."""

    ids: Chars
    born: Ints
    is_male: Bools
    district: npt.NDArray[np.int8]
    name: npt.NDArray[np.int16]
    bad_digit: Bools

    def __len__(self) -> int:
        return len(self.ids)

    def full_names(self, numbers: Ints) -> pa.Array:
        """Names of the residents with these numbers."""
        family, first, second = self.name[numbers].T
        given = (*words.MALE_GIVEN, *words.FEMALE_GIVEN, "")
        made_up = glued(chosen(words.SURNAMES, family), chosen(given, first), chosen(given, second))
        canaries = numbers == 0
        return overlaid(made_up, canaries, [canary.FULL_NAME] * int(canaries.sum()))

    @property
    def under_age(self) -> Bools:
        """Who has not completed fourteen years of age today."""
        return self.born >= day(TODAY.replace(year=TODAY.year - MINOR_YEARS))

    @property
    def adults(self) -> Ints:
        """Numbers of those over eighteen."""
        return np.flatnonzero(self.born < day(TODAY.replace(year=TODAY.year - 18)))


def settle(rows: int, seed: int) -> People:
    """`rows` residents with distinct IDs."""
    rng = randomness(seed, "people", 0)
    shares = np.array(words.AGE_SHARES)
    years = rng.choice(len(shares), rows, p=shares / shares.sum()) * 5 + rng.random(rows) * 5
    born = (day(TODAY) - 1 - years * _YEAR_DAYS).astype(np.int64)
    is_male = happens(rng, rows, 0.51)
    home = rng.choice(len(words.DISTRICTS), rows, p=words.DISTRICT_SHARES).astype(np.int8)
    born[0], is_male[0], home[0] = day(canary.BORN_ON), True, 0
    born[1] = day(date(1975, 6, 1))
    ids = _distinct_ids(born, is_male, home)
    ids[0] = np.frombuffer(canary.RESIDENT_ID.encode(), np.uint8)
    faulty = FaultyRows(seed, "people", rows, {Fault.BAD_CHECK_DIGIT: 1.0})
    bad_digit = faulty.among(Fault.BAD_CHECK_DIGIT, 0, rows)
    bad_digit[1] = False
    # Another digit than the right one; the right one may be X, which no digit is.
    ids[bad_digit, 17] = np.where(ids[bad_digit, 17] == ord("0"), ord("1"), ord("0"))
    moved = happens(rng, rows, 0.2)
    moved[0] = False
    elsewhere = rng.integers(0, len(words.DISTRICTS), rows).astype(np.int8)
    return People(
        ids=ids,
        born=born,
        is_male=is_male,
        district=np.where(moved, elsewhere, home),
        name=_names(is_male, rng),
        bad_digit=bad_digit,
    )


def population(people: People, seed: int, planted: PlantedFaults) -> Iterator[pa.RecordBatch]:
    rows = len(people)
    faulty = FaultyRows(seed, TABLE, rows, {Fault.LATE_ROW: 1.0, Fault.MISSING_VALUE: 0.5})
    planted.add(TABLE, Fault.CANARY, 1)
    planted.add(TABLE, Fault.BAD_CHECK_DIGIT, int(people.bad_digit.sum()))
    for part, (start, stop) in enumerate(chunks(rows)):
        rng = randomness(seed, TABLE, part)
        here = slice(start, stop)
        late = faulty.among(Fault.LATE_ROW, start, stop)
        unnamed = faulty.among(Fault.MISSING_VALUE, start, stop)
        planted.add(TABLE, Fault.LATE_ROW, int(late.sum()))
        planted.add(TABLE, Fault.MISSING_VALUE, int(unnamed.sum()))
        name = people.full_names(np.arange(start, stop))
        name = overlaid(name, unnamed, [None] * int(unnamed.sum()))
        mobile = mobiles(stop - start, rng)
        address = _addresses(people.district[here], rng)
        if start == 0:
            first = np.arange(stop) == 0
            mobile = overlaid(mobile, first, [canary.MOBILE])
            address = overlaid(address, first, [canary.ADDRESS])
        yield pa.record_batch(
            {
                "resident_id": texts(people.ids[here]),
                "full_name": name,
                "sex": chosen(("女", "男"), people.is_male[here].astype(np.int8)),
                "birth_date": dates(people.born[here]),
                "district": districts(people.district[here]),
                "address": address,
                "mobile": mobile,
                "updated_at": updated(day(TODAY) - rng.integers(1, 320, stop - start), late, rng),
            }
        )


def districts(numbers: npt.NDArray[np.integer], missing: Bools | None = None) -> pa.Array:
    """GB/T 2260 codes."""
    return chosen(tuple(words.DISTRICTS), numbers, missing)


def _names(is_male: Bools, rng: np.random.Generator) -> npt.NDArray[np.int16]:
    """Family name and two given characters by number; the last given one is the empty one."""
    rows = len(is_male)
    single = len(words.SURNAMES) - words.COMPOUND_SURNAMES
    weights = np.concatenate([1 / (np.arange(single) + 4), np.full(words.COMPOUND_SURNAMES, 0.001)])
    family = rng.choice(len(words.SURNAMES), rows, p=weights / weights.sum())
    men, women = len(words.MALE_GIVEN), len(words.FEMALE_GIVEN)
    first, second = (
        np.where(is_male, rng.integers(0, men, rows), men + rng.integers(0, women, rows))
        for _ in range(2)
    )
    second[happens(rng, rows, 0.3)] = men + women
    return np.stack([family, first, second], axis=1).astype(np.int16)


def mobiles(rows: int, rng: np.random.Generator) -> pa.Array:
    """Mobile numbers; one in twenty is unknown."""
    return glued(
        chosen(
            words.MOBILE_PREFIXES,
            rng.integers(0, len(words.MOBILE_PREFIXES), rows),
            happens(rng, rows, 0.05),
        ),
        texts(decimal(rng.integers(0, 10**8, rows), 8)),
    )


def _addresses(district: npt.NDArray[np.integer], rng: np.random.Generator) -> pa.Array:
    rows = len(district)
    number, house, room = (
        pa.array(rng.integers(1, top, rows)).cast(pa.string()) for top in (400, 30, 34)
    )
    return glued(
        "四川省遂宁市",
        chosen(tuple(words.DISTRICTS.values()), district),
        chosen(words.STREETS, rng.integers(0, len(words.STREETS), rows)),
        *(number, "号", house, "栋", room, "0", "1室"),
    )


def resident_ids(codes: Ints, born: Ints, number: Ints) -> Chars:
    """Resident IDs of a district code, a birth date and the number given that day."""
    first = joined(decimal(codes, 6), decimal(_stamps(born), 8), decimal(number, 3))
    return joined(first, resident_check(first))


def _distinct_ids(born: Ints, is_male: Bools, district: npt.NDArray[np.integer]) -> Chars:
    """The number is odd for men and has not been given in that district on that day."""
    codes = np.array([int(code) for code in words.DISTRICTS], np.int64)[district]
    group = (codes * 10**8 + _stamps(born)) * 2 + is_male
    order = np.argsort(group, kind="stable")
    begins = np.flatnonzero(np.diff(group[order], prepend=-1))
    count = np.empty(len(order), np.int64)
    count[order] = np.arange(len(order)) - np.repeat(begins, np.diff(begins, append=len(order)))
    return resident_ids(codes, born, (count * 2 + np.where(is_male, 1, 2)) % 1000)


def _stamps(days: Ints) -> Ints:
    """Days since 1970 as the number YYYYMMDD."""
    dates64 = days.astype("datetime64[D]")
    months = dates64.astype("datetime64[M]")
    count = months.astype(np.int64) + 1970 * 12
    day_of_month = (dates64 - months).astype(np.int64) + 1
    return np.asarray(count // 12 * 10_000 + (count % 12 + 1) * 100 + day_of_month)
