"""Ten thousand scenario contracts: what is asked of one costs what one costs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from fakes.gate_city import GateCity
from fakes.people import account_id, everybody, principal_of, secret_of
from fakes.small_city import LIBRARY
from gate_server import serving
from weir.contracts.document import Document, Kind, read_document
from weir.contracts.index import scenario_index
from weir.gate.client import GateClient
from weir.gate.credentials import Credentials
from weir.model import Role, ScenarioId

MANY = 10_000
DESK = (account_id(Role.AUDITOR), secret_of(Role.AUDITOR))


@dataclass
class Reads:
    """The scenario files that were opened, by name."""

    names: list[str] = field(default_factory=list)

    @contextmanager
    def counted(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
        def and_count(kind: Kind[object], path: Path, file: str) -> Document[object]:
            if path.parent.name == "scenarios":
                self.names.append(path.stem)
            return read_document(kind, path, file)

        self.names.clear()
        with monkeypatch.context() as patched:
            patched.setattr("weir.contracts.loader.read_document", and_count)
            yield self.names


def _multiply(gate: GateCity) -> None:
    """Copies of one contract under names of their own and another agreement."""
    folder = gate.city.root / "contracts" / "scenarios"
    text = (folder / f"{LIBRARY}.yaml").read_text()
    for number in range(MANY):
        name = f"many-{number:05d}"
        copy = text.replace(LIBRARY, name).replace("ua-1", "ua-other")
        (folder / f"{name}.yaml").write_text(copy)


def test_a_gate_with_ten_thousand_contracts_reads_those_it_is_asked_for(
    gate: GateCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scenario's standing reads its own contract, a credential those under its agreement, and a
    page those that it shows; every file is read once when the gate starts."""
    gate.publish()
    _multiply(gate)
    gate.ports.contracts.packs_named()
    reads = Reads()
    with reads.counted(monkeypatch) as read:
        gate.ports.contracts.packs_named()
        assert not read
        Credentials(gate.ports).issue("ua-1", principal_of(Role.CHIEF_DATA_OFFICER))
        assert set(read) == {LIBRARY}
    with serving(gate.ports, everybody(), interval_seconds=60) as url:
        client = GateClient(url, account_id(Role.WORKER), secret_of(Role.WORKER))
        with reads.counted(monkeypatch) as read:
            assert client.standing(ScenarioId(LIBRARY)).decision is not None
            assert set(read) == {LIBRARY}
        with reads.counted(monkeypatch) as read:
            first = httpx.get(url, auth=DESK, trust_env=False, timeout=60).text
            assert len(set(read)) == 50
        assert f"{MANY + 3} 个应用场景" in first
        assert "/?after=many-00048" in first
        last = httpx.get(f"{url}/?after=many-09980", auth=DESK, trust_env=False, timeout=60).text
        assert "many-09999" in last
        assert "下一页" not in last


def test_an_edited_contract_is_read_again(gate: GateCity) -> None:
    """What the index remembers of a file ends with the file."""
    contracts = gate.city.root / "contracts"
    before = scenario_index(contracts)[LIBRARY]
    with gate.city.edited(LIBRARY, use_agreement="ua-99"):
        edited = scenario_index(contracts)[LIBRARY]
        assert edited is not None
        assert edited.use_agreement == "ua-99"
        path = contracts / "scenarios" / f"{LIBRARY}.yaml"
        path.write_text("not: [a contract")
        assert scenario_index(contracts)[LIBRARY] is None
    assert scenario_index(contracts)[LIBRARY] == before
