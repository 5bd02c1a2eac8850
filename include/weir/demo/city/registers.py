"""Smaller tables: consents, penalties, undisclosed cases, and the catalogue itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np
import pyarrow as pa

from weir.contracts.dataset import Dataset
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
from weir.demo.city.digits import Chars, Ints
from weir.demo.city.faults import (
    Bools,
    Fault,
    FaultyRows,
    PlantedFaults,
    happens,
    randomness,
)
from weir.demo.city.firms import Firms
from weir.demo.city.people import People
from weir.demo.city.remarks import remarks

CONSENTS, PENALTIES, CASES, CATALOGUE = (
    "consent_register",
    "penalties",
    "undisclosed_cases",
    "catalogue",
)
_ENDLESS, _EXPIRED, _WITHDRAWN, _FUTURE, _NONE = range(5)
_OUTCOMES = (0.905, 0.02, 0.02, 0.005, 0.05)


def consents(
    people: People, firms: Firms, seed: int, planted: PlantedFaults
) -> Iterator[pa.RecordBatch]:
    """What subjects agreed to: nine in ten hold a consent in force for the demo's scenarios."""
    minors = people.under_age
    asked = (
        (people.ids, minors, "health-planning-institute", "医疗资源规划"),
        (firms.codes, np.zeros(len(firms), np.bool_), "rural-commercial-bank", "信贷风险评估"),
    )
    planted.add(CONSENTS, Fault.CANARY, len(asked))
    given = 0
    for subjects, under_age, recipient, purpose in asked:
        for part, (start, stop) in enumerate(chunks(len(subjects))):
            rng = randomness(seed, recipient, part)
            batch = _consents(
                subjects[start:stop],
                under_age[start:stop],
                (recipient, purpose),
                given,
                sound=np.arange(start, stop) <= 1,
                rng=rng,
                planted=planted,
            )
            given += batch.num_rows
            yield batch


def _consents(
    subjects: Chars,
    under_age: Bools,
    use: tuple[str, str],
    given: int,
    *,
    sound: Bools,
    rng: np.random.Generator,
    planted: PlantedFaults,
) -> pa.RecordBatch:
    rows = len(subjects)
    outcome = rng.choice(len(_OUTCOMES), rows, p=_OUTCOMES)
    outcome[sound] = _ENDLESS
    by_guardian = under_age & ~happens(rng, rows, 0.1)
    kept = outcome != _NONE
    subjects, under_age, outcome, by_guardian = (
        a[kept] for a in (subjects, under_age, outcome, by_guardian)
    )
    rows = len(subjects)
    planted.add(CONSENTS, Fault.EXPIRED_CONSENT, int((outcome == _EXPIRED).sum()))
    planted.add(CONSENTS, Fault.WITHDRAWN_CONSENT, int((outcome == _WITHDRAWN).sum()))
    planted.add(CONSENTS, Fault.FUTURE_CONSENT, int((outcome == _FUTURE).sum()))
    planted.add(
        CONSENTS,
        Fault.MINOR_WITHOUT_GUARDIAN,
        int(((outcome == _ENDLESS) & under_age & ~by_guardian).sum()),
    )
    recipient, purpose = use
    granted = day(date(2026, 1, 5)) + rng.integers(0, 120, rows)
    granted[outcome == _FUTURE] = day(date(2099, 1, 1))
    return pa.record_batch(
        {
            "consent_id": pa.array(np.arange(given + 1, given + rows + 1)),
            "subject_id": texts(subjects),
            "recipient": pa.repeat(recipient, rows),
            "purpose": pa.repeat(purpose, rows),
            "granted_on": dates(granted),
            "expires_on": dates(granted + 150, outcome != _EXPIRED),
            "withdrawn_on": dates(granted + 60, outcome != _WITHDRAWN),
            "by_guardian": pa.array(by_guardian),
        }
    )


