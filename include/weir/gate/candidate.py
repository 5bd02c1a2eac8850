"""A release under check: staged bytes, fetched once, beside the gate's own compiled contract."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from weir.contracts.plan import Plan
from weir.crypto.sm3 import sm3_hex
from weir.errors import AuthorisationError, IntegrityError
from weir.gate.release_store import Release
from weir.model import Authorisation, Digest, ObjectRef
from weir.release.manifest import CONTENT, MANIFEST, MANIFEST_LIMIT_BYTES, Manifest, read_manifest
from weir.release.package import staging_prefix
from weir.storage.objects import STAGING, ObjectStore
from weir.storage.scratch import scratch_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """`folder` holds the manifest and every file it lists, each with the digest stated there.

    What is checked is what is published: these local files, never a second reading of staging.
    `authorisation` is the one that the run has to have gone by.
    """

    release: Release
    plan: Plan
    authorisation: Authorisation
    manifest: Manifest
    folder: Path


@contextmanager
def fetched(
    release: Release,
    plan: Plan,
    authorisation: Authorisation,
    *,
    store: ObjectStore,
    scratch: Path | None,
) -> Iterator[Candidate]:
    """The candidate of `release`. Raises `IntegrityError`: `digest_mismatch` for staged bytes that
    changed since they were named, and what `read_manifest` raises."""
    prefix = staging_prefix(release.scenario, release.run_id)
    data = store.get_bytes(STAGING, release.manifest.key, limit_bytes=MANIFEST_LIMIT_BYTES)
    if sm3_hex(data) != release.manifest.sm3:
        raise IntegrityError(
            "digest_mismatch",
            "the staged manifest is not the one that was handed in",
            where={"scenario": release.scenario, "release": release.release_id},
            article="第二十三条第(一)项",
            remedy="request the release of what is staged now",
        )
    manifest = read_manifest(data)
    with scratch_folder(scratch) as folder:
        (folder / MANIFEST).write_bytes(data)
        for path in CONTENT:
            stated = manifest.file(path)
            target = folder / path
            target.parent.mkdir(exist_ok=True)
            ref = ObjectRef(
                bucket=STAGING,
                key=prefix + path,
                sm3=Digest(stated.sm3),
                size_bytes=stated.size_bytes,
            )
            store.get_file(ref, target)
        yield Candidate(
            release=release,
            plan=plan,
            authorisation=authorisation,
            manifest=manifest,
            folder=folder,
        )


def check_staged_here(scenario: str, run_id: str, manifest: ObjectRef) -> None:
    """Raise `AuthorisationError` (code `staging_foreign`) unless the manifest lies exactly where
    this run of this scenario stages its package."""
    if manifest.bucket != STAGING or manifest.key != staging_prefix(scenario, run_id) + MANIFEST:
        raise AuthorisationError(
            "staging_foreign",
            "the manifest is not where this run of this scenario stages its package",
            where={"scenario": scenario},
            article="第二十三条第(一)项",
            remedy=f"stage it as {STAGING}/<scenario>/<run>/package/{MANIFEST}",
        )
