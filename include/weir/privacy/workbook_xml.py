"""The XML parts of a workbook, read as they stream; only the texts that sheets share are held.

Elements are told by their local names. A document type is refused, since entities are declared in
one, and so is a tag that does not end. Whatever is wrong is a ValueError or expat's own error.
"""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import IO
from xml.parsers import expat

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_READ_BYTES = 1 << 16
_LONGEST_TAG_BYTES = 1 << 23
_CHUNK_TEXTS = 1 << 16

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_NO_DATE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?![hms]+\])[^\]]*\]', re.IGNORECASE)
_ELAPSED = re.compile(r"\[[hms]+\]", re.IGNORECASE)
_DATE_PARTS = re.compile(r"[ymdhs]", re.IGNORECASE)
_DATE_FORMATS = frozenset(map(str, (*range(14, 23), *range(27, 37), *range(50, 59))))
_WHOLE = re.compile(r"(-?[0-9]+)\.0*")
_MOST_EXACT = 1e17
_FIRST_DAY, _FIRST_DAY_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)  # noqa: DTZ001 (a sheet's dates are of no zone)
_LAST_DAY = 2_958_465
_DAY_SECONDS = 86_400


class LocalNames(dict[str, str]):
    """Local names by those that stand in the XML, with a prefix or without."""

    def __missing__(self, name: str) -> str:
        local = self[name] = name.rpartition(":")[2]
        return local


def parser_of(
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def fed(parser: expat.XMLParserType, part: IO[bytes]) -> Iterator[None]:
    """Give `part` to `parser` block by block, with a pause after each."""
    given = 0
    while block := part.read(_READ_BYTES):
        parser.Parse(block)
        given += len(block)
        if given - max(parser.CurrentByteIndex, 0) > _LONGEST_TAG_BYTES:
            raise ValueError("a tag does not end")
        yield
    parser.Parse(b"", True)  # noqa: FBT003 (expat knows it by place only)
    yield


def elements(part: IO[bytes]) -> Iterator[tuple[str, dict[str, str]]]:
    """The local names of all elements of a part, with their attributes by local name."""
    found: list[tuple[str, dict[str, str]]] = []
    names = LocalNames()
    parser = parser_of(
        lambda name, attributes: found.append(
            (names[name], {names[key]: value for key, value in attributes.items()})
        )
    )
    for _ in fed(parser, part):
        yield from found
        found.clear()


class SharedTexts:
    """The texts that the cells of a workbook name by their places."""

    def __init__(self, texts: pa.LargeStringArray) -> None:
        self.texts = texts
        bytes_each = np.diff(np.frombuffer(texts.buffers()[1], np.int64)[: len(texts) + 1])
        self.bytes_each = array("q", bytes_each.tobytes())

    def of(self, values: list[str | int | None]) -> pa.Array:
        """Each value, or the text that stands at a place: `values` holds texts and places."""
        places = [value if type(value) is int else None for value in values]
        own = pa.array(
            [value if type(value) is str else None for value in values], pa.large_string()
        )
        if not any(place is not None for place in places):
            return own
        return pc.coalesce(self.texts.take(pa.array(places, pa.int64())), own)


def read_shared(part: IO[bytes]) -> SharedTexts:
    chunks = [pa.array([], pa.large_string())]
    texts: list[str] = []
    names, pieces = LocalNames(), Pieces()

    def start(name: str, _: Mapping[str, str]) -> None:
        pieces.start(names[name])

    def end(name: str) -> None:
        kind = names[name]
        pieces.end(kind)
        if kind == "si":
            texts.append(pieces.take())

    for _ in fed(parser_of(start, end, pieces.add), part):
        if len(texts) >= _CHUNK_TEXTS:
            chunks.append(pa.array(texts, pa.large_string()))
            texts.clear()
    chunks.append(pa.array(texts, pa.large_string()))
    return SharedTexts(pa.concat_arrays(chunks))


class Pieces:
    """The text within `t` elements, but for that which only tells how to read it (`rPh`)."""

    def __init__(self) -> None:
        self._open = False
        self._beside = False
        self._pieces: list[str] = []

    def start(self, kind: str) -> None:
        if kind == "rPh":
            self._beside = True
        elif kind == "t":
            self._open = not self._beside

    def add(self, text: str) -> None:
        if self._open:
            self._pieces.append(text)

    def end(self, kind: str) -> None:
        if kind == "rPh":
            self._beside = False
        elif kind == "t":
            self._open = False

    def take(self) -> str:
        text = unescaped("".join(self._pieces))
        self._pieces.clear()
        return text


def unescaped(text: str) -> str:
    """`text` without the escapes by which a workbook holds what XML cannot."""
    if "_x" not in text:
        return text
    read = _ESCAPED.sub(lambda escape: chr(int(escape[1], 16)), text)
    # Two escapes may be halves of one character; half of one alone has no UTF-8.
    return read.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def date_styles(part: IO[bytes]) -> frozenset[str]:
    """The numbers of those cell formats that show numbers as dates."""
    own: dict[str, bool] = {}
    dates: set[str] = set()
    within = False
    place = 0
    for kind, attributes in elements(part):
        if kind == "numFmt":
            own[attributes.get("numFmtId", "")] = _shows_dates(attributes.get("formatCode", ""))
        elif kind in {"cellXfs", "cellStyleXfs", "cellStyles", "dxfs"}:
            within = kind == "cellXfs"
        elif kind == "xf" and within:
            number = attributes.get("numFmtId", "0")
            if own.get(number, number in _DATE_FORMATS):
                dates.add(str(place))
            place += 1
    return frozenset(dates)


def _shows_dates(code: str) -> bool:
    shown = _NO_DATE.sub("", code.partition(";")[0])
    return not _ELAPSED.search(shown) and _DATE_PARTS.search(shown) is not None


def number_text(text: str) -> str:
    """A number as a person writes it; every digit that the workbook holds of it stays."""
    if whole := _WHOLE.fullmatch(text):
        return whole[1]
    try:
        number = float(text)
    except ValueError:
        return text
    if not math.isfinite(number):
        return text
    exact = number.is_integer() and abs(number) < _MOST_EXACT
    return str(int(number)) if exact else repr(number)


def date_text(text: str, *, from_1904: bool) -> str:
    """A date or a time of ISO 8601 for the number that stands for it; any other number as such."""
    try:
        days = float(text)
    except ValueError:
        return text
    if not 0 <= days <= _LAST_DAY - (1462 if from_1904 else 0):
        return number_text(text)
    seconds = round(days * _DAY_SECONDS)
    moment = (_FIRST_DAY_1904 if from_1904 else _FIRST_DAY) + timedelta(seconds=seconds)
    if seconds < _DAY_SECONDS:
        return moment.time().isoformat()
    if seconds % _DAY_SECONDS == 0:
        return moment.date().isoformat()
    return moment.isoformat(sep=" ")


def _refuse_doctype(*_: object) -> None:
    raise ValueError("a document type")
