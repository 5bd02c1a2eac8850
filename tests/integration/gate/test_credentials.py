"""A data user's credentials over their life: environments, rotation, foreign keys, another
operator."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from sqlalchemy import update

from fakes.gate_city import GateCity, TickingClock
from fakes.known_callers import OPERATOR
from fakes.memory_provisioner import MemoryProvisioner
from fakes.small_city import LIBRARY, MARKET, NOW
from weir.clock import FixedClock
from weir.contracts.check import check_all
from weir.crypto.canonical import canonical_json
from weir.crypto.sm2 import SigningKey
from weir.errors import AuthorisationError, ContractError, StoreUnavailableError
from weir.gate.credential_store import CredentialStore, Grant
from weir.gate.credentials import Credentials
from weir.gate.delisting import Delister
from weir.gate.key_upkeep import KeyUpkeep
from weir.gate.platform_keys import PlatformKeyUpkeep
from weir.gate.tables import decisions
from weir.policy.decision import open_decision
from weir.storage.provisioning import Credential, consumer_policy, worker_policy

BUCKET, USER = f"release-{LIBRARY}", "use-production-ua-1"


@pytest.fixture
def issued(gate: GateCity) -> Credential:
    gate.publish()
    return Credentials(gate.ports).issue("ua-1", OPERATOR)[0]


@pytest.fixture
def users(gate: GateCity) -> MemoryProvisioner:
    assert isinstance(gate.provisioner, MemoryProvisioner)
    return gate.provisioner


def _reads(users: MemoryProvisioner, credential: Credential) -> bool:
    try:
        return bool(users.sign_in(credential).get_bytes(BUCKET, "latest.json"))
    except AuthorisationError:
        return False


def _grant(gate: GateCity, environment: str = "production") -> Grant:
    held = CredentialStore(gate.engine).find("ua-1", environment)
    assert held is not None
    return held


def _pass(gate: GateCity) -> int:
    """What the gate's worker does with credentials at each of its looks."""
    return Credentials(gate.ports).enforce() + KeyUpkeep(gate.ports).run()


def test_each_environment_has_a_credential_of_its_own(
    gate: GateCity, users: MemoryProvisioner, issued: Credential
) -> None:
    """Replacing the one of tests leaves production alone; both end with the agreement."""
    first, _ = Credentials(gate.ports).issue("ua-1", OPERATOR, "test")
    second, _ = Credentials(gate.ports).issue("ua-1", OPERATOR, "test")
    assert [_reads(users, one) for one in (issued, first, second)] == [True, False, True]
    assert users.look_up("use-test-ua-1") is not None
    gate.clock = TickingClock(gate.city.plan().valid_until)
    _pass(gate)
    assert not _reads(users, issued)
    assert not _reads(users, second)


@pytest.mark.parametrize("name", ["", "Production", "pröd", "a-b", "drill", "elevenchars"])
def test_an_environment_that_is_none_is_refused(gate: GateCity, name: str) -> None:
    """Its name becomes part of a user's name in the store; a drill's is the drill's."""
    gate.publish()
    with pytest.raises(AuthorisationError) as refusal:
        Credentials(gate.ports).issue("ua-1", OPERATOR, name)
    assert refusal.value.code == "environment_malformed"


def test_a_rotated_key_serves_until_its_overlap_is_over(
    gate: GateCity, users: MemoryProvisioner, issued: Credential
) -> None:
    """Both serve meanwhile; then the store holds the new one alone."""
    new, buckets = Credentials(gate.ports).rotate("ua-1", OPERATOR)
    assert buckets == (BUCKET,)
    assert _reads(users, issued)
    assert _reads(users, new)
    ends_at = _grant(gate).keys[0].ends_at
    assert ends_at is not None
    gate.clock = TickingClock(ends_at - timedelta(minutes=1))
    assert _pass(gate) == 0
    assert _reads(users, issued)
    gate.clock = TickingClock(ends_at)
    assert _pass(gate) == 1
    assert [_reads(users, one) for one in (issued, new)] == [False, True]
    held = users.look_up(USER)
    assert held is not None
    assert held.access_keys == {new.access_key}
    assert [key.access_key for key in _grant(gate).keys] == [new.access_key]
    assert [r.phase for r in gate.records() if r.action == "credential.rotated"] == [
        "intent",
        "outcome",
    ]
    assert [r.phase for r in gate.records() if r.action == "credential.key_removed"] == [
        "intent",
        "outcome",
    ]


