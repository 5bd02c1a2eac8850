"""JSON from outside, read by the letter of RFC 8259."""

from __future__ import annotations

import json
import math
from typing import Any

from weir.errors import IntegrityError


def read_json(data: bytes) -> Any:
    """The value of `data`.

    `IntegrityError` (code `json_malformed`) for what is no JSON in UTF-8, for NaN and infinities,
    repeated keys, lone surrogates, NUL characters and nesting beyond what can be read.
    """
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_distinct,
            parse_constant=_refuse,
            parse_float=_finite,
        )
        # Written out, a text cannot hold a lone surrogate or a NUL.
        if b"\\u" in data:
            _check_text(json.dumps(value, ensure_ascii=False).encode("utf-8"))
    except (ValueError, RecursionError):
        raise _malformed("not JSON in UTF-8") from None
    return value


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key stands twice")
    return value


def _check_text(written: bytes) -> None:
    if b"\\u0000" in written.replace(b"\\\\", b""):
        raise _malformed("a text holds a NUL character")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def _malformed(what: str) -> IntegrityError:
    return IntegrityError(
        "json_malformed",
        f"the body cannot be read: {what}",
        remedy="send one JSON value by RFC 8259, in UTF-8, each key once",
    )
