"""What is wrong with a contract, as a value: where it stands, what it is and what would help."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from weir.errors import ContractError

_SHOWN = 60
_PLAIN = re.compile(r"[\w<$-]+…?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One finding in one contract file.

    `path` is the place inside the document, part by part; `line` counts from 1 and is 0 where the
    finding concerns no line.
    """

    code: str
    what: str
    path: tuple[str | int, ...] = ()
    file: str = ""
    line: int = 0
    article: str = ""
    remedy: str = ""

    def error(self, others: Sequence[Problem] = (), **where: str | int) -> ContractError:
        """This problem as an error; the codes of `others` are named in its text."""
        what = self.what
        if others:
            what += "; also " + ", ".join(sorted({problem.code for problem in others}))
        place: dict[str, str | int] = {
            "file": self.file,
            "line": self.line,
            "path": path_text(self.path),
        }
        return ContractError(
            self.code,
            what,
            where={**where, **{key: value for key, value in place.items() if value}},
            article=self.article,
            remedy=self.remedy,
        )


class ProblemError(ContractError):
    """A problem that ends the reading of a file; `problem` holds it as a value."""

    def __init__(self, problem: Problem) -> None:
        error = problem.error()
        super().__init__(
            error.code,
            error.what,
            where=error.where,
            article=error.article,
            remedy=error.remedy,
        )
        self.problem = problem

    def __reduce__(self) -> tuple[object, ...]:
        return (ProblemError, (self.problem,))


def refuse(problems: Sequence[Problem], **where: str | int) -> None:
    """Raise `ContractError` for the first problem, if there is any."""
    if problems:
        raise problems[0].error(problems[1:], **where)


def path_text(path: Sequence[str | int]) -> str:
    """`("inputs", 0, "fields")` as `inputs[0].fields`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{key_text(part)}"
    return text.removeprefix(".")


def key_text(key: str) -> str:
    """A key of a file as it may stand in a message: one line, not endless."""
    short = key if len(key) <= _SHOWN else key[:_SHOWN] + "…"
    return short if _PLAIN.fullmatch(short) else repr(short)
