"""A hostile engineer with the worker's credentials and Airflow's admin rights, on real servers.

Everything the attacker touches goes through the worker's own store user and the intake's own
service; the exchange platform is PostgreSQL, the store SeaweedFS, the contract sme-credit.
"""

from __future__ import annotations

import io
import json
import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from sqlalchemy import create_engine

import services
from fakes.gate_city import CHIEF, OFFICER, GateCity, PromptDesk, TickingClock, stage_of
from fakes.people import UNBOUND, account_id, everybody, secret_of
from fakes.project_city import ProjectCity, served
from fakes.small_city import NOW
from sites import denies, fresh_name
from weir.crypto.file_keystore import FileKeyStore
from weir.crypto.sm2 import SigningKey
from weir.demo.city.seed import seed_city
from weir.demo.embedded.postgres import PostgresServer
from weir.errors import AuthorisationError
from weir.exchange.postgres import PostgresSource
from weir.exchange.receipt import open_receipt, with_receipt
from weir.gate.migrate import migrate
from weir.intake.app import create_intake
from weir.intake.client import IntakeClient
from weir.intake.taking import IntakePorts
from weir.model import (
    DatasetId,
    ObjectRef,
    QualityVerdict,
    ReleaseState,
    Role,
    RunContext,
    RunId,
    ScenarioId,
    Snapshot,
    to_json,
)
from weir.pipeline import ScenarioRun
from weir.release.data_file import file_metadata
from weir.release.manifest import DATA, MANIFEST
from weir.release.package import staging_prefix
from weir.storage.iam_provisioner import IamProvisioner
from weir.storage.objects import QUARANTINE, REPORTS, SNAPSHOTS, STAGING
from weir.storage.parquet import write_parquet
from weir.storage.provisioning import gate_policy, intake_policy, worker_policy
from weir.storage.sealed_table import open_sealed, write_sealed

SCENARIO, RUN = "sme-credit", RunId("run-1")
PREFIX = staging_prefix(SCENARIO, RUN)
pytestmark = pytest.mark.usefixtures("clean")


@dataclass(frozen=True, kw_only=True)
class Attacked:
    """The platform after one honest run, as its attacker finds it."""

    gate: GateCity
    intake: IntakeClient
    run: ScenarioRun
    snapshots: list[Snapshot]
    quality: list[QualityVerdict]
    manifest: ObjectRef
    package: dict[str, bytes]

    def another_run(self, run_id: str) -> ScenarioRun:
        return self.gate.run(scenario=SCENARIO, run_id=run_id, intake=self.intake)

    def product(self) -> pa.Table:
        return pq.read_table(io.BytesIO(self.package[DATA]))

    def with_rows(self, product: pa.Table, folder: Path) -> ObjectRef:
        """The attacker's rows, encoded as the pipeline does, under a manifest that agrees."""
        path = folder / "hostile.parquet"
        product = product.combine_chunks()
        with path.open("wb") as file:
            write_parquet(
                product.to_batches(),
                self.product().schema,
                file,
                metadata=file_metadata(self.run.plan),
            )
        return self.gate.restage(
            self.manifest, files={DATA: path.read_bytes()}, rows=product.num_rows
        )

    def refusal(self, manifest: ObjectRef, run_id: str = RUN) -> tuple[str, str]:
        """Code and article of the gate's refusal; nothing lies in the consumer's bucket."""
        release = self.gate.settle(self.gate.request(manifest, scenario=SCENARIO, run_id=run_id))
        assert release.state is ReleaseState.REFUSED
        assert release.reason is not None
        assert self.gate.bucket(SCENARIO) == []
        return release.reason.code, release.reason.article

    def reviewed(self, manifest: ObjectRef, run_id: str = RUN) -> ReleaseState:
        """What becomes of a release once two people have approved it; until then the consumer's
        bucket is empty."""
        release = self.gate.settle(self.gate.request(manifest, scenario=SCENARIO, run_id=run_id))
        assert (release.state, self.gate.bucket(SCENARIO)) == (ReleaseState.IN_REVIEW, [])
        for reviewer in (CHIEF, OFFICER):
            self.gate.review(release, reviewer)
        return self.gate.settle(release).state


