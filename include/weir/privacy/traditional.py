"""Traditional characters and their simplified forms, in which words are known here."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

_FILE = Path(__file__).with_name("traditional.txt")


@cache
def simplified() -> Mapping[int, str]:
    """Each character that simplified text has none of, by code point, with what it becomes there:
    as `str.translate` takes it."""
    lines = _FILE.read_text("utf-8").splitlines()
    pairs = (pair for line in lines if not line.startswith("#") for pair in line.split())
    return MappingProxyType({ord(pair[0]): pair[1] for pair in pairs})
