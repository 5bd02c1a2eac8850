"""Bureau, gate and command line together: decided, edited, decided again, taken back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bureau_server import BureauServer
from fakes.gate_city import GateCity
from fakes.small_city import LIBRARY
from weir.contracts.loader import load_bundle
from weir.errors import RefusedError
from weir.policy.decision import decision_digest, open_decision
from weir.policy.standing import may_run


def reasons(gate: GateCity) -> list[str]:
    """Why the scenario may not run now, by what the gate holds."""
    plan = gate.city.plan()
    verdict = may_run(
        plan,
        gate.standings.standing(LIBRARY, plan.contract_digest),
        bureau_key=gate.city.bureau.public,
        as_of=gate.clock.now(),
        acknowledge_lapsed=False,
    )
    return [one.code for one in verdict.reasons]


def test_a_contract_runs_from_its_decision_until_it_is_edited_or_taken_back(
    gate: GateCity, bureau: BureauServer, weir: Callable[..., str]
) -> None:
    """Each decision by a demand of its own; the gate hears of it by the same command."""
    assert reasons(gate) == ["decision_missing"]
    first = bureau.pursue(load_bundle(LIBRARY, *gate.city.folders))
    assert weir("decide", LIBRARY, "--reason", "符合").splitlines()[-1].split() == [
        first,
        gate.city.plan().contract_digest,
    ]
    assert reasons(gate) == []
    with gate.city.edited(LIBRARY, title="客流统计（新版）"):
        assert reasons(gate) == ["decision_for_other_digest"]
        assert "客流统计（新版）" in weir("contracts", "diff", LIBRARY)
        with pytest.raises(RefusedError, match="demand_missing"):
            weir("decide", LIBRARY)
        bureau.pursue(load_bundle(LIBRARY, *gate.city.folders))
        weir("decide", LIBRARY)
        assert reasons(gate) == []
        notice = ("--ground", "用途已变", "--article", "第十五条", "--notice", "数管函2026-12")
        weir("revoke", LIBRARY, *notice)
        assert reasons(gate) == ["decision_revoked"]
        told = weir("contracts", "diff", LIBRARY)
        assert "内容未变 nothing changed" in told
        assert "决定已撤销" in told
        with pytest.raises(RefusedError, match="decision_revoked"):
            weir("revoke", LIBRARY, *notice)
        bureau.pursue(load_bundle(LIBRARY, *gate.city.folders))
        weir("decide", LIBRARY)
        assert reasons(gate) == []
    # What was taken back is the scenario: its older contract does not run again either.
    assert reasons(gate) == ["decision_revoked"]
    bureau.pursue(load_bundle(LIBRARY, *gate.city.folders))
    weir("decide", LIBRARY)
    assert reasons(gate) == []


def test_what_the_gate_was_not_told_it_learns_by_registering(
    gate: GateCity, bureau: BureauServer, weir: Callable[..., str]
) -> None:
    """A decision and its revocation that were signed while the gate was away."""
    bundle = load_bundle(LIBRARY, *gate.city.folders)
    decision = bureau.decide(bundle)
    assert reasons(gate) == ["decision_missing"]
    weir("register", LIBRARY)
    assert reasons(gate) == []
    digest = decision_digest(open_decision(decision, gate.city.bureau.public))
    with bureau.client() as client:
        client.revoke(LIBRARY, digest, ground="用途已变", article="第十五条", notice="函1")
    weir("register", LIBRARY)
    weir("register", LIBRARY)
    assert reasons(gate) == ["decision_revoked"]
