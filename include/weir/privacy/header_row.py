"""Whether the names of a table's columns are a header, or the first row of its values.

A file without a header has values there, and a value is never shown: one name that looks like a
value is enough for none of them to be printed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from weir.model import Reason
from weir.privacy.classification.header import HEAD, WHOLE, read_header
from weir.privacy.classification.profile import ColumnProfile, shapes_of
from weir.privacy.detector import Detector
from weir.privacy.entities import ENTITIES
from weir.privacy.names.labels import KINDS
from weir.privacy.table_scan import ScannedColumn

NOTE = Reason(
    code="header_may_be_data",
    what="the names of the columns look like values: none is shown, and none is read as a header",
    remedy="give the table a header; its first row may have been taken for one",
)

_LONGEST = 40
_FIRM, _SHORTEST_NAME = "ORGANISATION", 5
_GUESSED = frozenset({*KINDS, *(one.name for one in ENTITIES if not one.identifies)})
"""What a word alone is taken for: 代发银行 for a bank, 村民小组 for an address."""

_MOST, _NEARLY_ALL = 0.5, 0.9
_MISSING = {
    "",
    "-",
    "--",
    "/",
    "无",
    "空",
    "不详",
    "未知",
    "暂无",
    "n/a",
    "na",
    "null",
    "none",
    "nan",
}
_CODE_NAME = re.compile(r"(?:[a-z]{1,3}|[A-Z]{1,3}|[a-zA-Z]+[_0-9][a-zA-Z0-9_]*|列[0-9]+)")
_NUMBER_OR_DATE = re.compile(r"[-+¥￥$]?\s*[0-9][0-9\s,.:/%年月日时分秒TZXx元+-]*")
_NUMBER_WITHIN = re.compile(r"[0-9]{6}")
_SENTENCE = re.compile(r"[。！？]")
_PAIRS = ("()", "[]", "{}", "【】", "《》", "“”")
_DATE = re.compile(r"(?:19|20)[0-9]{2}(?:[-_.年]?(?:0?[1-9]|1[0-2])(?:[-_.月]?[0-9]{1,2}日?)?)?")


class RepeatedNames:
    """Columns whose own name stands among their values."""

    def __init__(self) -> None:
        self.places: set[int] = set()

    def noted(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The same batches, looked through as they pass."""
        for batch in batches:
            for place, (name, column) in enumerate(
                zip(batch.schema.names, batch.columns, strict=True)
            ):
                text = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
                if name and text and pc.any(pc.equal(column, name)).as_py():
                    self.places.add(place)
            yield batch


def is_data(
    columns: Sequence[ScannedColumn],
    looked: Sequence[ColumnProfile],
    repeated: RepeatedNames,
) -> bool:
    """Whether any of the names looks like a value, or nothing tells that they are a header: neither
    a column of numbers or identifiers under a word, nor words that columns are called by."""
    both = list(zip(columns, looked, strict=True))
    told = _told_by_others(both)
    if any(
        _is_value(column, profile, repeated=place in repeated.places, told=told)
        for place, (column, profile) in enumerate(both)
    ):
        return True
    if any(_differs(column, profile) for column, profile in both):
        return False
    names = [_normal(column.name) for column in columns]
    words = [name for name in names if name.lower() not in _MISSING]
    return sum(map(_is_word_of_headers, words)) < _MOST * len(words)


def _told_by_others(both: Sequence[tuple[ScannedColumn, ColumnProfile]]) -> bool:
    """Whether most names are what columns are called by, and one of them stands over numbers or
    identifiers that are more than guesses."""
    called = sum(_strength(_normal(column.name)) >= HEAD for column, _ in both)
    return called > _MOST * len(both) and any(
        _differs(column, profile, but=_GUESSED) for column, profile in both
    )


def _differs(column: ScannedColumn, profile: ColumnProfile, *, but: Collection[str] = ()) -> bool:
    """Whether a word stands over numbers, dates or identifiers, those of the types in `but` aside;
    a missing value is no word."""
    if not _is_word(_normal(column.name)):
        return False
    found = max((n for kind, n in column.tally.cells.items() if kind not in but), default=0)
    return _is_numeric(profile) or (profile.filled > 0 and found >= _NEARLY_ALL * profile.filled)


def _is_word(name: str) -> bool:
    return name.lower() not in _MISSING and any(map(str.isalpha, name))


def _is_numeric(profile: ColumnProfile) -> bool:
    shaped = sum(profile.share(shape) for shape in ("date", "decimal", "digits"))
    return shaped >= _NEARLY_ALL


def _normal(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip()


def _strength(name: str) -> float:
    """How surely it is what columns are called by."""
    reading = read_header(name)
    return reading.strength if reading else 0.0


def _is_word_of_headers(name: str) -> bool:
    return len(name) == 1 or _CODE_NAME.fullmatch(name) is not None or read_header(name) is not None


def _is_value(column: ScannedColumn, profile: ColumnProfile, *, repeated: bool, told: bool) -> bool:
    """`told`: the other names tell that they are a header, against which a guess counts little."""
    name = _normal(column.name)
    if (
        _NUMBER_OR_DATE.fullmatch(name)
        or _NUMBER_WITHIN.search(name)
        or _SENTENCE.search(name)
        or len(name) > _LONGEST
        or any(name.count(pair[0]) != name.count(pair[1]) for pair in _PAIRS)
    ):
        return True
    strength = _strength(name)
    held = set(column.in_name) - (_GUESSED if told else set())
    # 就诊医院 is a header; what is longer and named like an organisation may be one.
    headed = strength >= HEAD and len(name) < _SHORTEST_NAME and held <= {_FIRM}
    if strength < WHOLE and (repeated or (held and not headed)):
        return True
    shapes = () if told else shapes_of(name)
    return strength < HEAD and any(profile.share(shape) >= _MOST for shape in shapes)


def may_be_shown(name: str, detector: Detector) -> bool:
    """Whether the name of a file or sheet holds no identifier and is no bare number but a date."""
    found = detector.search(pa.array([name], pa.string()))
    number = _NUMBER_OR_DATE.fullmatch(name) and _NUMBER_WITHIN.search(re.sub(r"\D", "", name))
    return not len(found.hits) and (not number or _DATE.fullmatch(name) is not None)
