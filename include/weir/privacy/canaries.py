"""Canaries: planted subjects that must never surface, looked for by the very text of their values.

A rule finds what looks like an identifier; a canary is found whatever it looks like, a name or an
address as well. Whoever knows the values could keep out of their way: they are the gate's secret.
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass, field
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

from weir.crypto.canonical import canonical_json
from weir.crypto.sm3 import sm3_hex
from weir.errors import ContractError

LEAST_CHARACTERS = 3


@dataclass(frozen=True, kw_only=True)
class Canaries:
    """The values, in the normal form (NFKC) in which they are looked for; never shown."""

    values: tuple[str, ...] = field(default=(), repr=False)

    @classmethod
    def read(cls, told: str) -> Canaries:
        """The canaries of a JSON list of texts; none for an empty one.

        `ContractError` (code `canaries_malformed`) for anything else, and for a value so short that
        it would be found everywhere.
        """
        try:
            found = json.loads(told) if told else []
        except (ValueError, RecursionError):
            raise _malformed() from None
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            raise _malformed()
        values = sorted({unicodedata.normalize("NFKC", one).strip() for one in found})
        if any(len(one) < LEAST_CHARACTERS for one in values):
            raise _malformed()
        return cls(values=tuple(values))

    @cached_property
    def sm3(self) -> str:
        """Which list it is; tells nothing of what stands in it."""
        return sm3_hex(canonical_json(list(self.values)))

    @cached_property
    def _pattern(self) -> str:
        return "|".join(map(re.escape, self.values))

    def cells_in(self, batch: pa.RecordBatch) -> int:
        """How many cells of `batch` hold a canary, in whole or within a longer text."""
        if not self.values:
            return 0
        return sum(self._cells(column) for column in batch.columns)

    @cached_property
    def _suspect(self) -> str:
        """Cells without a match hold no canary, in whatever form: cheap enough for every cell."""
        plain = all(one.isalnum() for one in self.values)
        return f"{self._pattern}|[{_WIDE_ALNUM if plain else _WIDE}{_MATHEMATICAL}]"

    def _cells(self, column: pa.Array) -> int:
        if pa.types.is_dictionary(column.type):
            if not self._cells(column.dictionary):
                return 0
            column = column.dictionary_decode()
        if pa.types.is_integer(column.type) or pa.types.is_decimal(column.type):
            column = column.cast(pa.string())
        if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
            return 0
        suspect = column.filter(pc.match_substring_regex(column, pattern=self._suspect))
        normal = pc.utf8_normalize(suspect, form="NFKC")
        held = pc.match_substring_regex(normal, pattern=self._pattern)
        return int(pc.sum(held).as_py() or 0)


_WIDE_ALNUM, _WIDE, _MATHEMATICAL = "０-９Ａ-Ｚａ-ｚ", "\uff01-\uff5e", "\U0001d400-\U0001d7ff"
"""Other forms of letters, digits and signs, as classes of characters."""


def _malformed() -> ContractError:
    return ContractError(
        "canaries_malformed",
        f"the canaries are no JSON list of texts of at least {LEAST_CHARACTERS} characters",
        article="第十九条",
        remedy='write WEIR_CANARIES as ["…", "…"]',
    )
