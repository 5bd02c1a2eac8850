"""Tables of the kind that departments share, for the scan to be measured on."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

REPEATS = 10
_SEED = 20261125
_RESIDENT_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
_AREAS = [510903, 510904, 510921, 510923, 510981]
_SURNAMES = list("王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗")
_GIVEN = list("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华")
_STREETS = ["渠河路", "遂州中路", "滨江北路", "凯旋下路", "育才西路", "明月街", "嘉禾东路"]
_MATTERS = ["水表读数有误", "燃气费重复扣款", "电费账单未收到", "办理户名变更", "申请用气报装"]
_TELLING = ("户号", "姓名", "身份证号", "手机号", "住址", "表号", "登记时间", "备注")
_CATEGORIES = {
    "区县": ["船山区", "安居区", "射洪市", "蓬溪县", "大英县"],
    "街道": [f"第{number}街道办事处" for number in range(1, 80)],
    "用户类别": ["居民生活用水", "非居民生活用水", "特种行业用水"],
    "状态": ["正常", "欠费", "销户", "报停"],
    "缴费方式": ["营业厅现金", "银行代扣", "线上缴费", "自助终端"],
    "营业网点": [f"遂宁市供水公司第{number}营业所" for number in range(1, 30)],
}

Make = Callable[[np.random.Generator, int], list[str]]


def table(rows: int, *, repeats: int = 1, seed: int = _SEED) -> pa.Table:
    """Sixteen text columns in which each value stands `repeats` times, in no order."""
    rng = np.random.default_rng(seed)
    columns = {}
    for name, make in COLUMNS.items():
        values = pa.array(make(rng, max(rows // repeats, 1)))
        columns[name] = values if repeats == 1 else values.take(_shuffled(rng, len(values), rows))
    return pa.table(columns)


def batches(rows: int, batches: int) -> Iterator[pa.RecordBatch]:
    """A typical table, batch by batch: half its columns tell rows apart, as identifiers, names and
    remarks do, the other half are categories, amounts and dates."""
    for number in range(batches):
        rng = np.random.default_rng(_SEED + number)
        columns = {name: pa.array(COLUMNS[name](rng, rows)) for name in _TELLING}
        for name, values in _CATEGORIES.items():
            columns[name] = pa.array(values).take(pa.array(rng.integers(0, len(values), rows)))
        columns["金额(元)"] = pa.array(rng.integers(0, 10**7, rows) / 100)
        days = pa.array(rng.integers(18_000, 20_500, rows, np.int32))
        columns["账期"] = days.cast(pa.date32())
        yield pa.record_batch(columns)


def cell_bytes(batch: pa.RecordBatch) -> int:
    """The bytes of the cells themselves: of text its UTF-8, without what Arrow keeps beside it."""
    return sum(
        int(pc.sum(pc.binary_length(column)).as_py())
        if pa.types.is_string(column.type)
        else len(column) * column.type.bit_width // 8
        for column in batch.columns
    )


def _shuffled(rng: np.random.Generator, values: int, rows: int) -> pa.Array:
    places = np.arange(rows) % values
    rng.shuffle(places)
    return pa.array(places)


def _numbers(rng: np.random.Generator, count: int, least: int, end: int) -> list[int]:
    return [int(number) for number in rng.integers(least, end, count)]


def _resident_ids(rng: np.random.Generator, count: int) -> list[str]:
    made = []
    births = rng.integers(-14_000, 13_000, count).astype("datetime64[D]").astype(str)
    for area, birth, order in zip(
        rng.choice(_AREAS, count), births, _numbers(rng, count, 0, 1000), strict=True
    ):
        body = f"{area}{birth.replace('-', '')}{order:03d}"
        rest = sum(int(digit) * w for digit, w in zip(body, _RESIDENT_WEIGHTS, strict=True)) % 11
        made.append(body + "10X98765432"[rest])
    return made


def _names(rng: np.random.Generator, count: int) -> list[str]:
    parts = rng.choice(_SURNAMES, count), rng.choice(_GIVEN, count), rng.choice(_GIVEN, count)
    return ["".join(name) for name in zip(*parts, strict=True)]


def _mobiles(rng: np.random.Generator, count: int) -> list[str]:
    return [f"1{number}" for number in _numbers(rng, count, 30 * 10**8, 99 * 10**8)]


def _addresses(rng: np.random.Generator, count: int) -> list[str]:
    streets = rng.choice(_STREETS, count)
    return [
        f"四川省遂宁市船山区{street}{n % 400}号{n % 31}栋{n % 7}单元{n % 2311}室"
        for street, n in zip(streets, _numbers(rng, count, 0, 10**9), strict=True)
    ]


def _remarks(rng: np.random.Generator, count: int) -> list[str]:
    """One in twenty holds a telephone number."""
    made = []
    for matter, n in zip(rng.choice(_MATTERS, count), _numbers(rng, count, 0, 10**8), strict=True):
        contact = f"联系电话139{n:08d}，" if n % 20 == 0 else ""
        made.append(f"用户反映{matter}，{contact}工单编号{n}，已转{n % 12 + 1}号网点核实处理")
    return made


def _serial(text: str, least: int, end: int) -> Make:
    return lambda rng, count: [text.format(n) for n in _numbers(rng, count, least, end)]


def _moments(rng: np.random.Generator, count: int) -> list[str]:
    seconds = rng.integers(1_600_000_000, 1_760_000_000, count).astype("datetime64[s]")
    return [text.replace("T", " ") for text in seconds.astype(str).tolist()]


COLUMNS: dict[str, Make] = {
    "户号": _serial("{}", 10**9, 10**10),
    "姓名": _names,
    "身份证号": _resident_ids,
    "手机号": _mobiles,
    "住址": _addresses,
    "电子邮箱": _serial("user{}@example.com", 0, 10**9),
    "表号": _serial("SN-{:012d}", 0, 10**11),
    "卡号": _serial("62220210{:011d}", 0, 10**11),
    "登记时间": _moments,
    "用量": _serial("{}.5", 0, 10**7),
    "余额": _serial("{}.08", 0, 10**8),
    "车牌": _serial("川J{:05d}", 0, 10**5),
    "固定电话": _serial("0825-2{:06d}", 0, 10**6),
    "摘要": _serial("{:016x}", 0, 2**62),
    "工单": _serial("GD2026{:08d}", 0, 10**8),
    "备注": _remarks,
}
