"""The enterprises: their codes, trades and legal representatives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

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
    decimals,
    glued,
    overlaid,
    texts,
    updated,
)
from weir.demo.city.digits import (
    USCC_ALPHABET,
    Chars,
    Ints,
    decimal,
    joined,
    literal,
    organisation_check,
    uscc_check,
)
from weir.demo.city.faults import (
    Bools,
    Fault,
    FaultyRows,
    PlantedFaults,
    randomness,
)
from weir.demo.city.people import People, districts, mobiles

TABLE = "enterprise_registration"
_FACTOR, _CODES = 387_420_489, 31**6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Firms:
    """All enterprises by number. Number 0 is the canary's."""

    codes: Chars
    district: npt.NDArray[np.int8]
    trade: npt.NDArray[np.int8]
    name: npt.NDArray[np.int8]
    bad_digit: Bools

    def __len__(self) -> int:
        return len(self.codes)

    def names(self, numbers: Ints) -> pa.Array:
        """Names of the enterprises with these numbers."""
        first, second = self.name[numbers].T
        made_up = glued(
            "遂宁",
            chosen(tuple(words.FIRM_CHARACTERS), first),
            chosen(tuple(words.FIRM_CHARACTERS), second),
            chosen([name for name, _ in words.TRADES.values()], self.trade[numbers]),
        )
        canaries = numbers == 0
        return overlaid(made_up, canaries, [canary.ENTERPRISE_NAME] * int(canaries.sum()))


def register(rows: int, seed: int) -> Firms:
    """`rows` enterprises with distinct codes."""
    rng = randomness(seed, "firms", 0)
    shares = np.array([share for _, share in words.TRADES.values()])
    trade = rng.choice(len(shares), rows, p=shares / shares.sum()).astype(np.int8)
    district = rng.choice(len(words.DISTRICTS), rows, p=words.DISTRICT_SHARES).astype(np.int8)
    district[0] = trade[0] = 0
    codes = _credit_codes(district, trade)
    codes[0] = np.frombuffer(canary.USCC.encode(), np.uint8)
    faulty = FaultyRows(seed, "firms", rows, {Fault.BAD_CHECK_DIGIT: 1.0})
    bad_digit = faulty.among(Fault.BAD_CHECK_DIGIT, 0, rows)
    codes[bad_digit, 17] = np.where(codes[bad_digit, 17] == ord("7"), ord("8"), ord("7"))
    name = rng.integers(0, len(words.FIRM_CHARACTERS), (rows, 2)).astype(np.int8)
    return Firms(codes=codes, district=district, trade=trade, name=name, bad_digit=bad_digit)


def registration(
    firms: Firms, people: People, seed: int, planted: PlantedFaults
) -> Iterator[pa.RecordBatch]:
    faulty = FaultyRows(
        seed,
        TABLE,
        len(firms),
        {
            Fault.DUPLICATE_KEY: 0.5,
            Fault.MISSING_VALUE: 0.5,
            Fault.NEGATIVE_VALUE: 0.5,
            Fault.LATE_ROW: 1.0,
        },
    )
    planted.add(TABLE, Fault.CANARY, 1)
    planted.add(TABLE, Fault.BAD_CHECK_DIGIT, int(firms.bad_digit.sum()))
    adults = people.adults
    for part, (start, stop) in enumerate(chunks(len(firms))):
        rng = randomness(seed, TABLE, part)
        rows = stop - start
        faults = {fault: faulty.among(fault, start, stop) for fault in faulty.kinds}
        for fault, where in faults.items():
            planted.add(TABLE, fault, int(where.sum()))
        number = np.arange(start, stop)
        person = adults[rng.integers(0, len(adults), rows)]
        if start == 0:
            person[0] = 0
        phone, email = mobiles(rows, rng), _emails(number)
        if start == 0:
            first = number == 0
            phone = overlaid(phone, first, [canary.MOBILE])
            email = overlaid(email, first, [canary.EMAIL])
        registered = day(TODAY) - 30 - (rng.beta(1.2, 3.0, rows) * 9_000).astype(np.int64)
        capital = np.minimum(rng.lognormal(4.0, 1.3, rows), 90_000).round(2)
        capital[faults[Fault.NEGATIVE_VALUE]] *= -1
        yield pa.record_batch(
            {
                "uscc": texts(firms.codes[number - faults[Fault.DUPLICATE_KEY]]),
                "enterprise_name": firms.names(number),
                "legal_rep_name": people.full_names(person),
                "legal_rep_id": texts(people.ids[person]),
                "industry": chosen(tuple(words.TRADES), firms.trade[number]),
                "district": districts(firms.district[number]),
                "registered_on": dates(registered),
                "registered_capital": decimals((capital * 10_000).round().astype(np.int64)),
                "status": chosen(
                    ("存续", "注销", "吊销"),
                    rng.choice(3, rows, p=(0.93, 0.05, 0.02)),
                    faults[Fault.MISSING_VALUE],
                ),
                "contact_phone": phone,
                "email": email,
                "updated_at": updated(
                    day(TODAY) - rng.integers(1, 320, rows), faults[Fault.LATE_ROW], rng
                ),
            }
        )


def _emails(numbers: Ints) -> pa.Array:
    return glued("office", pa.array(numbers).cast(pa.string()), "@example.com")


def _credit_codes(district: npt.NDArray[np.integer], trade: npt.NDArray[np.integer]) -> Chars:
    """Registered by 市场监管 (9) as a company, a trade of one person or a cooperative."""
    rows = len(district)
    kinds = [_kind(name) for name, _ in words.TRADES.values()]
    places = np.array([int(code) for code in words.DISTRICTS], np.int64)[district]
    # A walk through all codes that never meets the same one twice.
    body = np.arange(1, rows + 1, dtype=np.int64) * _FACTOR % _CODES
    powers = 31 ** np.arange(5, -1, -1, dtype=np.int64)
    organisation = joined(literal("MA", rows), USCC_ALPHABET[body[:, None] // powers % 31])
    first = joined(
        literal("9", rows),
        np.array(kinds, np.uint8)[trade][:, None],
        decimal(places, 6),
        organisation,
        organisation_check(organisation),
    )
    return joined(first, uscc_check(first))


def _kind(name: str) -> int:
    if name.endswith("有限公司"):
        return ord("1")
    return ord("3") if name.endswith("合作社") else ord("2")
