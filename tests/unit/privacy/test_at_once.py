"""Work on several columns at a time."""

from __future__ import annotations

import threading

import pyarrow as pa
import pytest

from weir.privacy.at_once import AtOnce
from weir.privacy.detector import table_detector
from weir.privacy.scanner import scan
from weir.privacy.table_scan import TableScan

MOBILES = [f"{13900000000 + row}" for row in range(300)]


@pytest.fixture(params=[1, 3])
def threads(request: pytest.FixtureRequest) -> int:
    return int(request.param)


def test_results_come_in_the_order_of_the_items(threads: int) -> None:
    """However long each takes."""
    second = threading.Event()

    def work(item: int) -> int:
        if item == 1:
            second.set()
        elif item == 0 and threads > 1:
            assert second.wait(60)
        return item * item

    with AtOnce(threads) as several:
        assert list(several.map(work, range(20))) == [n * n for n in range(20)]
        assert list(several.map(work, [])) == []


def test_an_error_stands_where_its_result_would(threads: int) -> None:
    """What came before it is known, and nothing after it."""

    def work(item: int) -> int:
        return 6 // (3 - item)

    with AtOnce(threads) as several:
        results = several.map(work, range(9))
        assert [next(results) for _ in range(3)] == [2, 3, 6]
        with pytest.raises(ZeroDivisionError):
            next(results)
        assert list(results) == []


def test_threads_find_what_one_finds() -> None:
    """In the same order and with the same counts."""
    table = pa.table(
        {name: MOBILES[first:] + MOBILES[:first] for first, name in enumerate("abcdef")}
    )
    before, seen = pa.cpu_count(), []
    try:
        for count in (1, 4):
            pa.set_cpu_count(count)
            assert table_detector().threads == count
            columns = TableScan(table.schema, table_detector()).add(table.to_batches(100)).columns
            seen.append((scan(table).table(), [column.tally.cells for column in columns]))
    finally:
        pa.set_cpu_count(before)
    assert seen[0] == seen[1]
    assert seen[0][0].num_rows == 6 * len(MOBILES)
