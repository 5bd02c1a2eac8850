"""A consumer's copy of a bucket, made with the release room alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from fakes.memory_store import MemoryStore
from fakes.small_city import LIBRARY, NOW, RUN, SmallCity
from weir.crypto.dsse import Envelope
from weir.crypto.sm3 import sm3_hex
from weir.policy.decision import decision_digest, open_decision
from weir.policy.order import open_order
from weir.release.certificate import Certificate, Policy, Predicate, egress, subjects
from weir.release.latest import LATEST, Latest
from weir.release.manifest import CERTIFICATE, CONTENT, MANIFEST, read_manifest
from weir.release.tombstone import TOMBSTONE, Tombstone

FIRST = "rel-" + "1" * 32
SECOND = "rel-" + "2" * 32
THIRD = "rel-" + "3" * 32


def certificate_of(
    city: SmallCity,
    manifest_bytes: bytes,
    *,
    release_id: str = FIRST,
    certified_at: datetime = NOW,
    scenario: str = LIBRARY,
    lapsed: bool = False,
) -> Certificate:
    plan = city.plan(scenario)
    manifest = read_manifest(manifest_bytes)
    decision = city.decision(plan)
    names = tuple(column.name for column in plan.output)
    return Certificate(
        subject=subjects(manifest, sm3_hex(manifest_bytes)),
        predicate=Predicate(
            release_id=release_id,
            scenario=scenario,
            run_id=manifest.run_id,
            contract_digest=plan.contract_digest,
            decision_digest=decision_digest(open_decision(decision, city.bureau.public)),
            decision=decision.to_json(),
            policy=Policy(pack="city-2026", lapsed=lapsed),
            rows=manifest.rows,
            checked_egress=egress(manifest.provenance.scan_after, names),
            checked_disclosure=manifest.provenance.disclosure,
            reported=manifest.provenance,
            code_version="0.1.0",
            audit_record=UUID("0197c0de-0000-7000-8000-000000000001"),
            produced_at=manifest.created_at,
            certified_at=certified_at,
        ),
    )


def bury(city: SmallCity, folder: Path, release_id: str, *, order: Envelope | None = None) -> Path:
    """Leave certificate and tombstone of a release under `folder`; gives the tombstone's path."""
    target = folder / "releases" / release_id
    manifest = (target / MANIFEST).read_bytes()
    for path in (*CONTENT, MANIFEST):
        (target / path).unlink()
    (target / "data").rmdir()
    told = None if order is None else open_order(order, city.bureau.public)
    tombstone = Tombstone(
        scenario=LIBRARY,
        release_id=release_id,
        manifest_sm3=sm3_hex(manifest),
        certificate_sm3=sm3_hex((target / CERTIFICATE).read_bytes()),
        ordered_by="operator" if told is None else "bureau",
        ground="发现违规加工" if told is None else told.ground,
        article="第二十三条" if told is None else told.article,
        order={} if order is None else order.to_json(),
        delisted_at=NOW + timedelta(days=1),
    )
    (target / TOMBSTONE).write_bytes(tombstone.sign(city.operator))
    return target / TOMBSTONE


def write_release(
    city: SmallCity,
    folder: Path,
    *,
    release_id: str = FIRST,
    certified_at: datetime = NOW,
    scenario: str = LIBRARY,
    run_id: str = RUN,
    latest: bool = True,
    lapsed: bool = False,
) -> Path:
    """One release under `folder`, a bucket's copy; with `latest`, the pointer to it. Gives the
    release's own folder."""
    store = MemoryStore()
    packed = city.stage(store, city.decision(city.plan(scenario)), scenario=scenario, run_id=run_id)
    target = folder / "releases" / release_id
    for path, ref in zip(CONTENT, packed.files, strict=True):
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        store.get_file(ref, target / path)
    store.get_file(packed.manifest, target / MANIFEST)
    certificate = certificate_of(
        city,
        (target / MANIFEST).read_bytes(),
        release_id=release_id,
        certified_at=certified_at,
        scenario=scenario,
        lapsed=lapsed,
    )
    signed = certificate.sign(city.operator)
    (target / CERTIFICATE).write_bytes(signed)
    if latest:
        pointer = Latest(
            scenario=scenario,
            release_id=release_id,
            manifest_sm3=packed.manifest.sm3,
            certificate_sm3=sm3_hex(signed),
            certified_at=certified_at,
            pointed_at=certified_at,
        )
        (folder / LATEST).write_bytes(pointer.sign(city.operator))
    return target
