"""Names of persons that the header tells: short Han text under 姓名 is a name, whatever it looks
like. The model knows names by what names are mostly like, and 扎西次仁 is not."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from weir.privacy.cells import Cells, distinct
from weir.privacy.hits import Hits
from weir.privacy.names.labels import KINDS

Ints = npt.NDArray[np.int64]

_PERSON = KINDS.index("PERSON_NAME")
_WIDTH, _FEWEST, _MOST = 3, 2, 6
_FIRST_HAN, _LAST_HAN = 0x4E00, 0x9FFF
_NOT_NAMES = pa.array(
    (
        *("不详", "未知", "暂无", "匿名", "保密", "本人", "无名", "无名氏", "空白", "测试", "合计"),
        *("小计", "总计", "姓名", "其他", "其它", "个人", "集体", "单位", "父亲", "母亲", "配偶"),
        *("丈夫", "妻子", "子女", "儿子", "女儿", "夫妻", "父母", "户主", "未填写", "不清楚"),
    ),
    pa.large_string(),
).cast(pa.large_binary())
_SOMEBODY = "某"
_TITLES = r"(?:先生|女士|同志|老师|主任|小姐|师傅|公司|商店|银行|学校|医院|中心)$"
_LATIN = r"^[A-Z][A-Za-z.'\-]*(?:(?: |, ?)[A-Z][A-Za-z.'\-]*){1,4}$"
"""Each word begins with a capital; no more than five of them."""


def with_headed(found: Hits, values: pa.Array) -> Hits:
    """`found` by the model in a column of names of persons, and the cells beside them that are two
    to six Han characters and nothing else, or two to five words in Latin capitals (SMITH John): all
    but what says that there is no name, gives a title instead (张先生, 李某) or is named in part or
    as something else by the model."""
    cells = Cells.of(values)
    latin = pc.match_substring_regex(cells.array(), _LATIN).to_numpy(zero_copy_only=False)
    short = np.union1d(_of_han(cells), np.flatnonzero(latin))
    short = short[~np.isin(short, found.cell)]
    if len(short):
        taken = cells.taken(short)
        no_name = pc.or_(
            pc.is_in(taken, value_set=_NOT_NAMES),
            pc.match_substring_regex(taken, f"{_SOMEBODY}|{_TITLES}"),
        )
        short = short[~no_name.to_numpy(zero_copy_only=False)]
    if values.null_count and len(short):
        short = short[values.is_valid().to_numpy(zero_copy_only=False)[short]]
    if not len(short):
        return found
    named = Hits(
        entity=np.full(len(short), _PERSON),
        cell=short,
        start=np.zeros(len(short), np.int64),
        end=cells.lengths()[short],
    )
    return Hits.joined([found, named]).ordered()


def _of_han(cells: Cells) -> Ints:
    """The cells of so many Han characters, and of nothing else."""
    lengths = cells.lengths()
    parts = [np.zeros(0, np.int64)]
    for count in range(_FEWEST, _MOST + 1):
        chosen = np.flatnonzero(lengths == count * _WIDTH)
        places = cells.offsets[chosen, None] + np.arange(count) * _WIDTH
        first, second, third = (cells.data.take(places + k).astype(np.uint32) for k in range(3))
        points = (first & 0xF) << 12 | (second & 0x3F) << 6 | (third & 0x3F)
        well_formed = (first >> 4 == 0xE) & (second >> 6 == 2) & (third >> 6 == 2)  # noqa: PLR2004 — UTF-8
        han = well_formed & (points >= _FIRST_HAN) & (points <= _LAST_HAN)
        parts.append(chosen[han.all(axis=1)])
    return distinct(np.concatenate(parts))
