"""`weir report …` as an operator types it: real database, real store, files on disk."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from sqlalchemy import create_engine, select

import services
from bureau_server import BureauServer
from fakes.gate_city import TickingClock
from fakes.people import EVERYBODY, account_id, secret_of
from weir.bureau.migrate import migrate as migrate_bureau
from weir.contracts.loader import load_bundle
from weir.crypto.sm2 import SigningKey
from weir.evidence.audit import from_bytes
from weir.evidence.tables import outbox
from weir.gate.migrate import migrate
from weir.gate.reports.schema import schemas
from weir.model import Principal, Role
from weir.settings import ROOT
from weir.storage.minio_store import MinioObjectStore
from weir.storage.objects import REPORTS

Weir = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def bureau(make_postgres_database: Callable[[], str]) -> Iterator[BureauServer]:
    """A bureau that has heard a data user on the operator of this checkout's contracts."""
    engine = create_engine(make_postgres_database())
    migrate_bureau(engine)
    officer = Principal(id="officer", role=Role.CHIEF_DATA_OFFICER, org="suining-data-operator")
    server = BureauServer(engine=engine, clock=TickingClock(), people=(*EVERYBODY, officer))
    server.start()
    server.conclude(
        load_bundle("sme-credit", ROOT / "contracts", ROOT / "policy", ROOT / "expectations")
    )
    opening = {"operator": "suining-data-operator", "year": 2025}
    with server.client() as director:
        director.move("evaluation", "yearly-2025", "open", opening)
    with server.client(Role.DATA_USER) as rater:
        rater.move("evaluation", "yearly-2025", "rate", {"score": 4, "words": "及时"})
    yield server
    server.stop()
    engine.dispose()


@pytest.fixture
def weir(
    bureau: BureauServer,
    postgres_database: str,
    object_store_server: services.StoreServer,
    store: MinioObjectStore,
    tmp_path: Path,
) -> Weir:
    """The command line, told what the process of reports is told."""
    del store  # its buckets stand empty
    engine = create_engine(postgres_database)
    migrate(engine)
    engine.dispose()
    key = tmp_path / "bureau.pem"
    key.write_bytes(SigningKey.generate().public.to_pem())
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "LOGNAME": "the-operator",
        "PYTHONPATH": str(services.ROOT / "include"),
        "WEIR_REPORT_DSN": postgres_database,
        "WEIR_BUREAU_PUBLIC_KEY": str(key),
        "WEIR_S3_ENDPOINT": object_store_server.endpoint,
        "WEIR_S3_ACCESS_KEY": object_store_server.access_key,
        "WEIR_S3_SECRET_KEY": object_store_server.secret_key,
        "WEIR_BUREAU_URL": bureau.url,
        "WEIR_BUREAU_ACCOUNT": account_id(Role.DELIVERER),
        "WEIR_BUREAU_SECRET": secret_of(Role.DELIVERER),
    }

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "weir", "report", *words],
            env=environment,
            check=False,
            capture_output=True,
            text=True,
        )

    return run


def written(folder: Path) -> dict[str, Any]:
    """Every JSON file of a folder; each has its page beside it."""
    found = {path.stem: json.loads(path.read_bytes()) for path in folder.glob("*.json")}
    assert {path.stem for path in folder.glob("*.html")} == set(found)
    return found


@pytest.mark.article("第十四条")
def test_every_report_is_one_command(
    weir: Weir, tmp_path: Path, postgres_database: str, store: MinioObjectStore
) -> None:
    """Over a platform on which nothing has run yet: valid files, kept and told of."""
    month = ("--from", "2026-01-01", "--until", "2026-02-01")
    for words in (
        ("operation", *month),
        ("sector", *month),
        ("disclosure", "--year", "2025"),
        ("evaluation", "--year", "2025"),
    ):
        done = weir(*words, "--out", str(tmp_path / "out"))
        assert done.returncode == 0, done.stderr
    found = written(tmp_path / "out")
    kinds = {name: name.split("-")[0] for name in found}
    assert sorted(set(kinds.values())) == ["disclosure", "evaluation", "operation", "sector"]
    for name, kind in kinds.items():
        jsonschema.validate(found[name], json.loads(schemas()[f"{kind}.json"]))
    pack = found["evaluation-20250101-20260101"]
    assert [one["evaluation"] for one in pack["evaluations"]] == ["yearly-2025"]
    assert [(one["by"], one["score"]) for one in pack["ratings"]] == [("data_user", 4)]
    engine = create_engine(postgres_database)
    with engine.connect() as connection:
        records = [from_bytes(bytes(body)) for body in connection.scalars(select(outbox.c.body))]
    engine.dispose()
    assert {record.target.name for record in records} == set(found)
    assert {record.initiator.type for record in records} == {"person"}
    assert {record.initiator.id for record in records} == {"the-operator"}
    keys = {info.key for info in store.list(REPORTS)}
    assert {str(record.data["report"]) for record in records} <= keys


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("operation", "--from", "2026-02-01", "--until", "2026-02-01"), "period_empty"),
        (("operation", "--from", "yesterday", "--until", "2026-02-01"), "period_malformed"),
        (("disclosure", "--year", "1"), "period_malformed"),
        (("incident", "--id", "inc-1"), "setting_missing"),
    ],
)
def test_what_cannot_be_reported_is_refused_without_a_file(
    weir: Weir, tmp_path: Path, words: tuple[str, ...], code: str
) -> None:
    """Exit 1, a code and a remedy, no traceback."""
    done = weir(*words, "--out", str(tmp_path / "out"))
    assert done.returncode == 1
    assert done.stderr.startswith(f"输入有误 wrong input | 原因 why: {code}: ")
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_without_the_bureau_there_is_no_evaluation_pack(
    weir: Weir, bureau: BureauServer, tmp_path: Path
) -> None:
    """A pack without ratings must not look like one that nobody rated: it waits for the bureau."""
    bureau.stop()
    done = weir("evaluation", "--year", "2025", "--out", str(tmp_path / "out"))
    assert done.returncode != 0
    assert "bureau_unavailable" in done.stderr
    assert not (tmp_path / "out").exists()