@pytest.mark.usefixtures("issued")
def test_no_third_key_while_an_overlap_runs(gate: GateCity) -> None:
    """Two keys at most: the store's limit on AWS, and enough to rotate."""
    credentials = Credentials(gate.ports)
    credentials.rotate("ua-1", OPERATOR)
    with pytest.raises(AuthorisationError) as refusal:
        credentials.rotate("ua-1", OPERATOR)
    assert refusal.value.code == "rotation_under_way"


def test_a_cut_credential_is_not_rotated(
    gate: GateCity, users: MemoryProvisioner, issued: Credential
) -> None:
    """Nor one that was never issued; both keys of a rotated one are cut together."""
    new, _ = Credentials(gate.ports).rotate("ua-1", OPERATOR)
    with pytest.raises(AuthorisationError) as refusal:
        Credentials(gate.ports).rotate("ua-1", OPERATOR, "test")
    assert refusal.value.code == "credential_not_active"
    gate.order(gate.city.order("suspend", "data_user", "city-planner"))
    _pass(gate)
    assert not _reads(users, issued)
    assert not _reads(users, new)
    with pytest.raises(Exception, match="suspended"):
        Credentials(gate.ports).rotate("ua-1", OPERATOR)


def test_a_credential_that_reads_more_than_it_may_now_is_not_rotated(gate: GateCity) -> None:
    """One of its two scenarios has lost its leave: a new one is issued, which reads the other."""
    gate.publish(scenario=MARKET)
    gate.decide("market-reviewed")
    credentials = Credentials(gate.ports)
    credentials.issue("ua-2", OPERATOR)
    with gate.city.edited("market-reviewed", title="另一名称"):
        with pytest.raises(AuthorisationError) as refusal:
            credentials.rotate("ua-2", OPERATOR)
        assert (refusal.value.code, refusal.value.article) == ("credential_too_wide", "第十四条")
        assert credentials.issue("ua-2", OPERATOR)[1] == (f"release-{MARKET}",)


