"""Visits of residents to outpatient clinics."""

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
from weir.demo.city.faults import Fault, FaultyRows, PlantedFaults, randomness
from weir.demo.city.people import People, districts
from weir.demo.city.remarks import remarks

TABLE = "medical_visits"
REPEATED_VISITS = 20
_CANARY, _REPEATED, _OTHERS = 0, 1, 2


def visits(
    rows: int, people: People, seed: int, planted: PlantedFaults
) -> Iterator[pa.RecordBatch]:
    """The canary comes once, one other resident twenty times, the rest by chance."""
    faulty = FaultyRows(
        seed,
        TABLE,
        rows,
        {
            Fault.DUPLICATE_KEY: 1.0,
            Fault.MISSING_VALUE: 0.5,
            Fault.NEGATIVE_VALUE: 1.0,
            Fault.LATE_ROW: 1.0,
            Fault.HIDDEN_IDENTIFIER: 2.0,
        },
    )
    diagnosis_shares = np.array([share for _, share in words.DIAGNOSES.values()])
    departments = [department for department, _ in words.DIAGNOSES.values()]
    for part, (start, stop) in enumerate(chunks(rows)):
        rng = randomness(seed, TABLE, part)
        number = np.arange(start, stop)
        person = _who(number, people, rng)
        faults = {fault: faulty.among(fault, start, stop) for fault in faulty.kinds}
        faults[Fault.HIDDEN_IDENTIFIER] |= person == _CANARY
        faults[Fault.BAD_CHECK_DIGIT] = people.bad_digit[person]
        faults[Fault.CANARY] = person == _CANARY
        faults[Fault.REPEATED_PERSON] = person == _REPEATED
        for fault, where in faults.items():
            planted.add(TABLE, fault, int(where.sum()))
        visited = np.maximum(day(TODAY) - rng.integers(1, 700, stop - start), people.born[person])
        diagnosis = rng.choice(
            len(diagnosis_shares), stop - start, p=diagnosis_shares / diagnosis_shares.sum()
        )
        cost = (np.minimum(rng.lognormal(5.0, 0.9, stop - start), 500_000) * 100).astype(np.int64)
        cost[faults[Fault.NEGATIVE_VALUE]] *= -1
        yield pa.record_batch(
            {
                "visit_id": texts(
                    joined(
                        literal("JZ", stop - start),
                        decimal(number - faults[Fault.DUPLICATE_KEY], 12),
                    )
                ),
                "resident_id": texts(people.ids[person]),
                "birth_date": dates(people.born[person]),
                "sex": chosen(("女", "男"), people.is_male[person].astype(np.int8)),
                "district": districts(people.district[person]),
                "clinic_code": glued(
                    "YL",
                    districts(people.district[person]),
                    texts(decimal(rng.integers(1, 40, stop - start), 3)),
                ),
                "visited_on": dates(visited, faults[Fault.MISSING_VALUE]),
                "department": chosen(departments, diagnosis),
                "diagnosis_code": chosen(tuple(words.DIAGNOSES), diagnosis),
                "cost_yuan": decimals(cost * 100),
                "remark": remarks(
                    words.VISIT_REMARKS,
                    faults[Fault.HIDDEN_IDENTIFIER],
                    canaries=person == _CANARY,
                    rng=rng,
                ),
                "updated_at": updated(visited + 1, faults[Fault.LATE_ROW], rng),
            }
        )


def _who(number: Ints, people: People, rng: np.random.Generator) -> Ints:
    person = rng.integers(_OTHERS, len(people), len(number))
    person[number == 0] = _CANARY
    person[(number % 2 == 0) & (number > 0) & (number <= 2 * REPEATED_VISITS)] = _REPEATED
    return person
