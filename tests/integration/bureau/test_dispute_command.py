"""`weir dispute` from the complaint to its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from typer.testing import CliRunner

from bureau_server import BureauServer
from fakes.people import account_id, secret_of
from fakes.sample_contracts import sample_bundle
from weir.cli.app import app
from weir.errors import RefusedError
from weir.model import Role
from weir.runtime import adapters

OFFICER, REVIEWER = Role.CHIEF_DATA_OFFICER, Role.BUREAU_REVIEWER


@pytest.fixture
def weir(bureau: BureauServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    """The command line as whoever is named first types it; the last line it prints."""
    bureau.decide(sample_bundle())
    monkeypatch.setenv("WEIR_BUREAU_URL", bureau.url)

    def typed(who: Role, *words: str) -> str:
        monkeypatch.setenv("WEIR_BUREAU_ACCOUNT", account_id(who))
        monkeypatch.setenv("WEIR_BUREAU_SECRET", secret_of(who))
        adapters.settings.cache_clear()
        done = CliRunner().invoke(app, ["dispute", *words])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.output.splitlines()[-1]

    yield typed
    adapters.settings.cache_clear()


@pytest.mark.article("第二十二条")
def test_a_dispute_is_opened_mediated_and_settled(weir: Callable[..., str]) -> None:
    """Each step is told as it now stands, and the list shows it."""
    opening = ("open", "d-1", "dataset", "bills", "--complaint", "收益分配不明", "--hold")
    assert weir(OFFICER, *opening) == "d-1\topened\tdataset\tbills"
    found = ("--finding", "已约谈", "--adviser", "市司法局")
    assert weir(REVIEWER, "mediate", "d-1", *found) == "d-1\tmediated\tdataset\tbills"
    settled = weir(REVIEWER, "settle", "d-1", "--settlement", "重新约定比例")
    assert settled == "d-1\tsettled\tdataset\tbills"
    assert weir(REVIEWER, "list") == "d-1\tsettled\tdataset\tbills\t收益分配不明"


def test_whoever_opened_a_dispute_withdraws_it(weir: Callable[..., str]) -> None:
    """And nothing is left to mediate; one over what nobody knows is never opened."""
    weir(OFFICER, "open", "d-1", "all", "--complaint", "收益分配不明")
    assert weir(OFFICER, "withdraw", "d-1").startswith("d-1\twithdrawn")
    with pytest.raises(RefusedError):
        weir(REVIEWER, "mediate", "d-1", "--finding", "已约谈")
    with pytest.raises(RefusedError, match="scope_unknown"):
        weir(OFFICER, "open", "d-2", "scenario", "nonesuch", "--complaint", "收益分配不明")
