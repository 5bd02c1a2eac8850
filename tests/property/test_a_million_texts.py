"""A million adversarial texts: the bulk kernel finds what the rules find, text by text."""

from __future__ import annotations

import multiprocessing
import re
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from property.adversarial import texts
from weir.privacy.cues import Cues, spelled
from weir.privacy.entities import BY_NAME
from weir.privacy.kernel import Kernel
from weir.privacy.rules import Rules

SEED, TEXTS, AT_ONCE = 20261125, 1_000_000, 50_000
HEADERS = (
    "",
    "备注",
    "",
    "住院号/QQ号/出生日期",
    "",
    "idCard",
    "",
    "IMEI或车架号",
    "诊断",
    "版本或型号",
)
BOUNDARIES = {
    "(?<![0-9A-Z])": "(?:^|(?-i:[^0-9A-Za-z]))",
    "(?![0-9A-Z])": "(?:$|(?-i:[^0-9A-Za-z]))",
}
LABELLED = re.compile(r"\(\?<=(\(\?<!\[0-9A-Z\]\)[A-Z]+)\)")
LOOKING_AROUND = re.compile(r"\(\?<?[=!][^()]*\)")

Found = set[tuple[int, int, int, str]]


def _sieve(regex: str) -> str:
    """Of what `regex` finds, as RE2 can tell: boundaries and labels are read, not looked at."""
    regex = LABELLED.sub(r"\1", regex)
    for looking, reading in BOUNDARIES.items():
        regex = regex.replace(looking, reading)
    while regex != (regex := LOOKING_AROUND.sub("", regex)):
        pass
    return regex


class SievedRules:
    """The rules over many texts: each type reads the texts that RE2 does not rule out for it, with
    the same expressions but for what looks around, and by its cues where it is weak altogether."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._sieves = [
            (
                _sieve(kind.entity.shape.regex),
                "|".join(map(spelled, kind.entity.cues)) if kind.entity.shape.weak else "",
                Cues(kind.entity.cues),
            )
            for kind in rules._types
        ]

    def find(self, given: Sequence[str], header: str) -> Found:
        form = self._rules.normal_form
        traced = {n: form.traced(text) for n, text in enumerate(given) if form.applies(text)}
        plain = [traced[n].text if n in traced else text for n, text in enumerate(given)]
        array = pa.array(plain)
        found: Found = set()
        taken: set[tuple[int, int, int]] = set()
        for kind, (shape, cue, cues) in zip(self._rules._types, self._sieves, strict=True):
            possible = _held(array, shape)
            if not cues.stand_in(header):
                possible &= _held(array, cue)
            for n in np.flatnonzero(possible).tolist():
                for start, end in kind.spans(plain[n], header):
                    if (n, start, end) not in taken:
                        taken.add((n, start, end))
                        span = traced[n].source_span(start, end) if n in traced else (start, end)
                        found.add((n, *span, kind.entity.name))
        return found


def _held(plain: pa.Array, pattern: str) -> npt.NDArray[np.bool_]:
    try:
        mask = pc.match_substring_regex(plain, pattern, ignore_case=True)
    except pa.ArrowInvalid:  # more repetitions than RE2 takes
        return np.ones(len(plain), bool)
    return np.asarray(mask.to_numpy(zero_copy_only=False))


def in_bulk(kernel: Kernel, given: Sequence[str], header: str) -> Found:
    """What the kernel finds, in characters."""
    array = pa.array(given, pa.large_string())
    hits = kernel.find(array, header)
    data = np.frombuffer(array.buffers()[2], np.uint8)
    offsets = np.frombuffer(array.buffers()[1], np.int64)[: len(array) + 1]
    characters = np.concatenate([[0], np.cumsum((data & 0xC0) != 0x80)])
    first = offsets[hits.cell]
    starts, ends = (
        characters[first + place] - characters[first] for place in (hits.start, hits.end)
    )
    names = np.array([entity.name for entity in kernel.entities])[hits.entity]
    columns = (hits.cell, starts, ends, names)
    found = set(zip(*(column.tolist() for column in columns), strict=True))
    assert len(found) == len(hits)
    return found


def _compared(number: int) -> tuple[list[tuple[int, int, int, str]], set[str]]:
    """Where kernel and rules differ over one batch of texts, and the types that were found."""
    given, header = texts(SEED + number, AT_ONCE), HEADERS[number % len(HEADERS)]
    expected = SievedRules(Rules()).find(given, header)
    return sorted(in_bulk(Kernel(), given, header) ^ expected), {name for *_, name in expected}


@pytest.mark.timeout(1_200)
def test_bulk_and_rules_agree_on_a_million_texts() -> None:
    """Type and span of every hit, under headers with and without cues."""
    seen: set[str] = set()
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        for differences, found in pool.map(_compared, range(TEXTS // AT_ONCE)):
            assert differences == []
            seen |= found
    assert seen == set(BY_NAME)


@pytest.mark.parametrize("header", ["", "住院号"])
def test_sieved_rules_are_the_rules(header: str) -> None:
    """What makes a million texts affordable takes nothing away."""
    rules = Rules()
    given = texts(7, 3_000)
    one_by_one = {
        (n, found.start, found.end, found.entity)
        for n, text in enumerate(given)
        for found in rules.find(text, header)
    }
    assert SievedRules(rules).find(given, header) == one_by_one
