"""At the command line a lapsed policy pack is said on stderr, and noted of a release."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from fakes.released_folder import write_release
from fakes.small_city import SmallCity
from fakes.successor_pack import SUCCESSOR, with_successor
from weir.cli.app import app
from weir.runtime import adapters

LINE = "LAPSED: policy pack suining-2024 is out of force since 2026-02-01"

Weir = Callable[..., Result]


@pytest.fixture
def weir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Weir]:
    """The command line over contracts of which some name a successor."""
    contracts, policy, expectations = with_successor(tmp_path)
    monkeypatch.setenv("WEIR_CONTRACTS_DIR", str(contracts))
    monkeypatch.setenv("WEIR_POLICY_DIR", str(policy))
    monkeypatch.setenv("WEIR_EXPECTATIONS_DIR", str(expectations))
    adapters.settings.cache_clear()
    yield lambda *words: CliRunner().invoke(app, list(words))
    adapters.settings.cache_clear()


@pytest.mark.parametrize(
    "words",
    [
        ("contracts", "check"),
        ("contracts", "explain", "water-open"),
        ("calendar", "--days", "30"),
        ("release", "list"),
        ("release", "show", "rel-1"),
        ("run", "sme-credit"),
        ("policy", "replay", "--as-of", "2026-11-01"),
    ],
)
def test_a_lapse_is_one_line_on_stderr(weir: Weir, words: tuple[str, ...]) -> None:
    """Whatever the command then says or fails at; stdout stays as it was."""
    found = weir(*words)
    assert found.stderr.count(LINE) == 1
    assert LINE not in found.stdout


def test_where_every_contract_names_the_successor_nothing_is_said(
    weir: Weir, tmp_path: Path
) -> None:
    """The old file may stay for replay."""
    for path in (tmp_path / "contracts" / "scenarios").glob("*.yaml"):
        text = path.read_text("utf-8").replace("policy: suining-2024", f"policy: {SUCCESSOR}")
        path.write_text(text, "utf-8")
    assert "LAPSED" not in weir("contracts", "check").stderr


@pytest.mark.parametrize(
    ("day", "pack", "lapsed"),
    [
        ("2024-02-01", "suining-2024", False),
        ("2026-01-31", "suining-2024", False),
        ("2026-02-01", SUCCESSOR, False),
        ("2028-01-31", SUCCESSOR, False),
        ("2028-02-01", SUCCESSOR, True),
    ],
)
def test_the_pack_of_a_day_is_shown_with_its_dates(
    weir: Weir, day: str, pack: str, *, lapsed: bool
) -> None:
    """With each number's article, and LAPSED where it is."""
    shown = weir("policy", "show", "--at", day)
    assert shown.exit_code == 0
    assert shown.stdout.startswith(pack)
    assert ("LAPSED" in shown.stdout) is lapsed
    assert "第二十一条" in shown.stdout
    assert "assumption" in shown.stdout


def test_before_the_first_pack_there_is_none_to_show(weir: Weir) -> None:
    """A clear refusal."""
    found = weir("policy", "show", "--at", "2024-01-31")
    assert getattr(found.exception, "code", "") == "policy_missing"


def test_a_day_that_is_none_is_refused(weir: Weir) -> None:
    """29 February of a common year."""
    assert weir("policy", "show", "--at", "2027-02-29").exit_code == 2


def test_the_calendar_lists_renewals_from_three_months_before(weir: Weir) -> None:
    """The project's agreements end on 2028-02-29."""
    assert "无 none" in weir("calendar", "--as-of", "2027-10-30").stdout
    assert "oa-2026-01" not in weir("calendar", "--as-of", "2027-11-28").stdout
    listed = weir("calendar", "--as-of", "2027-11-29").stdout
    assert "oa-2026-01" in listed
    assert "第十五条" in listed
    ahead = weir("calendar", "--as-of", "2027-10-30", "--days", "30").stdout
    assert ahead == listed


@pytest.mark.parametrize("lapsed", [True, False])
def test_a_release_under_a_lapsed_pack_is_noted_when_verified(
    weir: Weir, tmp_path: Path, *, lapsed: bool
) -> None:
    """It passes, and says under which pack it was made (第二十四条)."""
    city = SmallCity(tmp_path / "city")
    release = write_release(city, tmp_path / "copy", lapsed=lapsed)
    keys = []
    for name, key in (("operator", city.operator), ("bureau", city.bureau)):
        path = tmp_path / f"{name}.pem"
        path.write_bytes(key.public.to_pem())
        keys += [f"--{name}-key", str(path)]
    found = weir("verify", str(release), *keys)
    assert (found.exit_code, found.stdout.splitlines()[-1]) == (0, "通过 PASS")
    assert ("LAPSED policy pack city-2026" in found.stdout) is lapsed
    assert ("[policy_lapsed]" in found.stdout) is lapsed
