"""Bills for electricity, of enterprises, and for water, of households."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from weir.demo.city import words
from weir.demo.city.columns import (
    TODAY,
    chosen,
    chunks,
    dates,
    day,
    decimals,
    glued,
    texts,
    updated,
)
from weir.demo.city.digits import Ints, decimal, joined, literal
from weir.demo.city.faults import (
    Fault,
    FaultyRows,
    PlantedFaults,
    happens,
    randomness,
)
from weir.demo.city.firms import Firms
from weir.demo.city.people import districts
from weir.demo.city.remarks import remarks

ELECTRICITY, WATER = "electricity_bills", "water_bills"
_BILL_FAULTS = {
    Fault.DUPLICATE_KEY: 1.0,
    Fault.MISSING_VALUE: 0.5,
    Fault.NEGATIVE_VALUE: 1.0,
    Fault.LATE_ROW: 1.0,
}
_LAST_MONTH = TODAY.year * 12 + TODAY.month - 2
_UNIT = 10_000


def electricity(
    rows: int, firms: Firms, seed: int, planted: PlantedFaults
) -> Iterator[pa.RecordBatch]:
    """One bill per enterprise and month, the latest months first."""
    faulty = FaultyRows(seed, ELECTRICITY, rows, {**_BILL_FAULTS, Fault.HIDDEN_IDENTIFIER: 2.0})
    ips = _meter_ips(len(firms), seed)
    for part, (start, stop) in enumerate(chunks(rows)):
        rng = randomness(seed, ELECTRICITY, part)
        faults = {fault: faulty.among(fault, start, stop) for fault in faulty.kinds}
        number = np.arange(start, stop)
        firm, month = number % len(firms), _LAST_MONTH - number // len(firms)
        faults[Fault.HIDDEN_IDENTIFIER] |= firm == 0
        faults[Fault.BAD_CHECK_DIGIT] = firms.bad_digit[firm]
        faults[Fault.CANARY] = firm == 0
        for fault, where in faults.items():
            planted.add(ELECTRICITY, fault, int(where.sum()))
        period = _first_days(month)
        usage = _usage(rng, stop - start, 7.0, 1.1)
        amount = (usage * 6_200 // _UNIT) + 10 * _UNIT
        usage[faults[Fault.NEGATIVE_VALUE]] *= -1
        overdue = np.where(
            happens(rng, stop - start, 0.12), rng.exponential(25, stop - start).astype(np.int64), 0
        )
        overdue = np.minimum(overdue, 3_650)
        paid = _first_days(month + 1) + rng.integers(3, 20, stop - start) + overdue
        unpaid = paid > day(TODAY)
        yield pa.record_batch(
            {
                "bill_id": _bill_ids("DF", number - faults[Fault.DUPLICATE_KEY], len(firms)),
                "customer_uscc": texts(firms.codes[firm]),
                "account_no": texts(
                    joined(literal("YH", len(firm)), decimal(firm * 7 + 10**9, 10))
                ),
                "district": districts(firms.district[firm]),
                "period": dates(period),
                "usage_kwh": decimals(usage, faults[Fault.MISSING_VALUE]),
                "amount_yuan": decimals(amount),
                "paid_on": dates(paid, unpaid),
                "overdue_days": pa.array(overdue),
                "meter_ip": ips.take(pa.array(firm)),
                "remark": remarks(
                    words.BILL_REMARKS,
                    faults[Fault.HIDDEN_IDENTIFIER],
                    canaries=firm == 0,
                    rng=rng,
                ),
                "updated_at": updated(period + 40, faults[Fault.LATE_ROW], rng),
            }
        )


def water(rows: int, seed: int, planted: PlantedFaults) -> Iterator[pa.RecordBatch]:
    """One bill per household and month, the latest months first."""
    faulty = FaultyRows(seed, WATER, rows, _BILL_FAULTS)
    households = max(1, rows // 12)
    home = randomness(seed, "households", 0).choice(
        len(words.DISTRICTS), households, p=words.DISTRICT_SHARES
    )
    for part, (start, stop) in enumerate(chunks(rows)):
        rng = randomness(seed, WATER, part)
        faults = {fault: faulty.among(fault, start, stop) for fault in faulty.kinds}
        for fault, where in faults.items():
            planted.add(WATER, fault, int(where.sum()))
        number = np.arange(start, stop)
        household, month = number % households, _LAST_MONTH - number // households
        period = _first_days(month)
        usage = _usage(rng, stop - start, 2.3, 0.5)
        amount = usage * 32_000 // _UNIT
        usage[faults[Fault.NEGATIVE_VALUE]] *= -1
        yield pa.record_batch(
            {
                "bill_id": _bill_ids("SF", number - faults[Fault.DUPLICATE_KEY], households),
                "account_no": texts(
                    joined(literal("SH", len(household)), decimal(household * 11 + 10**9, 10))
                ),
                "district": districts(home[household]),
                "period": dates(period),
                "usage_m3": decimals(usage, faults[Fault.MISSING_VALUE]),
                "amount_yuan": decimals(amount),
                "updated_at": updated(period + 40, faults[Fault.LATE_ROW], rng),
            }
        )


def _usage(rng: np.random.Generator, rows: int, mean: float, sigma: float) -> Ints:
    """Ten-thousandths of what a meter with two places shows."""
    shown = np.minimum(rng.lognormal(mean, sigma, rows), 9_000_000)
    return np.asarray((shown * 100).astype(np.int64) * 100)


def _first_days(months: Ints) -> Ints:
    """First days of months that are counted from the year 0."""
    return (months - 1970 * 12).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


def _bill_ids(prefix: str, numbers: Ints, accounts: int) -> pa.Array:
    month = _LAST_MONTH - numbers // accounts
    stamp = month // 12 * 100 + month % 12 + 1
    return texts(
        joined(literal(prefix, len(numbers)), decimal(stamp, 6), decimal(numbers % accounts, 8))
    )


def _meter_ips(meters: int, seed: int) -> pa.Array:
    """Private addresses; one meter in twenty has none."""
    octets = randomness(seed, "meters", 0).integers(0, 256, (3, meters))
    second, third, fourth = (pa.array(octet).cast(pa.string()) for octet in octets)
    first = chosen(("10.",), np.zeros(meters, np.int8), octets[0] < 13)  # noqa: PLR2004 a twentieth
    return glued(first, second, ".", third, ".", fourth)
