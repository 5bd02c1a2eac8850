"""Contract files read with suspicion: only regular files, small and in UTF-8."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import NoReturn

from weir.contracts.problem import Problem, ProblemError

MAX_BYTES = 512 * 1024


def read_contract_text(path: Path, file: str) -> str:
    """The text of `path`, which errors call `file`.

    Raises `ProblemError`: `file_missing`, `file_not_regular` (a link, folder, pipe or device),
    `file_too_large`, `file_not_utf8`, `file_unreadable`.
    """
    try:
        # O_NONBLOCK: a pipe in the place of a contract must not stop the reader
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        _refuse("file_missing", "there is no such file", file, remedy="write it")
    except OSError:
        if path.is_symlink():
            _not_regular(file)
        _refuse("file_unreadable", "it cannot be opened", file, remedy="check its permissions")
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        _not_regular(file)
    with os.fdopen(handle, "rb") as stream:
        data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        _refuse(
            "file_too_large",
            f"it is larger than {MAX_BYTES} bytes",
            file,
            remedy="a contract needs a few thousand bytes; split it",
        )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        _refuse(
            "file_not_utf8",
            f"byte {error.start + 1} is not UTF-8",
            file,
            line=data.count(b"\n", 0, error.start) + 1,
            remedy="save the file as UTF-8",
        )


def _not_regular(file: str) -> NoReturn:
    _refuse(
        "file_not_regular",
        "it is a link, a folder, a pipe or a device",
        file,
        remedy="put the contract itself in its place",
    )


def _refuse(code: str, what: str, file: str, *, line: int = 0, remedy: str) -> NoReturn:
    raise ProblemError(Problem(code=code, what=what, file=file, line=line, remedy=remedy))
