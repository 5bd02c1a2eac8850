"""Masking rules as a contract states them. `weir.masking` carries them out."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from weir.contracts.dataset import Contract, FieldType


class Keep(Contract):
    """The value as it is."""

    method: Literal["keep"]


class Drop(Contract):
    """The field is pulled for a check, a join or a filter, and never leaves."""

    method: Literal["drop"]


class Redact(Contract):
    """Every identifier found inside a text is replaced by the name of its type: `<CN_MOBILE>`."""

    method: Literal["redact"]


class Partial(Contract):
    """The first and last characters stay, the middle becomes `*` of the same length.

    A value of which that would hide fewer than four letters and digits, or less than a third of
    them, becomes `*` throughout.
    """

    method: Literal["partial"]
    head: int = Field(default=3, ge=0, le=10)
    tail: int = Field(default=4, ge=0, le=10)


class Surname(Contract):
    """The family name (compound ones included) and `某`."""

    method: Literal["surname"]


class Token(Contract):
    """Deterministic SM4 token, reversible by the holder of the scenario's key."""

    method: Literal["token"]


class Pseudonym(Contract):
    """Deterministic HMAC-SM3 pseudonym, irreversible."""

    method: Literal["pseudonym"]


class TruncateDate(Contract):
    """A date or timestamp cut to the first day of its month, quarter, year or decade."""

    method: Literal["truncate_date"]
    to: Literal["month", "quarter", "year", "decade"]


class Bin(Contract):
    """A number as the half-open interval that holds it: `[20,30)`. Edges ascend."""

    method: Literal["bin"]
    edges: tuple[float, ...] = Field(min_length=2, max_length=200)

    @model_validator(mode="after")
    def _edges_ascend(self) -> Bin:
        if any(b <= a for a, b in zip(self.edges, self.edges[1:], strict=False)):
            raise PydanticCustomError("edges_order", "edges must ascend strictly")
        return self


class Region(Contract):
    """A GB/T 2260 code cut to its province (2), city (4) or county (6) digits."""

    method: Literal["region"]
    to: Literal["province", "city", "county"]


Mask = Annotated[
    Keep | Drop | Redact | Partial | Surname | Token | Pseudonym | TruncateDate | Bin | Region,
    Field(discriminator="method"),
]

ACCEPTS: dict[str, frozenset[FieldType]] = {
    "keep": frozenset(FieldType),
    "drop": frozenset(FieldType),
    "redact": frozenset({FieldType.STRING}),
    "partial": frozenset({FieldType.STRING}),
    "surname": frozenset({FieldType.STRING}),
    "token": frozenset({FieldType.STRING, FieldType.INTEGER}),
    "pseudonym": frozenset({FieldType.STRING, FieldType.INTEGER}),
    "truncate_date": frozenset({FieldType.DATE, FieldType.TIMESTAMP}),
    "bin": frozenset({FieldType.INTEGER, FieldType.DECIMAL}),
    "region": frozenset({FieldType.STRING}),
}
"""Field types that each method takes; any other is a contract error."""


def output_type(mask: Mask, source: FieldType) -> FieldType:
    """The type that `mask` gives for a field of type `source`."""
    match mask:
        case Keep() | Drop():
            return source
        case TruncateDate():
            return FieldType.DATE
        case _:
            return FieldType.STRING
