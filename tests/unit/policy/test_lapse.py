"""What is said of a policy pack whose term is over."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from fakes.sample_contracts import Data, sample_bundle
from weir.clock import SHANGHAI
from weir.contracts.packs import pack_in_force
from weir.contracts.policy_pack import PolicyPack
from weir.policy.lapse import lapse_of, lapses
from weir.settings import ROOT

MIDNIGHT = datetime(2026, 2, 1, tzinfo=SHANGHAI)
SEED = pack_in_force(ROOT / "policy", MIDNIGHT)


def pack(name: str, until: str | None) -> PolicyPack:
    def edit(data: Data) -> None:
        data["policy"].update(pack=name, effective_from="2024-02-01", effective_until=until)

    return sample_bundle(edit).policy


def test_the_seed_pack_lapses_at_midnight_in_shanghai() -> None:
    """Not a moment before 2026-02-01 there, which is 16:00 UTC of the day before (第二十四条)."""
    assert lapse_of(SEED, MIDNIGHT - timedelta(microseconds=1)) is None
    lapse = lapse_of(SEED, MIDNIGHT)
    assert lapse is not None
    assert (lapse.pack, lapse.since) == ("suining-2024", date(2026, 2, 1))


def test_both_languages_name_the_pack_and_its_day() -> None:
    """Whoever reads either half knows what has lapsed and since when."""
    lapse = lapse_of(SEED, MIDNIGHT)
    assert lapse is not None
    for text in (lapse.zh, lapse.en):
        assert "suining-2024" in text
        assert "2026-02-01" in text
    assert "LAPSED" in lapse.text
    assert "\n" not in lapse.text


def test_a_pack_that_is_in_force_or_to_come_says_nothing() -> None:
    """Neither an open-ended pack nor one before its first day has lapsed."""
    assert lapse_of(pack("endless", None), MIDNIGHT) is None
    assert lapse_of(SEED, datetime(2024, 1, 1, tzinfo=SHANGHAI)) is None


def test_several_packs_are_each_named_once() -> None:
    """Many contracts name one pack."""
    found = lapses([pack("b", "2026-01-01"), SEED, SEED, pack("a", None)], MIDNIGHT)
    assert [one.pack for one in found] == ["b", "suining-2024"]
