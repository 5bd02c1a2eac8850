"""Plain text tables that stay straight when Chinese and Latin stand side by side."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

_GAP = "  "


def text_table(header: Sequence[str], rows: Sequence[Sequence[str]], indent: str = "") -> str:
    """Header, a rule and rows, each line ending in a newline. A wide character takes two cells."""
    table = [header, *rows]
    widths = [max(cells(row[column]) for row in table) for column in range(len(header))]
    lines = [_line(header, widths), _GAP.join("-" * width for width in widths)]
    lines += [_line(row, widths) for row in rows]
    return "".join(f"{indent}{line}\n" for line in lines)


def cells(text: str) -> int:
    """How many cells of a terminal `text` takes."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    padded = (text + " " * (width - cells(text)) for text, width in zip(row, widths, strict=True))
    return _GAP.join(padded).rstrip()
