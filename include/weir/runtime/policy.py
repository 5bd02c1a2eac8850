"""What people ask of the policy: the pack of a day, old verdicts given again, notices to come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from weir.clock import SHANGHAI, SystemClock, civil_date
from weir.contracts.calendar import end_of
from weir.contracts.loader import ContractFiles
from weir.contracts.packs import pack_in_force, packs_named
from weir.contracts.policy_pack import PolicyPack
from weir.errors import ContractError
from weir.policy.notices import Notice, notices_due
from weir.policy.replay import Change, Replayed, pack_changes, replay
from weir.runtime.adapters import bureau_client, bureau_key, release_desk, settings

if TYPE_CHECKING:
    from weir.bureau.notices import NoticeView


def today() -> date:
    """The date in Asia/Shanghai."""
    return civil_date(SystemClock().now())


def midnight(day: date) -> datetime:
    """The instant at which `day` begins in Asia/Shanghai."""
    return datetime.combine(day, time(), SHANGHAI)


def pack_of(day: date) -> PolicyPack:
    """The pack that speaks on `day`."""
    return pack_in_force(settings().policy_dir, midnight(day))


def pack_named(name: str) -> PolicyPack:
    """The pack of that name, in force or not."""
    folder = settings().policy_dir
    return ContractFiles(folder, folder, folder).policy(name).require()


def changes_from(day: date, other: PolicyPack) -> tuple[Change, ...]:
    """What `other` states differently from the pack of `day`."""
    return tuple(pack_changes(pack_of(day), other))


def replayed(first: date, last: date, pack: PolicyPack | None) -> Iterator[Replayed]:
    """Each verdict that the gate took from `first` to the end of `last`, given again here.

    Needs a token of the operator's for the gate and the bureau's pinned key: the gate's word is
    only taken for what it was asked and what it answered.
    """
    from weir.gate.verdict_page import questions

    if last < first:
        raise ContractError(
            "period_reversed",
            "the period ends before it begins",
            where={"from": first.isoformat(), "until": last.isoformat()},
            remedy="give --until a day that is not before --as-of",
        )
    key = bureau_key()
    for page in release_desk().verdicts(midnight(first), end_of(last, "until")):
        for kept, question, digest in questions(page, key):
            yield replay(kept, question, digest=digest, bureau_key=key, pack=pack)


def calendar(day: date, days: int) -> tuple[Notice, ...]:
    """The notices that are due on `day` or within `days` after it, by the contract files here."""
    told = settings()
    return notices_due(
        ContractFiles(told.contracts_dir, told.policy_dir, told.expectations_dir).agreements(),
        packs_named(told.contracts_dir, told.policy_dir),
        pack=pack_of(day),
        on=day,
        days=days,
    )


def standing_notices() -> tuple[NoticeView, ...]:
    """What stands of the notices, as the bureau holds them: its own, and what it was sent of the
    gate's."""
    with bureau_client(settings()) as bureau:
        return bureau.notices()