@pytest.fixture(scope="module")
def attacked(
    postgres_server: PostgresServer,
    object_store_server: services.StoreServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Attacked]:
    """A seeded exchange platform, an intake, a gate, and a run that has staged its package."""
    root = tmp_path_factory.mktemp("attacked")
    names = [f"test_{uuid.uuid4().hex[:12]}" for _ in range(2)]
    for name in names:
        postgres_server.ensure_database(name, "postgres")
    exchange, engine = postgres_server.url(names[0]), create_engine(postgres_server.url(names[1]))
    seed_city(exchange, rows=2_000)
    migrate(engine)
    admin = object_store_server.store()
    for bucket in (SNAPSHOTS, QUARANTINE, STAGING, REPORTS):
        admin.ensure_bucket(bucket)
    users = IamProvisioner(
        object_store_server.endpoint, object_store_server.access_key, object_store_server.secret_key
    )

    def user(policy: Any) -> Any:
        credential = users.ensure_user(fresh_name(), None, None, policy)
        return type(admin)(
            object_store_server.endpoint, credential.access_key, credential.secret_key
        )

    gate = GateCity(
        city=ProjectCity(root),
        engine=engine,
        admin=admin,
        store=user(gate_policy()),
        provisioner=users,
        worker=user(worker_policy()),
        acknowledge_lapsed=True,
    )
    ports = IntakePorts(
        plan=gate.city.plan,
        source=PostgresSource(exchange),
        store=user(intake_policy()),
        keys=gate.keys,
        masking_keys=gate.masking_keys,
        desk=PromptDesk(gate.decide(SCENARIO)),
        signing_key=gate.city.intake,
        bureau_key=gate.city.bureau.public,
        clock=TickingClock(NOW),
        acknowledge_lapsed=True,
    )
    with served(create_intake(ports, everybody(), limits=UNBOUND)) as url:
        worker = (account_id(Role.WORKER), secret_of(Role.WORKER))
        intake = IntakeClient(url, *worker, poll_seconds=0.05)
        run = gate.run(scenario=SCENARIO, run_id=RUN, intake=intake)
        snapshots = [run.pull(one.dataset.dataset) for one in run.plan.inputs]
        quality = [run.check_quality(one) for one in snapshots]
        manifest = stage_of(run, snapshots, quality)
        paths = (DATA, MANIFEST, "README.txt", "dictionary.json")
        yield Attacked(
            gate=gate,
            intake=intake,
            run=run,
            snapshots=snapshots,
            quality=quality,
            manifest=manifest,
            package={path: admin.get_bytes(STAGING, PREFIX + path) for path in paths},
        )
    engine.dispose()
    for name in names:
        postgres_server.drop_database(name)


@pytest.fixture
def clean(attacked: Attacked) -> None:
    """The honest package lies in staging again, and the consumer's bucket is empty."""
    for path, data in attacked.package.items():
        attacked.gate.admin.put_bytes(STAGING, PREFIX + path, data)
    bucket = f"release-{SCENARIO}"
    attacked.gate.admin.ensure_bucket(bucket)
    for info in list(attacked.gate.admin.list(bucket)):
        attacked.gate.admin.remove(bucket, info.key)


def _invented(product: pa.Table) -> pa.Table:
    last = product.slice(product.num_rows - 1)
    place = product.column_names.index("enterprise_key")
    key = last["enterprise_key"][0].as_py()
    return pa.concat_tables([product, last.set_column(place, "enterprise_key", [[key[::-1]]])])


def _unmasked(product: pa.Table) -> pa.Table:
    place = product.column_names.index("enterprise_key")
    plain = pa.array([f"firm {number}" for number in range(product.num_rows)])
    return product.set_column(place, "enterprise_key", plain)


