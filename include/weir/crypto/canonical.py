"""One byte form per JSON value, so that equal values have equal digests and signatures."""

from __future__ import annotations

import json
from collections.abc import Iterable

from weir.errors import ContractError

_MAX_DEPTH = 64


def canonical_json(value: object) -> bytes:
    """`value` as UTF-8 JSON: keys sorted by code point, no whitespace, nothing escaped needlessly.

    Takes str, int, bool, None, list and dict with str keys. Anything else (a float above all, whose
    text differs between languages) raises `ContractError` with code `not_canonical`, and so do
    text that is no valid Unicode and nesting deeper than 64.
    """
    _check(value, 0)
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise _refusal("text holds a lone surrogate") from error


def _check(value: object, depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise _refusal(f"nested deeper than {_MAX_DEPTH}")
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise _refusal(f"a key of type {type(key).__name__}")
        held: Iterable[object] = value.values()
    elif isinstance(value, list):
        held = value
    elif value is None or isinstance(value, str | int):
        return
    else:
        raise _refusal(f"a value of type {type(value).__name__}")
    # Most of what is held is text: a call for each would take longer than the writing.
    for item in held:
        if type(item) is not str:
            _check(item, depth + 1)


def _refusal(what: str) -> ContractError:
    return ContractError(
        "not_canonical",
        f"canonical JSON cannot hold this: {what}",
        remedy="write numbers with a fraction as integers of a smaller unit, or as text",
    )
