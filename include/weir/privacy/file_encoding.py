"""How a text file is written: in UTF-8, UTF-16 or the national encoding, and what separates fields.

Nearly any bytes are GB 18030 of some kind, so a file is taken for that only where most of it is no
UTF-8 and nine of ten characters beyond ASCII are those that Chinese texts are made of.
"""

from __future__ import annotations

import codecs
import csv
import re
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

UTF_8, GB18030, UTF_16 = "utf8", "gb18030", "utf-16"

_READ_BYTES = 1 << 20
_SAMPLE_BYTES = 1 << 16
_SAMPLE_RECORDS = 50
_HAN_SHARE = 0.9
_LATIN_ZEROS, _FEWER = 0.3, 10
_MOST_BROKEN, _FEW_BROKEN = 0.01, 5
_CHINESE = re.compile("[一-鿿\u3000-〿！-～]+")
_HAN = re.compile("[\u2e80-鿿＀-￯]")
_ESCAPED = re.compile("[\udc80-\udcff]+")
_ASCII = re.compile("[\0-\x7f]+")
_DELIMITERS = (",", ";", "\t", "|")
_SAID = re.compile('"?sep=(.)"?[\r\n]+', re.IGNORECASE)
_BESIDE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A line, from 1, and a byte offset, from 0."""

    line: int
    byte: int


def begins_as(path: Path) -> str:
    """The encoding that the first bytes of a file tell of: UTF-16 by its mark or by a zero in every
    other byte, else UTF-8, which the rest may belie."""
    with path.open("rb") as file:
        sample = file.read(_SAMPLE_BYTES)
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return UTF_16
    odd, even = sample[1::2].count(0), sample[0::2].count(0)
    most, least = max(odd, even), min(odd, even)
    name, line_end = ("utf-16-le", b"\n\0") if odd > even else ("utf-16-be", b"\0\n")
    # Of Chinese, only delimiters, digits and line ends have a zero byte, all at the same side.
    in_latin = most > _LATIN_ZEROS * len(sample)
    in_chinese = line_end in sample and not _is_utf_8(sample)
    return name if most > _FEWER * least and (in_latin or in_chinese) else UTF_8


def _is_utf_8(sample: bytes) -> bool:
    try:
        codecs.getincrementaldecoder(UTF_8)().decode(sample)
    except UnicodeDecodeError:
        return False
    return True


def first_broken(path: Path, encoding: str) -> Place | None:
    """Where a file ceases to be of that encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line, offset = 1, 0
    with path.open("rb") as file:
        while True:
            block = file.read(_READ_BYTES)
            pending = len(decoder.getstate()[0])
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                bad = error.start - pending
                return Place(line=line + block[: max(bad, 0)].count(b"\n"), byte=offset + bad)
            if not block:
                return None
            line += block.count(b"\n")
            offset += len(block)


def looks_like_gb18030(path: Path) -> bool:
    """Whether a file reads as Chinese in GB 18030, but for one character of a hundred at most."""
    broken = first_broken(path, UTF_8)
    if broken is None or _mostly_utf_8(path, broken.byte):
        return False
    decoder = codecs.getincrementaldecoder(GB18030)("replace")
    chinese = beyond_ascii = lost = 0
    with path.open("rb") as file:
        while True:
            block = file.read(_READ_BYTES)
            text = _ASCII.sub("", decoder.decode(block, final=not block))
            beyond_ascii += len(text)
            chinese += len(text) - len(_CHINESE.sub("", text))
            lost += text.count("\N{REPLACEMENT CHARACTER}")
            if not block:
                return (
                    chinese > 1
                    and chinese >= _HAN_SHARE * beyond_ascii
                    and lost <= max(1, _MOST_BROKEN * beyond_ascii)
                )


def _mostly_utf_8(path: Path, broken: int) -> bool:
    """Whether Chinese in UTF-8 stands before the first broken byte, or most bytes around it are
    UTF-8: bytes of GB 18030 are so by twos now and then, and hardly ever by threes."""
    with path.open("rb") as file:
        while broken > 0:
            ahead = file.read(min(broken, _READ_BYTES))
            broken -= len(ahead)
            if _HAN.search(ahead.decode(errors="replace").replace("\N{REPLACEMENT CHARACTER}", "")):
                return True
        sample = file.read(_SAMPLE_BYTES)
    text = _ASCII.sub("", sample.decode("utf-8", "surrogateescape"))
    wrong = len(text) - len(_ESCAPED.sub("", text))
    return wrong * _FEW_BROKEN <= len(text.encode("utf-8", "surrogateescape"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Separated:
    """By what the fields of a file are separated, and how many lines stand above its header."""

    by: str
    lines_above: int = 0


def separated(path: Path, encoding: str) -> Separated:
    """By what a first line such as Excel's `sep=;` says, which is none of the table; else by the
    one of comma, semicolon, tab and bar that gives the first records all the same number of fields,
    and most of them; a comma where none does."""
    with path.open("rb") as file:
        sample = file.read(_SAMPLE_BYTES)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(sample)
    lines = StringIO(text.lstrip("\N{ZERO WIDTH NO-BREAK SPACE}"), newline="").readlines()
    if lines and (said := _SAID.fullmatch(lines[0])):
        return Separated(by=said[1], lines_above=1)
    if len(sample) == _SAMPLE_BYTES and len(lines) > 1:
        lines = lines[:-1]
    return Separated(by=max(_DELIMITERS, key=lambda delimiter: _fields(lines, delimiter)))


def opened_and_not_closed(path: Path, encoding: str, delimiter: str, last: str) -> int | None:
    """The line, from 1, on which `last`, the last cell of a file, opens a quote that nothing
    closes; None where it is closed, or there is none. Readers give such a cell the whole rest."""
    with path.open("rb") as file:
        width = 2 if encoding.startswith(UTF_16) else 1
        file.seek(max(0, path.stat().st_size - width))
        ends_a_line = b"\n" in file.read()
    if ends_a_line and not last.endswith("\n"):
        return None
    quoted = '"' + last.replace('"', '""')
    end, lines = _end(path, encoding, len(quoted) + _BESIDE)
    begins = tuple(mark + quoted for mark in (delimiter, "\n", "\r"))
    closed = tuple(begin + '"' + line_end for begin in begins for line_end in ("", "\n", "\r\n"))
    if end.endswith(closed) or not end.endswith(begins):
        return None
    return lines - last.count("\n") + 1


def _end(path: Path, encoding: str, characters: int) -> tuple[str, int]:
    """The last characters of a file, and how many line ends it has."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    end, lines = "", 0
    with path.open("rb") as file:
        while block := file.read(_READ_BYTES):
            text = decoder.decode(block)
            lines += text.count("\n")
            end = (end + text)[-characters:]
    return end, lines


def _fields(lines: list[str], delimiter: str) -> int:
    counts = set()
    try:
        for number, record in enumerate(csv.reader(lines, delimiter=delimiter)):
            if number == _SAMPLE_RECORDS:
                break
            if record:
                counts.add(len(record))
    except csv.Error:
        return 0
    fields = counts.pop() if len(counts) == 1 else 0
    return fields if fields > 1 else 0
