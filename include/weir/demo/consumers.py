"""The demo's data users: each fetches with its own credential and verifies offline."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from weir.crypto.sm2 import VerifyingKey
from weir.errors import ContractError
from weir.model import ReleaseId, ScenarioId
from weir.release.fetch import fetch_bucket
from weir.release.verify import RELEASES, VerifiedRelease, verify_release
from weir.settings import Settings
from weir.storage.minio_store import MinioObjectStore
from weir.storage.provisioning import Credential


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What one data user holds now, whether all of it verified, and what its certificates state."""

    objects: int
    verified: bool
    releases: tuple[VerifiedRelease, ...]


def fetch_and_verify(
    scenario: str, credential: Credential, settings: Settings, folder: Path
) -> Fetched:
    """Copy the scenario's bucket to `folder` under `credential`, then verify the copy."""
    if settings.operator_public_key is None or settings.bureau_public_key is None:
        raise ContractError("public_keys_missing", "the pinned public keys are not configured")
    objects = fetch_bucket(_store(credential, settings), f"release-{scenario}", folder)
    outcome = verify_release(
        folder,
        operator_key=VerifyingKey.from_pem(settings.operator_public_key.read_bytes()),
        bureau_key=VerifyingKey.from_pem(settings.bureau_public_key.read_bytes()),
    )
    return Fetched(objects=objects, verified=outcome.passed, releases=outcome.releases)


def visible_objects(
    scenario: ScenarioId, release_id: ReleaseId, credential: Credential, settings: Settings
) -> int:
    """How many objects of a release the data user finds in its bucket now."""
    store = _store(credential, settings)
    return sum(1 for _ in store.list(f"release-{scenario}", f"{RELEASES}/{release_id}/"))


def _store(credential: Credential, settings: Settings) -> MinioObjectStore:
    return MinioObjectStore(
        settings.s3_endpoint,
        credential.access_key,
        credential.secret_key,
        secure=settings.s3_secure,
        region=settings.s3_region,
    )
