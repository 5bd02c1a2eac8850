"""The lists of words and regions that ship with the package."""

from __future__ import annotations

import lzma
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data"
_COUNTY_DIGITS = 6


@cache
def lists() -> Mapping[str, Mapping[str, str]]:
    """Surnames, characters of given names and what marks addresses and organisations."""
    return tomllib.loads((DATA / "lists.toml").read_text("utf-8"))


@cache
def regions() -> Mapping[str, str]:
    """Names by GB/T 2260 code (2, 4 and 6 digits) and by GB/T 10114 code of a street or town (9).

    Collective names that stand for no place (市辖区) are left out.
    """
    text = lzma.decompress((DATA / "regions.txt.xz").read_bytes()).decode()
    return dict(line.split(" ", 1) for line in text.splitlines())


def region_path(code: str) -> tuple[str, ...]:
    """The names of the regions that hold the region of `code`, the widest first, then its own."""
    parts = [code[:2], code[:4], code[:_COUNTY_DIGITS], code]
    names = regions()
    held = [part for part in dict.fromkeys(parts) if len(part) <= len(code) and part in names]
    return tuple(names[part] for part in held)
