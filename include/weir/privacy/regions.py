"""Codes of GB/T 2260 by date, abolished ones included."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from weir.crypto.sm3 import sm3_hex
from weir.model import Digest
from weir.privacy.pieces import Bools, Ints

_FILE = Path(__file__).with_name("regions.txt")
_CODES = 1_000_000
_LAG_YEARS = 3
"""How long registers went on giving out numbers with a code after its end."""

_PREFIX, _SUFFIXES = re.compile(r"([0-9]{4}):(\S+)"), re.compile(r"([0-9]{2})(?:-([0-9]{2}))?")


def were_regions(codes: Ints, years: Ints) -> Bools:
    """Which codes of counties or prefectures could be given out in `years` or later."""
    return np.asarray(_last_years().take(codes) + _LAG_YEARS >= years)


def are_prefectures(codes: Ints) -> Bools:
    """Which of the numbers of four digits are a prefecture, or a province and two noughts."""
    whole = (codes % 100 == 0) & are_provinces(codes // 100)
    return np.asarray(_prefectures().take(codes) | whole)


def are_provinces(codes: Ints) -> Bools:
    """Which of the numbers of two digits begin the codes of counties."""
    return _provinces().take(codes)


def regions_digest() -> Digest:
    """SM3 of the list, which is part of what detection means."""
    return sm3_hex(_FILE.read_bytes())


@cache
def _last_years() -> npt.NDArray[np.int16]:
    """By code: the last year it was in force; long before everybody where it never was."""
    last = np.full(_CODES, -_LAG_YEARS - 1, np.int16)
    for line in _FILE.read_text("ascii").splitlines():
        if line.startswith("#"):
            continue
        year, _, rest = line.partition(" ")
        for prefix, suffixes in _PREFIX.findall(rest):
            for first, end in _SUFFIXES.findall(suffixes):
                begin = int(prefix + first)
                last[begin : int(prefix + (end or first)) + 1] = int(year)
    return last


@cache
def _prefectures() -> Bools:
    return np.asarray((_last_years() > 0).reshape(10_000, 100).any(1))


@cache
def _provinces() -> Bools:
    return np.asarray(_prefectures().reshape(100, 100).any(1))
