"""The bureau's formal notice that an agreement ends before its last day (第十五条)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from pydantic import AwareDatetime, ConfigDict

from weir.crypto.dsse import Envelope
from weir.crypto.sm2 import SigningKey, VerifyingKey
from weir.policy.statement import open_statement, sign_statement

PAYLOAD_TYPE = "application/vnd.weir.termination.v1+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Termination:
    """One agreement's end. `grounds` and `article` are what 第十五条 asks to be given, `notice` is
    the formal notice itself; nothing rests on the agreement from `effective_at` on."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    termination_id: str
    kind: Literal["operation", "use"]
    agreement: str
    grounds: str
    article: str
    notice: str
    issued_at: AwareDatetime
    effective_at: AwareDatetime


def sign_termination(termination: Termination, key: SigningKey) -> Envelope:
    return sign_statement(termination, PAYLOAD_TYPE, key)


def open_termination(envelope: Envelope, key: VerifyingKey) -> Termination:
    """The termination, once the bureau's `key` has signed it; else `IntegrityError`."""
    return open_statement(Termination, envelope, PAYLOAD_TYPE, key)


def ends(terminations: Iterable[Termination], agreements: Iterable[str]) -> datetime | None:
    """The first instant at which one of `agreements` is terminated, if any is."""
    named = set(agreements)
    return min((one.effective_at for one in terminations if one.agreement in named), default=None)
