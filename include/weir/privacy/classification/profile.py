"""What the values of a column look like, from the first of them.

A profile tells what a column is about where neither its header nor an identifier does; nothing is
found or cleared by it. It keeps counts only.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa

from weir.contracts.dataset import FieldType
from weir.privacy.classification.fit import fits

_SAMPLE_CELLS = 200_000
_FEWEST_ROWS, _MOST_ROWS = 32, 1_024
_LONGEST = 80
_MOST_UTF8_BYTES = 4
_SHORTEST_ADDRESS = 6
_LONG_TEXT = 24
_LONGEST_INTEGER = 18

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈"
    "钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤康易"
    "乔赖文施洪辛柯庄温牛樊葛邢安齐伍庞颜倪聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮纪梅童凌毕单季裴"
    "霍涂成苗谷曲盛冉翁蓝骆路游靳欧阳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑"
    "党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝"
)

_PLACE = re.compile(r"[省市区县镇乡]|街道")
_DOOR = re.compile(r"[路街巷村组社号栋幢室]|单元|大道|小区")

_SHAPES = {
    "date": re.compile(
        r"(?:18|19|20)[0-9]{2}(?:[-/.年](?:0?[1-9]|1[0-2])(?:[-/.月](?:0?[1-9]|[12][0-9]|3[01])日?|月)?"
        r"|(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01]))(?:[T ][0-9:.+Z-]{4,})?"
    ),
    "iso_date": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    "iso_time": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}.*"),
    "sex": re.compile(r"男性?|女性?|[MF]|male|female", re.IGNORECASE),
    "flag": re.compile(r"是|否|有|无|Y|N|true|false", re.IGNORECASE),
    # Towns and villages are numbered up to 599, by GB/T 10114.
    "region_code": re.compile(
        r"(?:1[1-5]|2[123]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12])[0-9]{4}(?:[0-5][0-9]{2}){0,2}"
    ),
    "region_name": re.compile(r"[一-鿿]{1,10}(?:省|市|区|县|自治州|镇|乡|街道|村|社区)"),
    "name": re.compile(
        rf"(?:[{_SURNAMES}][一-鿿]{{1,2}}|(?:欧阳|司马|上官|诸葛|司徒|夏侯|皇甫|尉迟|公孙|慕容)[一-鿿]{{1,2}})"
    ),
    "organisation": re.compile(
        r"[一-鿿A-Za-z0-9（）()·]{2,40}(?:公司|厂|商店|店|经营部|局|委员会|院|学校|中学|小学|大学|"
        r"幼儿园|中心|合作社|银行|协会|事务所|超市|站|支行|集团|工作室|服务部)"
    ),
    "integer": re.compile(r"-?(?:0|[1-9][0-9]*)"),
    "decimal": re.compile(r"-?[0-9]+\.[0-9]+"),
    "digits": re.compile(r"[0-9]+"),
}


class ColumnProfile:
    """Counts of shapes, and of types that all of a cell may be, over the first `limit` filled
    cells of one column."""

    def __init__(self, kind: pa.DataType, limit: int) -> None:
        self.kind = kind
        self.cells = 0
        self.filled = 0
        self.sampled = 0
        self.shapes: Counter[str] = Counter()
        self.fits: Counter[str] = Counter()
        self._limit = limit

    def add(self, column: pa.Array) -> None:
        self.cells += len(column)
        self.filled += len(column) - column.null_count
        if self.sampled < self._limit:
            for text in _texts(column, self._limit - self.sampled):
                self._note(text)

    def share(self, shape: str) -> float:
        """The share of sampled cells of a shape."""
        return self.shapes[shape] / self.sampled if self.sampled else 0.0

    @property
    def nullable(self) -> bool:
        return self.filled < self.cells or self.sampled < min(self.filled, self._limit)

    @property
    def field_type(self) -> FieldType:
        """The type of dataset contracts that holds the values. Text becomes another type only
        where every cell looked at is of it."""
        kind = self.kind
        if pa.types.is_boolean(kind):
            return FieldType.BOOLEAN
        if pa.types.is_integer(kind):
            return FieldType.INTEGER
        if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
            return FieldType.DECIMAL
        if pa.types.is_date(kind) or self.share("iso_date") == 1:
            return FieldType.DATE
        if pa.types.is_timestamp(kind) or self.share("iso_time") == 1:
            return FieldType.TIMESTAMP
        return FieldType.DECIMAL if self._is_measured() else FieldType.STRING

    def _is_measured(self) -> bool:
        """Numbers with a point in some: a number without one may be a code."""
        numbers = self.share("integer") + self.share("decimal")
        return numbers == 1 and self.shapes["decimal"] > 0

    def _note(self, text: str) -> None:
        text = text.strip()
        if not text:
            return
        self.sampled += 1
        self.shapes.update(shapes_of(text))
        self.fits.update(fits(text))


def shapes_of(text: str) -> Iterator[str]:
    """Every shape that a text without spaces around it has."""
    yield from (shape for shape, form in _SHAPES.items() if form.fullmatch(text))
    if len(text) > _LONG_TEXT:
        yield "long"
    if _is_address(text):
        yield "address"


def _is_address(text: str) -> bool:
    place = _PLACE.search(text)
    return (
        place is not None
        and len(text) >= _SHORTEST_ADDRESS
        and _DOOR.search(text, place.end()) is not None
    )


def profiles(schema: pa.Schema) -> list[ColumnProfile]:
    """Empty profiles of a table's columns; a wide table has fewer rows looked at."""
    rows = min(max(_SAMPLE_CELLS // max(len(schema), 1), _FEWEST_ROWS), _MOST_ROWS)
    return [ColumnProfile(field.type, rows) for field in schema]


def noted(
    batches: Iterable[pa.RecordBatch], looked: Sequence[ColumnProfile]
) -> Iterator[pa.RecordBatch]:
    """The same batches, each column noted by its profile as it passes."""
    for batch in batches:
        for profile, column in zip(looked, batch.columns, strict=True):
            profile.add(column)
        yield batch


def _texts(column: pa.Array, most: int) -> Iterator[str]:
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    values = column.slice(0, most * 2).drop_null()
    if pa.types.is_binary(values.type) or pa.types.is_large_binary(values.type):
        return
    try:
        # Readers of Parquet do not check UTF-8: a cell of other bytes is read as far as it can be.
        texts = values.cast(pa.large_string()).cast(pa.large_binary()).slice(0, most).to_pylist()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return
    for text in texts:
        yield text[: _LONGEST * _MOST_UTF8_BYTES].decode(errors="replace")[:_LONGEST]
