"""A refusal as one line, named in Chinese first; and output that cannot be written."""

from __future__ import annotations

import errno
import os
import sys
import unicodedata

import typer

from weir.errors import (
    ContractError,
    ExpiredError,
    SuspendedError,
    UnavailableError,
    WeirError,
)

_OUTPUT_LOST = {errno.ENOSPC, errno.EIO, errno.EFBIG, errno.EDQUOT}

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


def output_lost(error: OSError) -> bool:
    """Whether `error` is of the standard output, such as a full disk under it; a line has told so
    then, and nothing more is written."""
    if error.filename is not None or error.errno not in _OUTPUT_LOST:
        return False
    # What is left in the buffer would be tried again at the end.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    typer.echo(f"output_lost: the output cannot be written: {os.strerror(error.errno)}", err=True)
    return True
