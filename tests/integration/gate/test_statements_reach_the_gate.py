"""What the bureau signed reaches the gate: at once, upon repeating, or by the upkeep DAG."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from typer.testing import CliRunner

from bureau_server import BureauServer
from fakes.gate_city import OFFICER, GateCity
from fakes.people import account_id, secret_of
from fakes.small_city import LIBRARY, RESERVED
from weir.cli.app import app
from weir.contracts.loader import load_bundle
from weir.errors import GateUnavailableError, IntegrityError, RefusedError
from weir.evidence.actions import Action
from weir.evidence.audit import Initiator, Legal, Target, new_record, to_bytes
from weir.model import Role
from weir.policy.order import open_order, suspensions_in_force
from weir.runtime import adapters, releases
from weir.runtime.statements import hear, register_all

SUSPEND = ("suspend", "scenario", LIBRARY, "--ground", "检查")


@pytest.fixture
def away(weir: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """The gate does not answer until what this gives is called."""
    del weir  # its settings have to be there first
    at = adapters.settings().gate_url
    monkeypatch.setenv("WEIR_GATE_URL", "http://127.0.0.1:9")
    adapters.settings.cache_clear()

    def back() -> None:
        monkeypatch.setenv("WEIR_GATE_URL", at)
        adapters.settings.cache_clear()

    return back


def stopped(gate: GateCity) -> list[str]:
    return [one.scope for one in suspensions_in_force(gate.standings.orders(), gate.clock.now())]


def signed(bureau: BureauServer) -> list[tuple[str, str]]:
    with bureau.client() as client:
        orders = [open_order(one, bureau.key.public) for one in client.orders()]
    return [(one.action, one.scope) for one in orders]


def unknown_to_the_gate(bureau: BureauServer, release: str) -> None:
    """An order over a release that the bureau was told of, and the gate has lost."""
    published = new_record(
        bureau.clock,
        Action.RELEASE_PUBLISHED,
        initiator=Initiator(type="service", id="weir-gate", role="gate"),
        target=Target(kind="release", name=LIBRARY, version=release),
        service="gate",
        legal=Legal(scenario=LIBRARY),
    )
    with bureau.receiver() as receiver:
        receiver.receive("audit", [to_bytes(published)])
    with bureau.client() as client:
        client.order("delist", "release", release, ground="检查")


@pytest.mark.article("第十六条")
def test_a_suspension_signed_while_the_gate_is_down_is_sent_by_repeating(
    gate: GateCity, bureau: BureauServer, weir: Callable[..., str], away: Callable[[], None]
) -> None:
    """The message says where it stands; once the gate has it, a further one is refused."""
    bureau.decide(load_bundle(LIBRARY, *gate.city.folders))
    with pytest.raises(GateUnavailableError) as unsent:
        weir(*SUSPEND)
    assert unsent.value.code == "not_yet_at_gate"
    assert "signed at the bureau" in unsent.value.what
    assert "repeat the command" in unsent.value.remedy
    with pytest.raises(GateUnavailableError):
        weir(*SUSPEND)
    assert stopped(gate) == []
    away()
    assert "已暂停" in weir(*SUSPEND)
    assert stopped(gate) == [LIBRARY]
    with pytest.raises(RefusedError, match="already_suspended"):
        weir(*SUSPEND)
    assert signed(bureau) == [("suspend", LIBRARY)]


def test_a_revocation_signed_while_the_gate_is_down_is_sent_by_repeating(
    gate: GateCity, bureau: BureauServer, weir: Callable[..., str], away: Callable[[], None]
) -> None:
    """And refused, as before, once the gate has it."""
    bureau.decide(load_bundle(LIBRARY, *gate.city.folders))
    typed = ("revoke", LIBRARY, "--ground", "变更", "--article", "第十五条", "--notice", "函1")
    with pytest.raises(GateUnavailableError, match="not_yet_at_gate"):
        weir(*typed)
    away()
    assert weir(*typed).splitlines()[-1] == f"已撤销 revoked: {LIBRARY}"
    with pytest.raises(RefusedError, match="decision_revoked"):
        weir(*typed)
    assert len(gate.standings.revocations(LIBRARY)) == 1


def test_a_termination_signed_while_the_gate_is_down_is_sent_by_repeating(
    gate: GateCity, bureau: BureauServer, weir: Callable[..., str], away: Callable[[], None]
) -> None:
    """And refused, as before, once the gate has it."""
    bundle = load_bundle(LIBRARY, *gate.city.folders)
    bureau.decide(bundle)
    name = bundle.use_agreement.agreement
    ground = ("--grounds", "违约", "--article", "第十五条", "--notice", "函2")
    typed = ("agreement", "terminate", name, *ground)
    with pytest.raises(GateUnavailableError, match="not_yet_at_gate"):
        weir(*typed)
    away()
    assert "terminated" in weir(*typed)
    assert [one.agreement for one in gate.standings.terminations()] == [name]
    with pytest.raises(RefusedError):
        weir(*typed)


def test_an_order_to_delist_is_signed_once_however_often_it_is_asked(
    gate: GateCity, bureau: BureauServer, weir: Callable[..., str], away: Callable[[], None]
) -> None:
    """What was signed while the gate was down is handed over as it stands."""
    gate.decide()
    release = gate.publish(run_id="r-1").release_id
    published = [one for one in gate.records() if one.action == "release.published"]
    with bureau.receiver() as receiver:
        receiver.receive("audit", [to_bytes(one) for one in published])
    typed = ("release", "order-delisting", release, "--ground", "逾期未整改")
    with pytest.raises(GateUnavailableError, match="not_yet_at_gate"):
        weir(*typed)
    away()
    assert release in weir(*typed)
    assert [one.scope for one in gate.standings.orders()] == [release]
    assert signed(bureau) == [("delist", release)]


@pytest.mark.article("第十六条")
@pytest.mark.usefixtures("weir")
def test_a_run_hears_the_bureau_before_it_asks_for_a_release(
    gate: GateCity, bureau: BureauServer
) -> None:
    """What was signed while the gate was down counts; a bureau that is down is not waited for."""
    bureau.decide(load_bundle(LIBRARY, *gate.city.folders))
    with bureau.client() as client:
        client.order("suspend", "scenario", LIBRARY, ground="检查")
    hear(LIBRARY)
    assert stopped(gate) == [LIBRARY]
    bureau.stop()
    hear(LIBRARY)


@pytest.mark.article("第十六条")
@pytest.mark.usefixtures("weir")
def test_an_approval_hears_the_bureau_first(
    gate: GateCity, bureau: BureauServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last reviewer's word publishes nothing that the bureau has stopped meanwhile, though the
    gate was never told of it."""
    gate.decide(RESERVED)
    manifest = gate.stage(scenario=RESERVED)
    waiting = gate.settle(gate.request(manifest, scenario=RESERVED))
    gate.review(waiting, OFFICER)
    with bureau.client() as client:
        client.order("suspend", "all", "", ground="检查")
    monkeypatch.setenv("WEIR_GATE_ACCOUNT", account_id(Role.CHIEF_DATA_OFFICER))
    monkeypatch.setenv("WEIR_GATE_SECRET", secret_of(Role.CHIEF_DATA_OFFICER))
    adapters.settings.cache_clear()
    releases.review(waiting.release_id, "", "看过", approve=True)
    assert stopped(gate) == [""]
    held = gate.releases.find(waiting.release_id)
    assert held is not None
    refused = gate.settle(held)
    assert (refused.state, refused.status.reason and refused.status.reason.code) == (
        "refused",
        "suspended",
    )