@pytest.mark.parametrize(
    "spoil",
    [
        _invented,
        _unmasked,
        lambda product: pa.concat_tables([product, product.slice(0, 1)]),
        lambda product: product.take(pa.array(range(product.num_rows))[::-1]),
        lambda product: product.slice(1),
    ],
    ids=["invented", "unmasked", "doubled", "reordered", "left_out"],
)
def test_rows_of_the_attackers_own_are_refused(
    attacked: Attacked, spoil: Callable[[pa.Table], pa.Table], tmp_path: Path
) -> None:
    """The staged file agrees with its manifest, and not with the snapshots."""
    hostile = attacked.with_rows(spoil(attacked.product()), tmp_path)
    assert attacked.refusal(hostile) == ("product_not_derivable", "第二十三条第(二)项")


def test_a_product_under_the_attackers_key_is_refused(attacked: Attacked, tmp_path: Path) -> None:
    """Tokens that somebody else can turn back are not the scenario's."""
    shutil.copytree(attacked.gate.city.root / "keys", tmp_path / "stolen")
    stolen = FileKeyStore(tmp_path / "stolen")
    for purpose in ("token", "pseudonym"):
        stolen.destroy(f"mask/{SCENARIO}/{purpose}")
    run = replace(attacked.run, ports=replace(attacked.run.ports, keys=stolen))
    manifest = stage_of(run, attacked.snapshots, attacked.quality)
    assert attacked.refusal(manifest)[0] == "product_not_derivable"


def test_quarantined_rows_are_not_brought_back(attacked: Attacked) -> None:
    """An edited XCom of `check_quality` and a cleared `mask` change nothing that is published."""
    assert sum(one.rows_quarantined for one in attacked.quality) > 0
    edited = [
        replace(one, rows_quarantined=0, quarantine=None, quarantine_key_id=None)
        for one in attacked.quality
    ]
    manifest = stage_of(attacked.run, attacked.snapshots, edited)
    assert attacked.refusal(manifest)[0] == "product_not_derivable"


def test_values_of_another_run_edited_into_this_one_are_refused(attacked: Attacked) -> None:
    """Snapshots, or a masked product, that an XCom of an earlier run told of."""
    later = attacked.another_run("run-2")
    mixed = stage_of(later, attacked.snapshots, attacked.quality)
    assert attacked.refusal(mixed, "run-2") == ("receipt_mismatch", "第二十三条第(二)项")
    masked = attacked.run.mask(attacked.snapshots, attacked.quality)
    shrunk = replace(masked.product, rows_suppressed=7)
    again = stage_of(later, None, None, replace(masked, product=shrunk))
    # The same source gives the same rows: they may go out, under receipts of their own run.
    assert attacked.reviewed(again, "run-2") is ReleaseState.PUBLISHED


def test_an_older_package_is_not_released_under_a_new_run(attacked: Attacked) -> None:
    """Its receipts name the run that they were given for."""
    prefix = staging_prefix(SCENARIO, "run-3")
    for path, data in attacked.package.items():
        attacked.gate.hands.put_bytes(STAGING, prefix + path, data)
    told = json.loads(attacked.package[MANIFEST]) | {"run_id": "run-3"}
    old = replace(attacked.manifest, key=prefix + MANIFEST)
    attacked.gate.hands.put_bytes(STAGING, old.key, json.dumps(told).encode())
    manifest = attacked.gate.restage(old)
    assert attacked.refusal(manifest, "run-3") == ("receipt_mismatch", "第二十三条第(二)项")


def test_a_worker_can_neither_write_nor_replace_a_snapshot(attacked: Attacked) -> None:
    """The store itself refuses it, and nothing of the sealed object has changed."""
    worker, sealed = attacked.gate.hands, attacked.snapshots[0].sealed
    assert denies(partial(worker.put_bytes, SNAPSHOTS, sealed.key, b"mine"))
    assert denies(partial(worker.put_bytes, SNAPSHOTS, "sme-credit/run-1/new", b"mine"))
    assert denies(partial(worker.remove, SNAPSHOTS, sealed.key))
    assert worker.stat(SNAPSHOTS, sealed.key) is not None


