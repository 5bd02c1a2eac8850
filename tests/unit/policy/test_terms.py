"""Terms by the calendar in Asia/Shanghai, at their edges."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from fakes.sample_contracts import Data, sample_bundle
from weir.clock import SHANGHAI
from weir.contracts.agreement import OperationAgreement
from weir.contracts.policy_pack import PolicyPack
from weir.policy.terms import (
    Phase,
    agreement_phase,
    pack_phase,
)


def agreement(starts_on: str = "2026-03-01", ends_on: str = "2028-02-29") -> OperationAgreement:
    def edit(data: Data) -> None:
        data["operation_agreement"].update(starts_on=starts_on, ends_on=ends_on)

    return sample_bundle(edit).operation_agreement


def pack(until: str | None = "2026-02-01") -> PolicyPack:
    def edit(data: Data) -> None:
        data["policy"].update(effective_from="2024-02-01", effective_until=until)

    return sample_bundle(edit).policy


def shanghai(year: int, month: int, day: int, hour: int = 12, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)


def test_an_agreement_is_in_force_on_both_its_end_days() -> None:
    """From midnight to midnight in Shanghai."""
    term = agreement()
    first, last = shanghai(2026, 3, 1, 0), shanghai(2028, 3, 1, 0)
    moment = timedelta(microseconds=1)
    assert agreement_phase(term, first - moment) is Phase.NOT_STARTED
    assert agreement_phase(term, first) is Phase.IN_FORCE
    assert agreement_phase(term, last - moment) is Phase.IN_FORCE
    assert agreement_phase(term, last) is Phase.ENDED


def test_the_zone_of_an_instant_does_not_matter() -> None:
    """Sixteen o'clock UTC is the next day in Shanghai."""
    assert agreement_phase(agreement(), datetime(2026, 2, 28, 16, tzinfo=UTC)) is Phase.IN_FORCE
    assert (
        agreement_phase(agreement(), datetime(2026, 2, 28, 15, 59, tzinfo=UTC)) is Phase.NOT_STARTED
    )


def test_a_pack_lapses_at_the_start_of_its_last_date() -> None:
    """`effective_until` is the first day out of force."""
    assert pack_phase(pack(), shanghai(2024, 1, 31, 23, 59)) is Phase.NOT_STARTED
    assert pack_phase(pack(), shanghai(2024, 2, 1, 0)) is Phase.IN_FORCE
    assert pack_phase(pack(), shanghai(2026, 1, 31, 23, 59)) is Phase.IN_FORCE
    assert pack_phase(pack(), shanghai(2026, 2, 1, 0)) is Phase.ENDED


def test_a_pack_without_an_end_does_not_lapse() -> None:
    """A successor may be open-ended."""
    assert pack_phase(pack(None), shanghai(2124, 1, 1)) is Phase.IN_FORCE
