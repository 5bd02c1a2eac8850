"""What public data hold that looks like identifiers and is none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pytest

from weir.privacy.column_tally import ColumnTally
from weir.privacy.detector import table_detector, table_kernel

ROWS = 5_000
_FIRST_DAY = dt.datetime(2015, 1, 1, tzinfo=dt.UTC)

Rng = np.random.Generator


def _days(rng: Rng, form: str) -> list[str]:
    return [
        f"{_FIRST_DAY + dt.timedelta(minutes=int(m)):{form}}"
        for m in rng.integers(0, 5 * 10**6, ROWS)
    ]


def _amounts(rng: Rng) -> list[str]:
    return [f"{amount:.2f}" for amount in 10 ** rng.uniform(0, 9, ROWS)]


def _orders(rng: Rng) -> list[str]:
    days = _days(rng, "%Y%m%d")
    return [f"DD{day}{n:06}" for day, n in zip(days, rng.integers(0, 10**6, ROWS), strict=True)]


def _products(rng: Rng) -> list[str]:
    letters = np.array(list("ABCDFHJKMNPRSTUXYZ"))
    return [
        f"{a}{b}-{n:05}"
        for a, b, n in zip(
            *rng.choice(letters, (2, ROWS)), rng.integers(0, 10**5, ROWS), strict=True
        )
    ]


def _notes(rng: Rng) -> list[str]:
    said = (
        "路灯不亮",
        "已回访",
        "同意受理",
        "共计{n}元",
        "批次{n}",
        "面积{n}平方米",
        "文号{n}",
        "第{n}号公告",
    )
    return [
        f"{said[int(k)].format(n=n)}，{day}办结。"
        for k, n, day in zip(
            rng.integers(0, len(said), ROWS),
            rng.integers(1, 10**8, ROWS),
            _days(rng, "%Y-%m-%d"),
            strict=True,
        )
    ]


DECOYS: Mapping[str, Callable[[Rng], list[str]]] = MappingProxyType(
    {
        "金额": _amounts,
        "订单号": _orders,
        "产品编码": _products,
        "日期": lambda rng: _days(rng, "%Y-%m-%d"),
        "时间": lambda rng: _days(rng, "%Y-%m-%d %H:%M:%S"),
        "办结日期": lambda rng: _days(rng, "%Y年%m月%d日"),
        "流水号": lambda rng: [
            f"{day}{n:03}"
            for day, n in zip(_days(rng, "%Y%m%d%H%M%S"), rng.integers(0, 1000, ROWS), strict=True)
        ],
        "经度": lambda rng: [f"{x:.6f}" for x in rng.uniform(105.0, 106.0, ROWS)],
        "坐标": lambda rng: [
            f"{x:.6f},{y:.6f}" for x, y in rng.uniform((105, 30), (106, 31), (ROWS, 2))
        ],
        "序号": lambda rng: [str(n) for n in rng.integers(1, 10**7, ROWS)],
        "邮政编码": lambda rng: [f"6290{n:02}" for n in rng.integers(0, 100, ROWS)],
        "行政区划代码": lambda rng: [
            f"5109{n:02}{m:06}" for n, m in rng.integers(0, 100, (ROWS, 2))
        ],
        "占比": lambda rng: [f"{x:.1%}" for x in rng.random(ROWS)],
        "备注": _notes,
        "版本": lambda rng: [f"{a}.{b}.{c}" for a, b, c in rng.integers(0, 30, (ROWS, 3))],
        "摘要": lambda rng: [rng.bytes(16).hex() for _ in range(ROWS)],
    }
)


@pytest.mark.parametrize("header", DECOYS)
def test_what_only_looks_like_an_identifier_is_not_called_one(header: str) -> None:
    """Thousands of values as public data have them, under the header that they come with."""
    values = DECOYS[header](np.random.default_rng(20261125))
    tally = ColumnTally(table_detector())
    tally.add(pa.array(values))
    assert {kind: n for kind, n in tally.cells.items() if kind not in set(tally.by_chance())} == {}
    kernel_hits = table_kernel().find(pa.array(values), header)
    assert len(kernel_hits) == sum(tally.cells.values())
