"""Chance hits in columns of numbers."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from weir.privacy.chance import unsurprising
from weir.privacy.column_tally import ColumnTally
from weir.privacy.detector import table_detector
from weir.privacy.rules import Rules

ROWS = 20_000
ID = 440524188001010014


def tally(column: pa.Array, *, computed: bool = False, batch_rows: int = 5_000) -> ColumnTally:
    made = ColumnTally(table_detector(), computed=computed)
    for first in range(0, len(column), batch_rows):
        made.add(column.slice(first, batch_rows))
    return made


def numbers(digits: int, rows: int = ROWS, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(10 ** (digits - 1), 10**digits, rows)


def luhn(body: str) -> str:
    doubled = [int(c) for place, c in enumerate(reversed(body)) if place % 2 == 0]
    rest = [int(c) for place, c in enumerate(reversed(body)) if place % 2]
    total = sum(2 * d - 9 * (d > 4) for d in doubled) + sum(rest)
    return body + str(-total % 10)


@pytest.mark.parametrize("digits", [11, 16, 18])
def test_random_numbers_are_called_nothing(digits: int) -> None:
    """Some pass every check; no more than chance has it."""
    column = tally(pa.array(numbers(digits)))
    assert column.cells
    assert set(column.by_chance()) == set(column.cells)


def test_amounts_are_not_bank_cards() -> None:
    """Decimals of wildly different size, as amounts are."""
    amounts = 10 ** np.random.default_rng(2).uniform(0, 13.9, ROWS)
    column = tally(pa.array(amounts).cast(pa.decimal128(18, 4), safe=False))
    assert set(column.by_chance()) == set(column.cells)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("CN_MOBILE", 13_000_000_000 + numbers(10) % 6_000_000_000),
        ("CN_BANK_CARD", np.array([int(luhn(f"622202{n}")) for n in numbers(9)])),
    ],
)
def test_a_column_of_identifiers_kept_as_numbers_is_a_finding(
    kind: str, values: np.ndarray
) -> None:
    """Far more pass than chance explains."""
    column = tally(pa.array(values))
    assert column.cells[kind] > ROWS // 2
    assert kind not in set(column.by_chance())


@pytest.mark.parametrize("rows", [1, 5, 50])
def test_a_short_column_is_given_no_benefit_of_the_doubt(rows: int) -> None:
    """Fewer than a hundred values show nothing about chance."""
    column = tally(pa.array([13_900_009_021 + place for place in range(rows)]))
    assert column.cells == {"CN_MOBILE": rows}
    assert list(column.by_chance()) == []


def test_a_single_resident_id_among_numbers_is_a_finding() -> None:
    """One in ten thousand numbers of 18 digits is one; a lone one is no chance."""
    values = np.append(numbers(6), ID)
    column = tally(pa.array(values))
    assert column.cells == {"CN_RESIDENT_ID": 1}
    assert list(column.by_chance()) == []


def test_a_sprinkling_of_cards_among_small_numbers_is_a_finding() -> None:
    """All numbers of that length pass: chance lets one in ten."""
    cards = [int(luhn(f"622202100111{n}")) for n in range(100_000, 100_020)]
    column = tally(pa.array(np.append(numbers(6), cards)))
    assert column.cells == {"CN_BANK_CARD": 20}
    assert list(column.by_chance()) == []


def test_order_numbers_kept_as_text_are_not_bank_cards() -> None:
    """Thousands of the shape, a tenth of them valid."""
    column = tally(pa.array([str(n) for n in 62 * 10**14 + numbers(14)]))
    assert 0.05 < column.cells["CN_BANK_CARD"] / ROWS < 0.2
    assert list(column.by_chance()) == ["CN_BANK_CARD"]


def test_text_with_anything_but_digits_is_never_put_down_to_chance() -> None:
    """A stray hit in a remark is a finding."""
    column = tally(pa.array([*(str(n) for n in 62 * 10**14 + numbers(14)), "备注"]))
    assert column.cells["CN_BANK_CARD"]
    assert list(column.by_chance()) == []


def test_one_mobile_number_among_short_digit_strings_is_a_finding() -> None:
    """Text is given no benefit by length alone."""
    column = tally(pa.array([*(str(n) for n in numbers(10)), "13900009021"]))
    assert column.cells == {"CN_MOBILE": 1}
    assert list(column.by_chance()) == []


def test_a_computed_column_may_be_short() -> None:
    """A total of eleven digits is no telephone number, but sixty in sixty rows are."""
    totals = pa.array([13_912_345_678.25, 88_812_345_678.5, 21_812_345_678.0, 1.5])
    assert set(tally(totals, computed=True).by_chance()) == {"CN_MOBILE"}
    smuggled = pa.array([13_900_009_021.0 + place for place in range(60)])
    assert list(tally(smuggled, computed=True).by_chance()) == []


def test_equal_numbers_count_once() -> None:
    """A constant column repeats one chance, it does not prove anything by repeating."""
    values = np.repeat(numbers(11, 200), 100)
    column = tally(pa.array(values))
    assert column.cells["CN_MOBILE"] > 100
    assert list(column.by_chance()) == ["CN_MOBILE"]


def test_the_bound_is_monotone_and_exact_where_all_hit() -> None:
    """One of one at odds p happens with probability p."""
    assert unsurprising(1, 1, 0.19)
    assert not unsurprising(1, 1, 0.0001)
    assert unsurprising(0, 0, 0.1)
    assert not unsurprising(1, 0, 0.1)
    verdicts = [unsurprising(hits, 1000, 0.1) for hits in range(1001)]
    assert verdicts == sorted(verdicts, reverse=True)
    assert verdicts[100]
    assert not verdicts[200]


def resident_ids(wrong_check: int, rows: int = ROWS) -> list[str]:
    """Resident IDs, the first `wrong_check` of them with a wrong check digit."""
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    made = []
    for row in range(rows):
        body = f"511102{1950 + row % 60}{1 + row % 12:02d}{1 + row % 28:02d}{row % 1000:03d}"
        total = sum(int(c) * w for c, w in zip(body, weights, strict=True))
        check = "10X98765432"[(total + (row < wrong_check)) % 11]
        made.append(body + check)
    return made


def test_a_mistyped_resident_id_is_no_uscc() -> None:
    """Of IDs with a wrong check digit some pass that of a USCC: no more than chance has it."""
    column = tally(pa.array(resident_ids(wrong_check=600)))
    assert 0 < column.cells["CN_USCC"] < 60
    assert "CN_USCC" in set(column.by_chance({"CN_RESIDENT_ID"}))
    assert "CN_USCC" not in set(column.by_chance())


def test_firms_among_residents_are_a_finding() -> None:
    """More USCCs than mistyped IDs could give by chance are there, whatever the column is for."""
    rules = Rules()
    firms = [
        candidate
        for number in range(40)
        for check in "0123456789ABCDEFGHJKLMNPQRTUWXY"
        if rules.find(candidate := f"91510903MA62T{number:04d}{check}")
    ]
    assert len(firms) == 40
    column = tally(pa.array(resident_ids(wrong_check=100) + firms))
    assert column.cells["CN_USCC"] >= 40
    assert "CN_USCC" not in set(column.by_chance({"CN_RESIDENT_ID"}))


CARD = luhn("622202100111123")


def test_a_few_numbers_of_which_most_fail_are_no_cards_to_a_scan_that_advises() -> None:
    """Three of five pass Luhn once in a hundred columns; cards pass but for typing errors. A scan
    that refuses gives no such benefit."""
    others = [luhn(f"62220210011{n}")[:-1] for n in (1241, 1352)]
    wrong = [body + str((int(luhn(body)[-1]) + 3) % 10) for body in others]
    cards = [CARD, luhn("622202100111777"), luhn("622202100111888")]
    column = tally(pa.array([*cards, *wrong]))
    assert column.cells == {"CN_BANK_CARD": 3}
    assert list(column.by_chance(advising=())) == ["CN_BANK_CARD"]
    assert list(column.by_chance(advising=("CN_BANK_CARD",))) == []
    assert list(column.by_chance()) == []


@pytest.mark.parametrize("wrong", [0, 1])
def test_a_few_cards_stay_cards_with_one_mistyped(wrong: int) -> None:
    """Of three."""
    mistyped = CARD[:-1] + str((int(CARD[-1]) + 1) % 10)
    values = [CARD, luhn("622202100111777"), luhn("622202100111888"), *[mistyped] * wrong]
    assert list(tally(pa.array(values)).by_chance(advising=())) == []


def test_a_lone_resident_id_among_wrong_ones_is_never_chance() -> None:
    """Its check digit, region and date leave none."""
    values = [str(ID), *resident_ids(wrong_check=30, rows=30)]
    column = tally(pa.array(values))
    assert column.cells["CN_RESIDENT_ID"] == 1
    assert "CN_RESIDENT_ID" not in set(column.by_chance(advising=()))
