"""Names weighed by column: a column of them is told from one that holds a few."""

from __future__ import annotations

from itertools import product as pairs

import numpy as np
import pyarrow as pa
import pytest

from weir.model import Digest
from weir.privacy.classification.decision import prevailing
from weir.privacy.names import tally
from weir.privacy.names.tally import MOST_CELLS, NameTally
from weir.privacy.reading import read

SEED = Digest("5e" * 32)
PEOPLE = [
    f"{family}{given}" for family, given in pairs("王李张刘陈杨赵周", ("建国", "秀英", "志强"))
]
MASKED = [f"{family}**" for family in "王李张刘陈杨赵周"]
FIRMS = [f"遂宁市{brand}建筑工程有限公司" for brand in ("宏达", "鼎盛", "瑞丰", "华兴", "金桥")]
DOORS = [f"遂宁市船山区凯旋路{number}号3栋2单元501室" for number in range(1, 40)]
VILLAGES = [f"{town}镇{village}村" for town, village in pairs(("永兴", "仁里"), ("双桥", "盐井"))]


def weighed(*columns: pa.Array, seed: Digest = SEED) -> NameTally:
    found = NameTally(seed)
    for column in columns:
        reading = read(column, number_lengths=None, distinct=False)
        assert reading is not None
        found.add(reading)
    return found


def kinds(texts: list[str | None]) -> set[str]:
    found = weighed(pa.array(texts, pa.string()))
    return set(prevailing(found.cells(), found.values))


@pytest.mark.parametrize(
    ("texts", "wanted"),
    [
        (PEOPLE, {"PERSON_NAME"}),
        ([*PEOPLE, *([None] * 500)], {"PERSON_NAME"}),
        (PEOPLE[:2], {"PERSON_NAME"}),
        ([f"联系人：{name}，已核实" for name in PEOPLE], {"PERSON_NAME"}),
        (FIRMS, {"ORGANISATION"}),
        (DOORS, {"ADDRESS"}),
        (MASKED, set()),
        (VILLAGES, set()),
        ([*PEOPLE, *["已履行"] * 30], set()),
        ([*PEOPLE, *map(str, range(30))], set()),
        (["正常", "注销", "吊销"] * 40, set()),
        (["男", "女"] * 40, set()),
        ([None] * 40, set()),
    ],
)
def test_a_column_is_what_most_of_its_values_are(texts: list[str | None], wanted: set[str]) -> None:
    """Masked names, names of regions, and few names among other values are none."""
    assert kinds(texts) == wanted


def test_one_word_taken_for_a_name_is_put_down_to_chance() -> None:
    """The model takes some words for names; one of them, however often, tells nothing."""
    assert kinds(["年月"] * 1000) == set()
    assert kinds([PEOPLE[0]] * 1000) == set()


def test_counts_are_exact_where_all_cells_were_looked_at() -> None:
    """Repeated values, batches and slices of them included."""
    column = pa.array([*PEOPLE * 3, "已履行", None, "", "x"])
    found = weighed(column, column.slice(0, 10), column.dictionary_encode())
    assert found.cells() == {"PERSON_NAME": 2 * 72 + 10}
    assert found.values == 2 * 75 + 10


def test_of_more_cells_a_sample_is_looked_at_that_the_seed_decides() -> None:
    """The same for the same bytes; close to the truth for any."""
    rng = np.random.default_rng(5)
    rows = 5 * MOST_CELLS
    texts = np.where(rng.random(rows) < 0.6, rng.choice(PEOPLE, rows), "已履行")
    column = pa.array(texts.tolist())
    true = sum(text in PEOPLE for text in texts.tolist())
    parts = [column.slice(first, 3000) for first in range(0, rows, 3000)]
    found = weighed(column).cells()["PERSON_NAME"]
    assert weighed(*parts).cells()["PERSON_NAME"] == found
    assert abs(found - true) < 0.05 * rows
    others = {
        weighed(column, seed=Digest(f"{n:064x}"[::-1])).cells()["PERSON_NAME"] for n in range(1, 4)
    }
    assert len(others | {found}) > 1


def test_no_more_texts_than_the_sample_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the column's length, and of long texts the beginning."""
    monkeypatch.setattr(tally, "MOST_CELLS", 8)
    found = NameTally(SEED)
    for _ in range(5):
        reading = read(
            pa.array([f"{name}{'的' * 9000}" for name in PEOPLE]),
            number_lengths=None,
            distinct=True,
        )
        assert reading is not None
        found.add(reading)
    (texts,) = (value for name, value in _slots(found) if name == "_texts")
    assert len(texts) == 8
    assert texts.nbytes < 8 * 2048


def test_what_lies_under_a_null_is_not_there() -> None:
    """Arrow may keep bytes where a value is null."""
    shown = pa.array(PEOPLE)
    hidden = pa.Array.from_buffers(
        pa.string(), len(shown), [pa.py_buffer(b"\0" * 8), *shown.buffers()[1:]]
    )
    found = weighed(hidden)
    assert (found.values, found.cells()) == (0, {})


def _slots(found: NameTally) -> list[tuple[str, pa.Array]]:
    return [(name, value) for name, value in vars(found).items() if isinstance(value, pa.Array)]
