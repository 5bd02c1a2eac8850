"""A successor of the lapsed pack: who names it needs no acknowledgement."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fakes.sample_statements import BUREAU, agreed
from fakes.successor_pack import SUCCESSOR, with_successor
from weir.clock import SHANGHAI
from weir.contracts.check import check_all
from weir.contracts.compile import compile_plan
from weir.contracts.loader import load_bundle
from weir.contracts.packs import pack_in_force, packs_named
from weir.contracts.plan import Plan
from weir.errors import ContractError, ExpiredError
from weir.policy.lapse import lapses
from weir.policy.standing import Standing, check_may_run

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path, Path]:
    return with_successor(tmp_path)


def authorise(plan: Plan, *, acknowledge: bool, as_of: datetime = NOW) -> bool:
    """Whether leave was given under a lapsed pack."""
    decision = agreed(
        plan,
        decided_at=datetime(2026, 3, 2, tzinfo=UTC),
        valid_until=datetime(2028, 2, 1, tzinfo=UTC),
    )
    leave = check_may_run(
        plan,
        Standing(decision=decision),
        bureau_key=BUREAU.public,
        as_of=as_of,
        acknowledge_lapsed=acknowledge,
    )
    return leave.policy_lapsed


def test_contracts_with_two_packs_are_in_order(folders: tuple[Path, Path, Path]) -> None:
    """A second pack is a file, and nothing else has to change."""
    assert check_all(*folders) == ()


def test_under_a_successor_nothing_has_to_be_acknowledged(
    folders: tuple[Path, Path, Path],
) -> None:
    """The contract that names it runs, and its leave does not say lapsed."""
    plan = compile_plan(load_bundle("sme-credit", *folders))
    assert plan.policy.pack == SUCCESSOR
    assert authorise(plan, acknowledge=False) is False


def test_a_contract_that_names_the_lapsed_pack_still_needs_it(
    folders: tuple[Path, Path, Path],
) -> None:
    """A successor on file helps nobody who does not name it (第二十四条)."""
    plan = compile_plan(load_bundle("water-open", *folders))
    with pytest.raises(ExpiredError) as refusal:
        authorise(plan, acknowledge=False)
    assert (refusal.value.code, refusal.value.article) == ("policy_lapsed", "第二十四条")
    assert authorise(plan, acknowledge=True) is True


def test_naming_another_pack_is_another_contract(folders: tuple[Path, Path, Path]) -> None:
    """The bureau decides on the pack too: its numbers are part of the digest."""
    bundle = load_bundle("sme-credit", *folders)
    seed = pack_in_force(folders[1], datetime(2025, 1, 1, tzinfo=UTC))
    under_seed = compile_plan(replace(bundle, policy=seed))
    assert under_seed.contract_digest != compile_plan(bundle).contract_digest


@pytest.mark.parametrize(
    ("boundary", "before", "after"),
    [
        (datetime(2024, 2, 1, tzinfo=SHANGHAI), None, "suining-2024"),
        (datetime(2026, 2, 1, tzinfo=SHANGHAI), "suining-2024", SUCCESSOR),
        (datetime(2028, 2, 1, tzinfo=SHANGHAI), SUCCESSOR, SUCCESSOR),
    ],
)
def test_packs_take_turns_at_midnight_in_shanghai(
    folders: tuple[Path, Path, Path], boundary: datetime, before: str | None, after: str
) -> None:
    """Before the first there is none; the last one goes on speaking, lapsed."""
    if before is None:
        with pytest.raises(ContractError) as refusal:
            pack_in_force(folders[1], boundary - MOMENT)
        assert refusal.value.code == "policy_missing"
    else:
        assert pack_in_force(folders[1], boundary - MOMENT).pack == before
    assert pack_in_force(folders[1], boundary).pack == after


def test_only_the_packs_that_contracts_name_are_said_to_have_lapsed(
    folders: tuple[Path, Path, Path],
) -> None:
    """The seed pack is still named by others; the successor lapses in its own time."""
    contracts, policy, _ = folders
    named = list(packs_named(contracts, policy))
    assert [one.pack for one in named] == [SUCCESSOR, "suining-2024"]
    assert [one.pack for one in lapses(named, NOW)] == ["suining-2024"]
    assert len(lapses(named, datetime(2028, 2, 1, tzinfo=SHANGHAI))) == 2


def test_a_contract_that_cannot_be_read_hides_no_pack(folders: tuple[Path, Path, Path]) -> None:
    """A broken scenario is told of elsewhere; the others' packs are still named."""
    contracts, policy, _ = folders
    (contracts / "scenarios" / "sme-credit.yaml").write_text("scenario: [", "utf-8")
    assert [one.pack for one in packs_named(contracts, policy)] == ["suining-2024"]
