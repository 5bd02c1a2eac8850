"""A policy pack whose term is over says so, in the same words everywhere (第二十四条)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from weir.contracts.policy_pack import PolicyPack
from weir.policy.terms import Phase, pack_phase


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapse:
    """That `pack` is out of force since `since`, the first day on which it no longer holds."""

    pack: str
    since: date

    @property
    def zh(self) -> str:
        return f"政策参数包 {self.pack} 已于 {self.since} 到期失效（第二十四条）"

    @property
    def en(self) -> str:
        return f"LAPSED: policy pack {self.pack} is out of force since {self.since}"

    @property
    def text(self) -> str:
        return f"{self.zh} {self.en}"


def lapse_of(pack: PolicyPack, as_of: datetime) -> Lapse | None:
    """What has to be said of `pack` at `as_of`; None while it is in force, and before."""
    if pack.effective_until is None or pack_phase(pack, as_of) is not Phase.ENDED:
        return None
    return Lapse(pack=pack.pack, since=pack.effective_until)


def lapses(packs: Iterable[PolicyPack], as_of: datetime) -> tuple[Lapse, ...]:
    """What has to be said of several packs: each is named once, in the order of names."""
    found = {pack.pack: lapse_of(pack, as_of) for pack in packs}
    return tuple(lapse for _, lapse in sorted(found.items()) if lapse is not None)
