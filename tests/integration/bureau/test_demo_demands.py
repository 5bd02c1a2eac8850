"""The demo's people and the command line take demands their whole way."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner

from bureau_server import BureauServer
from fakes.people import EVERYBODY, secret_of
from weir.cli.app import app
from weir.clock import FixedClock
from weir.contracts.catalogue import load_catalogue
from weir.contracts.loader import load_bundle
from weir.crypto.dsse import Envelope
from weir.demo.actors import decide_all, issue_credentials
from weir.demo.instance import Instance
from weir.demo.people import (
    BUREAU_PARTY,
    OFFICER,
    account_named,
    accounts_file,
    deal_accounts,
    demo_accounts,
)
from weir.demo.ports import Ports
from weir.demo.scenarios import ALL, RELEASED
from weir.demo.secrets import BUREAU, GATE
from weir.errors import RefusedError, SuspendedError
from weir.model import ReleaseId, ReleaseStatus, Role, ScenarioId
from weir.policy.decision import open_decision
from weir.policy.standing import Standing
from weir.runtime import adapters
from weir.service.accounts import Accounts
from weir.settings import ROOT, Settings
from weir.storage.provisioning import Credential

CONTRACTS = ROOT / "contracts"


@dataclass
class MemoryGateDesk:
    """A gate's desk that remembers what was handed in and issues unless it is stopped."""

    decisions: list[Envelope] = field(default_factory=list)
    stopped: str = ""

    def register_decision(self, envelope: Envelope) -> bool:
        new = envelope not in self.decisions
        self.decisions.append(envelope)
        return new

    def issue_credential(self, use_agreement: str) -> Credential:
        if use_agreement == self.stopped:
            raise SuspendedError("suspended", "supply is suspended", article="第十六条")
        return Credential(access_key=f"key-{use_agreement}", secret_key="s" * 40)

    def standing(self, scenario: ScenarioId) -> Standing:
        told = [one for one in self.decisions if f'"scenario":"{scenario}"' in str(one.payload)]
        return Standing(decision=told[-1] if told else None)

    def releases(self, scenario: str | None = None) -> list[ReleaseStatus]:
        raise NotImplementedError(scenario)

    def release_status(self, release_id: ReleaseId) -> ReleaseStatus:
        raise NotImplementedError(release_id)

    def review(
        self, release_id: str, manifest_sm3: str, words: str, *, approve: bool
    ) -> ReleaseStatus:
        raise NotImplementedError(release_id)


@pytest.fixture
def city_bureau(bureau: BureauServer) -> BureauServer:
    """A bureau of the project's own catalogue and the demo's people, while agreements hold."""
    bureau.stop()
    bureau.clock = FixedClock(datetime(2026, 11, 23, 6, tzinfo=UTC))
    bureau.catalogue = load_catalogue(CONTRACTS)
    bureau.people = (*EVERYBODY, *demo_accounts(CONTRACTS))
    bureau.start()
    return bureau


def test_every_demo_scenario_goes_through_its_demand(city_bureau: BureauServer) -> None:
    """Four are agreed to; the one with prohibited data is put to its provider and refused."""
    gate = MemoryGateDesk()
    decided = decide_all(Settings(), gate, city_bureau.person)
    outcomes = {one.scenario: one.outcome for one in decided}
    assert outcomes == dict.fromkeys(ALL, "agreed") | {"prohibited-dataset": "refused"}
    (refused,) = [one for one in decided if one.outcome == "refused"]
    assert refused.note == "dataset_prohibited 第十三条"
    assert len(gate.decisions) == 4
    assert {open_decision(one, city_bureau.key.public).outcome for one in gate.decisions} == {
        "agreed"
    }
    with city_bureau.client() as client:
        held = {str(one.facts["scenario"]): one for one in client.cases("demand")}
        assert len(client.cases("demand", state="agreed", scenario="sme-credit")) == 1
    assert {name: one.state for name, one in held.items()} == {
        name: "consulted" if name == "prohibited-dataset" else "agreed" for name in ALL
    }
    providers = {one.by.org for one in held["sme-credit"].history if one.move == "opine"}
    assert providers == {"market-supervision-bureau", "power-supply-company"}