def test_a_rotation_that_was_cut_short_changes_nothing(
    gate: GateCity,
    users: MemoryProvisioner,
    issued: Credential,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Killed after the key was made: nobody holds it, it is removed, and the old one serves on."""
    lost: list[Credential] = []
    make = users.add_key

    class Killed(BaseException):
        pass

    def make_and_die(name: str) -> Credential:
        lost.append(make(name))
        raise Killed

    monkeypatch.setattr(users, "add_key", make_and_die)
    with pytest.raises(Killed):
        Credentials(gate.ports).rotate("ua-1", OPERATOR)
    monkeypatch.undo()
    _pass(gate)
    assert _reads(users, issued)
    assert not _reads(users, lost[0])
    last = [r for r in gate.records() if r.action == "credential.rotated"][-1]
    assert (last.phase, last.reason_code) == ("reconciled", "rotation_cut_short")
    assert Credentials(gate.ports).rotate("ua-1", OPERATOR)


def test_a_key_that_the_gate_did_not_make_is_removed_and_recorded(
    gate: GateCity, users: MemoryProvisioner, issued: Credential
) -> None:
    """Whoever made it: what the store holds is brought back to what the gate gave."""
    foreign = users.add_key(USER)
    assert _reads(users, foreign)
    assert _pass(gate) == 1
    assert not _reads(users, foreign)
    assert _reads(users, issued)
    attempt = [r for r in gate.records() if r.action == "access.refused"][-1]
    assert attempt.reason_code == "credential_foreign_key"
    assert _pass(gate) == 0


def test_a_key_that_a_platform_account_made_itself_is_removed_and_recorded(
    gate: GateCity, users: MemoryProvisioner
) -> None:
    """A second key would outlive the first one's replacement, and nobody would know of it."""
    own = users.ensure_user("weir-worker", None, None, worker_policy())
    foreign = users.add_key("weir-worker")
    ports = replace(gate.ports, platform_keys={"weir-worker": own.access_key, "weir-intake": "x"})
    assert PlatformKeyUpkeep(ports).run() == 1
    held = users.look_up("weir-worker")
    assert held is not None
    assert held.access_keys == {own.access_key}
    attempt, intent, outcome = gate.records()[-3:]
    assert (attempt.action, attempt.reason_code) == ("access.refused", "credential_foreign_key")
    assert (attempt.initiator.id, intent.data["access_key"]) == ("weir-worker", foreign.access_key)
    assert (outcome.action, outcome.intent_id) == ("credential.key_removed", intent.id)
    assert PlatformKeyUpkeep(ports).run() == 0


@pytest.mark.usefixtures("issued")
def test_a_removal_that_was_cut_short_is_closed_later(
    gate: GateCity, users: MemoryProvisioner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The intent that was kept is the one that gets its outcome."""
    foreign = users.add_key(USER)

    def away(*_: object) -> None:
        raise StoreUnavailableError("store_unavailable", "away")

    monkeypatch.setattr(users, "remove_key", away)
    with pytest.raises(StoreUnavailableError):
        _pass(gate)
    monkeypatch.undo()
    _pass(gate)
    assert not _reads(users, foreign)
    intent, outcome = [r for r in gate.records() if r.action == "credential.key_removed"]
    assert (outcome.phase, outcome.intent_id) == ("reconciled", intent.id)


def test_a_cut_user_that_was_let_in_by_another_hand_is_cut_again(
    gate: GateCity, users: MemoryProvisioner, issued: Credential
) -> None:
    """An order binds the store's administrators too."""
    gate.order(gate.city.order("suspend", "scenario", LIBRARY))
    _pass(gate)
    users.enable_user(USER, consumer_policy(BUCKET))
    assert _reads(users, issued)
    assert _pass(gate) == 1
    assert not _reads(users, issued)
    assert _grant(gate).state == "disabled"


def test_last_use_is_kept_as_the_store_tells_it(
    gate: GateCity, users: MemoryProvisioner, issued: Credential
) -> None:
    """Unknown stays unknown; an instant is kept with its record."""
    KeyUpkeep(gate.ports).run()
    assert [key.last_used for key in _grant(gate).keys] == ["unknown"]
    users.used[issued.access_key] = NOW
    KeyUpkeep(gate.ports).run()
    assert [key.last_used for key in _grant(gate).keys] == [NOW.isoformat()]
    assert [r.action for r in gate.records()].count("credential.used") == 1


def _second_operator(gate: GateCity, name: str) -> Path:
    folder = gate.city.root / "contracts" / "agreements"
    told = yaml.safe_load((folder / "oa-1.yaml").read_text())
    path = folder / "oa-2.yaml"
    path.write_text(yaml.safe_dump({**told, "agreement": "oa-2", "operator": name}))
    return path


@pytest.mark.usefixtures("issued")
def test_no_credential_for_another_operator(gate: GateCity) -> None:
    """第二十三条第(四)项: an operator named in any agreement file is no data user."""
    _second_operator(gate, "city-planner")
    for attempt in (Credentials(gate.ports).issue, Credentials(gate.ports).rotate):
        with pytest.raises(AuthorisationError) as refusal:
            attempt("ua-1", OPERATOR)
        assert refusal.value.code == "data_user_is_operator"
        assert refusal.value.article == "第二十三条第(四)项"
    found = check_all(*gate.city.folders)
    assert {one.code for one in found} == {"data_user_is_operator"}
    assert {one.file for one in found} == {"contracts/agreements/ua-1.yaml"}


def test_who_becomes_an_operator_loses_its_credential(
    gate: GateCity, users: MemoryProvisioner, issued: Credential
) -> None:
    """The agreement may come after the credential; a file that cannot be read changes nothing."""
    credentials = Credentials(gate.ports)
    assert credentials.enforce() == 0
    path = _second_operator(gate, "city-planner")
    assert credentials.enforce() == 1
    assert not _reads(users, issued)
    path.write_text("kind: operation\n")
    assert credentials.enforce() == 0
    assert not _reads(users, issued)
    path.unlink()
    assert credentials.enforce() == 1
    assert _reads(users, issued)


def test_an_agreement_that_cannot_be_read_lets_nobody_have_a_credential(gate: GateCity) -> None:
    """It might name the very operator that asks."""
    gate.publish()
    _second_operator(gate, "another-operator").write_text("kind: operation\n")
    with pytest.raises(ContractError):
        Credentials(gate.ports).issue("ua-1", OPERATOR)


def test_an_overlap_of_nothing_ends_the_earlier_key_at_once(
    gate: GateCity, users: MemoryProvisioner, issued: Credential
) -> None:
    """A leaked key is rotated without waiting."""
    ports = replace(gate.ports, credential_overlap=timedelta(0))
    new, _ = Credentials(ports).rotate("ua-1", OPERATOR)
    _pass(gate)
    assert [_reads(users, one) for one in (issued, new)] == [False, True]


def test_a_revoked_decision_ends_reading_until_the_bureau_agrees_again(
    gate: GateCity, users: MemoryProvisioner, issued: Credential
) -> None:
    """Also what was released before is not read on; a new consent gives the credential back."""
    gate.revoke(gate.city.revocation(gate.decide()))
    assert _pass(gate) == 1
    assert not _reads(users, issued)
    assert _pass(gate) == 0
    gate.decide(envelope=gate.city.decision(gate.city.plan(), decided_at=NOW))
    assert _pass(gate) == 1
    assert _reads(users, issued)


def test_a_narrower_consent_gives_back_no_release_of_the_one_taken_back(
    gate: GateCity, users: MemoryProvisioner, issued: Credential
) -> None:
    """Not before it is delisted; the same contract agreed again would have given it back."""
    (release,) = gate.releases.of(LIBRARY)
    gate.revoke(gate.city.revocation(gate.decide()))
    assert _pass(gate) == 1
    with gate.city.edited(LIBRARY, title="更窄的合同"):
        gate.decide(envelope=gate.city.decision(gate.city.plan(), decided_at=NOW))
        assert _pass(gate) == 0
        assert not _reads(users, issued)
        with pytest.raises(AuthorisationError) as refusal:
            Credentials(gate.ports).issue("ua-1", OPERATOR)
        assert refusal.value.code == "released_under_revoked"
        Delister(gate.ports).settle(gate.delist(release))
        assert _pass(gate) == 1
        assert _grant(gate).state == "active"


def test_a_decision_that_is_over_ends_reading(
    gate: GateCity, users: MemoryProvisioner, issued: Credential
) -> None:
    """Its last instant counts, though the agreement runs on."""
    decision = open_decision(gate.decide(), gate.city.bureau.public)
    assert decision.valid_until < gate.city.plan().valid_until
    gate.clock = FixedClock(decision.valid_until - timedelta(seconds=1))
    assert _pass(gate) == 0
    gate.clock = FixedClock(decision.valid_until)
    assert _pass(gate) == 1
    assert not _reads(users, issued)


def test_a_refusal_of_the_same_contract_ends_reading(
    gate: GateCity, users: MemoryProvisioner, issued: Credential
) -> None:
    """The word given last on a contract is the bureau's word."""
    refused = gate.city.decision(gate.city.plan(), outcome="refused", decided_at=NOW)
    gate.decide(envelope=refused)
    assert _pass(gate) == 1
    assert not _reads(users, issued)


def test_an_edited_contract_takes_nothing_back(
    gate: GateCity, users: MemoryProvisioner, issued: Credential
) -> None:
    """Nor does the refusal of an edited one: what was consented to before is still consented to."""
    with gate.city.edited(LIBRARY, title="别的标题"):
        assert _pass(gate) == 0
        gate.decide(
            envelope=gate.city.decision(gate.city.plan(), outcome="refused", decided_at=NOW)
        )
        assert _pass(gate) == 0
    assert _reads(users, issued)


def test_a_consent_that_cannot_be_trusted_ends_reading(
    gate: GateCity, users: MemoryProvisioner, issued: Credential
) -> None:
    """A row that somebody wrote into the gate's database is no consent."""
    forged = gate.city.decision(gate.city.plan(), key=SigningKey.generate())
    with gate.engine.begin() as connection:
        connection.execute(update(decisions).values(envelope=canonical_json(forged.to_json())))
    assert _pass(gate) == 1
    assert not _reads(users, issued)
