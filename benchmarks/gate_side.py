"""The gate's side of `gate_verdict.py`: a worker's run first, then the gate's verdict over it."""

from __future__ import annotations

import json
import resource
import sys
import time
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path

from weir.contracts.compile import compile_plan
from weir.contracts.loader import load_bundle
from weir.contracts.plan import Plan
from weir.crypto.file_keystore import FileKeyStore
from weir.crypto.sm2 import SigningKey, VerifyingKey
from weir.disclosure.assess import assess_disclosure
from weir.exchange.postgres import PostgresSource
from weir.exchange.pull import pull
from weir.exchange.receipt import Receipt, with_receipt
from weir.gate import checks
from weir.gate.candidate import fetched
from weir.gate.receipts import check_receipts
from weir.gate.reconcile import make_ready
from weir.gate.release_store import Release
from weir.masking.mask import mask
from weir.model import (
    Authorisation,
    Digest,
    ObjectRef,
    ReleaseId,
    ReleaseState,
    RunContext,
    RunId,
    ScenarioId,
    from_json,
    to_json,
)
from weir.policy.terms import Phase, pack_phase
from weir.privacy.redaction import redact
from weir.privacy.scan import scan_product, scan_snapshot
from weir.quality.check import check_quality
from weir.release.data_file import file_metadata
from weir.release.package import Provenance, package
from weir.settings import ROOT
from weir.storage.minio_store import MinioObjectStore
from weir.storage.objects import QUARANTINE, REPORTS, SNAPSHOTS, STAGING
from weir.storage.table import open_table

SCENARIO = ScenarioId("sme-credit")
RUN = RunId("bench")


def prepare(folder: Path, dsn: str, store: MinioObjectStore) -> None:
    """A worker's run up to its package; what the gate needs to know goes to `request.json`."""
    plan, keys, now = _plan(), FileKeyStore(folder / "keys"), datetime.now(UTC)
    context = RunContext(scenario=SCENARIO, run_id=RUN, as_of=now)
    for bucket in (SNAPSHOTS, QUARANTINE, STAGING, REPORTS):
        store.ensure_bucket(bucket)
    source = PostgresSource(dsn)
    intake = SigningKey.generate()
    (folder / "intake.pem").write_bytes(intake.public.to_pem())
    snapshots = [
        with_receipt(
            Receipt(
                run_id=RUN,
                contract_digest=plan.contract_digest,
                as_of=now,
                snapshot=pull(
                    plan, one, context, source=source, store=store, keys=keys, scratch=folder
                ),
            ),
            intake,
        )
        for one in plan.inputs
    ]
    pairs = list(zip(plan.inputs, snapshots, strict=True))
    quality = [
        check_quality(plan, planned, one, context, store=store, keys=keys, scratch=folder)
        for planned, one in pairs
    ]
    scans = [
        scan_snapshot(planned, one, store=store, keys=keys, scratch=folder)
        for planned, one in pairs
    ]
    product = mask(
        plan,
        {one.dataset: one for one in snapshots},
        {one.dataset: one for one in quality},
        context,
        store=store,
        keys=keys,
        redact=redact,
        metadata=file_metadata(plan),
        scratch=folder,
    )
    with open_table(product.data, store=store, scratch=folder) as table:
        rescan = scan_product(
            plan, table.batches(by_dictionary=True), seed=product.data.sm3, rows_hint=product.rows
        )
    disclosed, disclosure = assess_disclosure(plan, product, context, store=store, scratch=folder)
    leave = Authorisation(
        scenario=SCENARIO,
        contract_digest=plan.contract_digest,
        decision_digest=Digest("0" * 64),
        policy_pack=plan.policy.pack,
        policy_lapsed=pack_phase(plan.policy, now) is Phase.ENDED,
        valid_until=now + timedelta(days=1),
    )
    provenance = Provenance(
        authorisation=leave,
        snapshots=tuple(snapshots),
        quality=tuple(quality),
        scans_before=tuple(scans),
        scan_after=rescan,
        disclosure=disclosure,
    )
    packed = package(plan, disclosed, provenance, context, store=store, scratch=folder)
    told = {"leave": to_json(leave), "manifest": to_json(packed.manifest)}
    (folder / "request.json").write_text(json.dumps(told), encoding="utf-8")
    print(json.dumps({"rows": packed.rows, "rows_in": sum(one.rows for one in snapshots)}))


def verdict(folder: Path, store: MinioObjectStore) -> None:
    """The gate's checks over the staged package; prints seconds by check and the peak memory.

    Before the clock starts the process is what `weir serve gate` is: all that it imports is here,
    and its worker is ready.
    """
    for module in ("uvicorn", "weir.runtime.services", "weir.gate.app"):
        import_module(module)
    make_ready()
    told = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    plan, keys = _plan(), FileKeyStore(folder / "keys")
    release = Release(
        release_id=ReleaseId("rel-bench"),
        scenario=SCENARIO,
        run_id=RUN,
        manifest=from_json(ObjectRef, told["manifest"]),
        state=ReleaseState.CHECKING,
        attempts=1,
        intent_id=None,
        reason=None,
        rows=0,
        objects=0,
        requested_at=datetime.now(UTC),
        changed_at=datetime.now(UTC),
        published_at=None,
        certificate_sm3=Digest(""),
        requested_by=(),
        round=1,
        reviewers=0,
        approvals=0,
    )
    laps: dict[str, float] = {}
    began = last = time.perf_counter()
    began_cpu = time.process_time()

    def lap(name: str) -> None:
        nonlocal last
        here = time.perf_counter()
        laps[name] = round(here - last, 2)
        last = here

    leave = from_json(Authorisation, told["leave"])
    with fetched(release, plan, leave, store=store, scratch=folder) as candidate:
        lap("fetch")
        intake = VerifyingKey.from_pem((folder / "intake.pem").read_bytes())
        check_receipts(candidate, intake, datetime.now(UTC))
        checks.check_manifest(candidate)
        checks.check_documents(candidate)
        checks.check_schema(candidate)
        lap("documents")
        egress = checks.check_product(candidate, store=store, keys=keys, masking_keys=keys).egress
        rows = candidate.manifest.rows
    lap("product")
    print(
        json.dumps(
            {
                "seconds": round(time.perf_counter() - began, 2),
                "cpu_seconds": round(time.process_time() - began_cpu, 2),
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                "rows_out": rows,
                "cells_scanned": egress.cells,
                "share_of_product_derived": 1.0,
                "laps": laps,
            }
        )
    )


def _plan() -> Plan:
    return compile_plan(
        load_bundle(SCENARIO, ROOT / "contracts", ROOT / "policy", ROOT / "expectations")
    )


if __name__ == "__main__":
    step, place, source_dsn, *side = sys.argv[1:]
    reached = MinioObjectStore(*side, secure=False, region="us-east-1")
    if step == "prepare":
        prepare(Path(place), source_dsn, reached)
    else:
        verdict(Path(place), reached)