def _without_consent(attacked: Attacked) -> Snapshot:
    """A snapshot of the attacker's own: a firm that never agreed, sealed with the run's own key."""
    genuine = attacked.snapshots[0]
    store, keys = attacked.gate.hands, attacked.gate.keys
    with open_sealed(genuine.sealed, genuine.key_id, store=store, keys=keys, scratch=None) as table:
        held = pa.Table.from_batches(table.batches(), table.schema)
    changed = held.set_column(
        held.column_names.index("uscc"),
        held.schema.field("uscc"),
        pc.if_else(
            pa.array([True] + [False] * (held.num_rows - 1)),
            pa.scalar("91510903MA6DXXXX0K"),
            held["uscc"].combine_chunks(),
        ),
    )
    forged = write_sealed(
        changed.to_batches(),
        held.schema,
        store=store,
        bucket=STAGING,
        prefix=f"{SCENARIO}/{RUN}/forged",
        key_id=genuine.key_id,
        keys=keys,
        scratch=None,
    )
    return replace(genuine, content=forged.content, sealed=forged.sealed, rows=forged.rows)


def test_a_snapshot_of_the_attackers_own_is_refused(attacked: Attacked) -> None:
    """A firm without consent gets in neither by a genuine receipt nor by one the attacker signs."""
    own, *others = attacked.snapshots
    forged = _without_consent(attacked)
    key = SigningKey.generate()
    receipt = open_receipt(own, attacked.gate.city.intake.public)
    signed = with_receipt(replace(receipt, snapshot=replace(forged, receipt="")), key)
    for snapshot, code in (
        (forged, "receipt_mismatch"),
        (signed, "receipt_forged"),
        (replace(forged, receipt=""), "receipt_missing"),
        (replace(forged, receipt="{}"), "receipt_forged"),
    ):
        told = [to_json(one) for one in (snapshot, *others)]

        def change(manifest: dict[str, Any], told: list[Any] = told) -> None:
            manifest["provenance"]["snapshots"] = told

        manifest = attacked.gate.restage(attacked.manifest, change=change)
        assert attacked.refusal(manifest) == (code, "第二十三条第(二)项")


@pytest.mark.parametrize("wrong", ["contract", "scenario", "as_of", "stale", "swapped", "subset"])
def test_a_genuine_receipt_in_the_wrong_place_is_refused(attacked: Attacked, wrong: str) -> None:
    """Of an edited contract, another scenario, another instant, long ago, or not of every input."""
    intake = attacked.gate.city.intake
    receipts = [open_receipt(one, intake.public) for one in attacked.snapshots]
    first = receipts[0]
    match wrong:
        case "contract":
            receipts[0] = replace(first, contract_digest=first.snapshot.content)
        case "scenario":
            other = replace(first.snapshot, scenario=ScenarioId("clinic-planning"))
            receipts[0] = replace(first, snapshot=other)
        case "as_of":
            receipts[0] = replace(first, as_of=first.as_of - timedelta(days=1))
        case "stale":
            old = replace(first.snapshot, taken_at=NOW - timedelta(days=400))
            receipts[0] = replace(first, snapshot=old)
        case "swapped":
            receipts.reverse()
        case "subset":
            receipts.pop()
    told = [to_json(with_receipt(one, intake)) for one in receipts]

    def change(manifest: dict[str, Any]) -> None:
        manifest["provenance"]["snapshots"] = told

    manifest = attacked.gate.restage(attacked.manifest, change=change)
    expected = {
        "stale": "receipt_stale",
        "scenario": "provenance_incomplete",
        "swapped": "provenance_incomplete",
        "subset": "provenance_incomplete",
    }
    assert attacked.refusal(manifest)[0] == expected.get(wrong, "receipt_mismatch")


def test_an_old_state_of_consent_cannot_be_asked_for(attacked: Attacked) -> None:
    """A worker may not go back before a withdrawal by the instant it names, nor run ahead."""
    for as_of in (NOW - timedelta(days=30), NOW + timedelta(days=1)):
        context = RunContext(scenario=attacked.run.context.scenario, run_id=RUN, as_of=as_of)
        with pytest.raises(AuthorisationError) as refusal:
            attacked.intake.take(context, DatasetId("electricity-bills"))
        assert refusal.value.code == "as_of_out_of_bounds"


def test_an_honest_package_is_released(attacked: Attacked) -> None:
    """What the attacks leave out is all that stands between them and a release."""
    assert attacked.reviewed(attacked.manifest) is ReleaseState.PUBLISHED