@pytest.mark.article("第十六条")
@pytest.mark.usefixtures("weir")
def test_one_refused_statement_holds_up_no_other(gate: GateCity, bureau: BureauServer) -> None:
    """The rest is registered, and the command ends in error naming the one."""
    bureau.decide(load_bundle(LIBRARY, *gate.city.folders))
    unknown_to_the_gate(bureau, "rel-lost")
    with bureau.client() as client:
        client.order("suspend", "scenario", LIBRARY, ground="检查")
        refused_order = open_order(client.orders()[0], bureau.key.public).order_id
    done = CliRunner().invoke(app, ["register", LIBRARY])
    assert done.exit_code == 1
    assert f"order {refused_order}" in done.output
    assert "release_unknown" in done.output
    assert stopped(gate) == [LIBRARY]
    assert gate.standings.standing(LIBRARY, gate.city.plan().contract_digest).decision


@pytest.mark.usefixtures("weir")
def test_upkeep_hands_over_whatever_the_bureau_signed(gate: GateCity, bureau: BureauServer) -> None:
    """Every scenario's decision and every order; what is refused fails the task, named."""
    bureau.decide(load_bundle(LIBRARY, *gate.city.folders))
    with bureau.client() as client:
        client.order("suspend", "scenario", LIBRARY, ground="检查")
    register_all()
    register_all()
    assert stopped(gate) == [LIBRARY]
    assert gate.standings.standing(LIBRARY, gate.city.plan().contract_digest).decision
    unknown_to_the_gate(bureau, "rel-lost")
    with pytest.raises(IntegrityError) as refused:
        register_all()
    assert refused.value.code == "statements_refused"
    assert "release_unknown" in refused.value.what