def test_a_second_start_goes_on_with_the_demand_that_is_open(city_bureau: BureauServer) -> None:
    """Two open demands of one scenario could not be told apart; then it is refused for good,
    without an article: that agreeing is the rule holds for no prohibited dataset."""
    for _ in range(2):
        decide_all(Settings(), MemoryGateDesk(), city_bureau.person)
    bundle = load_bundle("prohibited-dataset", CONTRACTS, ROOT / "policy", ROOT / "expectations")
    with city_bureau.client() as client:
        (held,) = client.cases("demand", scenario="prohibited-dataset")
        assert [one.move for one in held.history].count("opine") == len(held.facts["providers"])
        client.decide(held.case_id, bundle, "refused", reason="属于不予开放的数据")
        (ended,) = client.cases("demand", scenario="prohibited-dataset")
        assert ended.state == "refused"


def test_a_later_start_decides_nothing_again(city_bureau: BureauServer) -> None:
    """What the bureau has since refused or revoked would flow again by its launcher's word."""
    gate = MemoryGateDesk()
    decide_all(Settings(), gate, city_bureau.person)
    signed = list(gate.decisions)
    decided = decide_all(Settings(), gate, city_bureau.person)
    outcomes = {one.scenario: one.outcome for one in decided}
    assert outcomes == dict.fromkeys(ALL, "decided before") | {"prohibited-dataset": "refused"}
    assert gate.decisions == signed
    with city_bureau.client() as client:
        assert len(client.cases("demand", scenario="sme-credit")) == 1


def test_a_start_goes_on_without_the_credential_of_a_suspended_scenario(tmp_path: Path) -> None:
    """Otherwise nobody could ever rectify what was suspended."""
    said: list[str] = []
    gate = MemoryGateDesk(stopped="ua-2026-001")
    issued = issue_credentials(Settings(), gate, tmp_path, said.append)
    assert set(issued) == set(RELEASED) - {"sme-credit"}
    assert {path.name for path in tmp_path.iterdir()} == {f"{name}.env" for name in issued}
    assert said == ["  sme-credit: 未发凭证 no credential: suspended 第十六条"]


def test_a_sign_in_names_the_services_where_the_ports_were_moved(tmp_path: Path) -> None:
    """A drill reads the object store with what the officer sourced, and nothing else said."""
    instance = Instance(state_dir=tmp_path, ports=Ports(s3=9703, intake=9705), told=Settings())
    for service in (GATE, BUREAU):
        deal_accounts(instance.vault, service, CONTRACTS)
    told = instance.sign_in(OFFICER)
    assert told["WEIR_S3_ENDPOINT"] == "127.0.0.1:9703"
    assert told["WEIR_INTAKE_URL"] == "http://127.0.0.1:9705"
    assert told["WEIR_GATE_ACCOUNT"] == OFFICER


def test_each_of_the_demos_people_signs_in_as_themselves(tmp_path: Path) -> None:
    """Whoever has a move to make on a demand has an account at the bureau, and its secret."""
    instance = Instance(state_dir=tmp_path, ports=Ports(), told=Settings())
    deal_accounts(instance.vault, BUREAU, CONTRACTS)
    known = Accounts(accounts_file(instance.vault, BUREAU))
    secrets = set()
    for role, org in (
        (Role.OPERATOR_ENGINEER, "suining-data-operator"),
        (Role.CHIEF_DATA_OFFICER, "suining-data-operator"),
        (Role.BUREAU_REVIEWER, BUREAU_PARTY),
        (Role.BUREAU_DIRECTOR, BUREAU_PARTY),
        (Role.PROVIDER, "water-company"),
        (Role.PROVIDER, "power-supply-company"),
    ):
        told = instance.settings_of(role, org)
        secret = told.bureau_secret.get_secret_value()
        by = known.check(told.bureau_account, secret.encode())
        assert by is not None
        assert (by.role, by.org) == (role, org)
        secrets.add(secret)
    assert len(secrets) == 6