def penalties(
    rows: int, firms: Firms, seed: int, planted: PlantedFaults
) -> Iterator[pa.RecordBatch]:
    faulty = FaultyRows(
        seed,
        PENALTIES,
        rows,
        {Fault.DUPLICATE_KEY: 0.5, Fault.LATE_ROW: 1.0, Fault.HIDDEN_IDENTIFIER: 2.0},
    )
    for part, (start, stop) in enumerate(chunks(rows)):
        rng = randomness(seed, PENALTIES, part)
        number = np.arange(start, stop)
        firm = np.where(number == 0, 0, rng.integers(1, len(firms), stop - start))
        faults = {fault: faulty.among(fault, start, stop) for fault in faulty.kinds}
        faults[Fault.HIDDEN_IDENTIFIER] |= firm == 0
        faults[Fault.BAD_CHECK_DIGIT] = firms.bad_digit[firm]
        faults[Fault.CANARY] = firm == 0
        for fault, where in faults.items():
            planted.add(PENALTIES, fault, int(where.sum()))
        penalised = day(TODAY) - rng.integers(10, 1_000, stop - start)
        yield pa.record_batch(
            {
                "decision_no": _documents("遂罚", number - faults[Fault.DUPLICATE_KEY]),
                "uscc": texts(firms.codes[firm]),
                "enterprise_name": firms.names(firm),
                "penalised_on": dates(penalised),
                "authority": _any_of(words.AUTHORITIES, stop - start, rng),
                "ground": _any_of(words.GROUNDS, stop - start, rng),
                "amount_yuan": decimals(rng.integers(1, 500, stop - start) * 1_000 * 10_000),
                "remark": remarks(
                    words.PENALTY_REMARKS,
                    faults[Fault.HIDDEN_IDENTIFIER],
                    canaries=firm == 0,
                    rng=rng,
                ),
                "updated_at": updated(penalised + 5, faults[Fault.LATE_ROW], rng),
            }
        )


def undisclosed_cases(
    rows: int, people: People, seed: int, planted: PlantedFaults
) -> Iterator[pa.RecordBatch]:
    adults = people.adults
    for part, (start, stop) in enumerate(chunks(rows)):
        rng = randomness(seed, CASES, part)
        number = np.arange(start, stop)
        person = adults[rng.integers(1, len(adults), stop - start)]
        person[number == 0] = 0
        planted.add(CASES, Fault.CANARY, int((person == 0).sum()))
        planted.add(CASES, Fault.BAD_CHECK_DIGIT, int(people.bad_digit[person].sum()))
        filed = day(TODAY) - rng.integers(10, 1_000, stop - start)
        summary = _any_of(words.CASE_SUMMARIES, stop - start, rng)
        yield pa.record_batch(
            {
                "case_no": _documents("川遂刑不公开", number),
                "resident_id": texts(people.ids[person]),
                "full_name": people.full_names(person),
                "filed_on": dates(filed),
                "summary": overlaid(
                    summary, person == 0, [f"被告人电话{canary.MOBILE}"] * int((person == 0).sum())
                ),
                "updated_at": updated(filed + 5, np.zeros(stop - start, np.bool_), rng),
            }
        )


def catalogue(datasets: Sequence[Dataset]) -> Iterator[pa.RecordBatch]:
    """The catalogue of the exchange platform: one row per field of each dataset contract."""
    fields = [
        (dataset, name, field) for dataset in datasets for name, field in dataset.fields.items()
    ]
    columns = {
        "dataset": [dataset.dataset for dataset, _, _ in fields],
        "title": [dataset.title for dataset, _, _ in fields],
        "provider": [dataset.provider for dataset, _, _ in fields],
        "open_type": [str(dataset.open_type) for dataset, _, _ in fields],
        "field": [name for _, name, _ in fields],
        "field_title": [field.title for _, _, field in fields],
        "field_type": [str(field.type) for _, _, field in fields],
        "classification": [field.classification for _, _, field in fields],
        "grade": [None if field.grade is None else int(field.grade) for _, _, field in fields],
    }
    kinds = [pa.string()] * 8 + [pa.int64()]
    yield pa.record_batch(
        [pa.array(values, kind) for values, kind in zip(columns.values(), kinds, strict=True)],
        names=list(columns),
    )


def _documents(prefix: str, numbers: Ints) -> pa.Array:
    return glued(f"{prefix}〔2026〕", pa.array(numbers + 1).cast(pa.string()), "号")


def _any_of(phrases: Sequence[str], rows: int, rng: np.random.Generator) -> pa.Array:
    return chosen(phrases, rng.integers(0, len(phrases), rows))
