"""A refusal as one line: its class and the parts of it named in Chinese first."""

from __future__ import annotations

import unicodedata

from weir.errors import (
    ContractError,
    ExpiredError,
    SuspendedError,
    UnavailableError,
    WeirError,
)

_CLASSES: tuple[tuple[type[WeirError], str], ...] = (
    (UnavailableError, "暂不可用 unavailable"),
    (ContractError, "输入有误 wrong input"),
    (SuspendedError, "已暂停 suspended"),
    (ExpiredError, "已到期 expired"),
)
_OTHERWISE = "拒绝 refused"


def refusal_line(error: WeirError) -> str:
    """What kind of no it is, why, by which article, and what would help."""
    kind = next((words for one, words in _CLASSES if isinstance(error, one)), _OTHERWISE)
    where = ", ".join(f"{key}={_line(value)}" for key, value in error.where.items())
    why = f"{error.code}: {error.what}" + (f" ({where})" if where else "")
    parts = [kind, f"原因 why: {why}"]
    if error.article:
        parts.append(f"依据 article: {error.article}")
    if error.remedy:
        parts.append(f"办法 remedy: {error.remedy}")
    return " | ".join(parts)


def _line(value: str | int) -> str:
    """What was found somewhere, such as a file's name, without characters that move the cursor."""
    return "".join(c if unicodedata.category(c)[0] != "C" else "?" for c in str(value))