@pytest.fixture
def weir(
    city_bureau: BureauServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., str]]:
    """The command line as a person of a role types it; gives what it prints."""

    def typed(role: Role, org: str, *words: str) -> str:
        monkeypatch.setenv("WEIR_BUREAU_URL", city_bureau.url)
        monkeypatch.setenv("WEIR_BUREAU_ACCOUNT", account_named(CONTRACTS, role, org))
        monkeypatch.setenv("WEIR_BUREAU_SECRET", secret_of(role))
        adapters.settings.cache_clear()
        done = CliRunner().invoke(app, words)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.output

    # The bureau runs in this process: what it logs is none of the command's output.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.__stderr__))
    yield typed
    structlog.reset_defaults()
    adapters.settings.cache_clear()


def test_a_demand_is_taken_to_the_directors_table_by_its_scenarios_name(
    weir: Callable[..., str],
) -> None:
    """Each in their role; `show` tells the whole way and for whom it waits."""
    operator = "suining-data-operator"
    engineer = partial(weir, Role.OPERATOR_ENGINEER, operator, "demand")
    officer = partial(weir, Role.CHIEF_DATA_OFFICER, operator, "demand")
    reviewer = partial(weir, Role.BUREAU_REVIEWER, "bureau", "demand")
    provider = partial(weir, Role.PROVIDER, "water-company", "demand")
    drafted = engineer("draft", "water-open")
    assert "已起草 drafted" in drafted
    assert engineer("draft", "water-open").split()[0] == drafted.split()[0]
    officer("screen", "water-open", "--finding", "合理可行")
    assert "waits for: bureau" in officer("submit", "water-open")
    reviewer("return", "water-open", "--finding", "请写明用途")
    assert engineer("draft", "water-open").split()[0] == drafted.split()[0]
    officer("screen", "water-open", "--finding", "合理可行")
    officer("submit", "water-open")
    reviewer("assess", "water-open", "--finding", "相符")
    assert "waits for: water-company" in reviewer("consult", "water-open")
    assert "waits for: bureau" in provider("opine", "water-open", "--supports", "--opinion", "同意")
    shown = reviewer("show", "water-open")
    for words in ("征求意见中 consulted", "bucket", "请写明用途", "支持 supports 同意"):
        assert words in shown
    assert "water-open" in reviewer("list", "--state", "consulted")
    assert reviewer("list", "--state", "agreed") == ""
    with pytest.raises(RefusedError, match="demand_missing"):
        reviewer("assess", "sme-credit", "--finding", "无")


def test_two_open_demands_of_a_scenario_have_to_be_named(weir: Callable[..., str]) -> None:
    """The error names them; each goes on under its own name."""
    operator = "suining-data-operator"
    officer = partial(weir, Role.CHIEF_DATA_OFFICER, operator, "demand")
    first = weir(Role.OPERATOR_ENGINEER, operator, "demand", "draft", "water-open").split()[0]
    officer("screen", first, "--finding", "合理可行")
    second = weir(Role.OPERATOR_ENGINEER, operator, "demand", "draft", "water-open").split()[0]
    assert first != second
    with pytest.raises(RefusedError, match="demand_ambiguous") as refusal:
        officer("submit", "water-open")
    assert first in refusal.value.remedy
    assert "submitted" in officer("submit", first)


def test_the_catalogue_shows_open_data_as_in_operation(weir: Callable[..., str]) -> None:
    """Every dataset, its provider, grade and fields."""
    text = weir(Role.AUDITOR, "audit-office", "catalogue")
    assert "water-bills" in text
    assert "纳入运营 in operation" in text
    assert "不纳入运营 never" in text
    assert text.count("consent-register") >= 2
