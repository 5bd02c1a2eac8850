"""In which encoding a text file is written: UTF-8, or the national one."""

from __future__ import annotations

import codecs
from pathlib import Path

_READ_BYTES = 1 << 20
_HAN_SHARE = 0.9


def first_broken_utf8(path: Path) -> tuple[int, int] | None:
    """The line, from 1, and the byte offset, from 0, at which `path` ceases to be UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    line, offset = 1, 0
    with path.open("rb") as file:
        while True:
            block = file.read(_READ_BYTES)
            pending = len(decoder.getstate()[0])
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                bad = error.start - pending
                return line + block[: max(bad, 0)].count(b"\n"), offset + bad
            if not block:
                return None
            line += block.count(b"\n")
            offset += len(block)


def is_gb18030(path: Path) -> bool:
    """Whether `path` is no UTF-8 and all of it reads as GB18030 text in Chinese.

    Nearly any bytes are GB18030 of some kind. So all that stands before the first byte which is no
    UTF-8 has to be ASCII, and nine of ten characters beyond ASCII have to be those that Chinese
    texts are made of.
    """
    broken = first_broken_utf8(path)
    if broken is None:
        return False
    decoder = codecs.getincrementaldecoder("gb18030")()
    chinese = beyond_ascii = 0
    ahead = broken[1]
    with path.open("rb") as file:
        while True:
            block = file.read(_READ_BYTES)
            if ahead > 0 and not block[:ahead].isascii():
                return False
            ahead -= len(block)
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeDecodeError:
                return False
            chinese += sum(_is_chinese(character) for character in text)
            beyond_ascii += sum(character > "\x7f" for character in text)
            if not block:
                return chinese > 1 and chinese >= _HAN_SHARE * beyond_ascii


def _is_chinese(character: str) -> bool:
    return "一" <= character <= "鿿" or "　" <= character <= "〿" or "！" <= character <= "～"
