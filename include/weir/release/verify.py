"""Verify releases offline, with the operator's and the bureau's public keys and nothing else."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from uuid import UUID

from weir.crypto.dsse import Envelope
from weir.crypto.sm2 import VerifyingKey
from weir.crypto.sm3 import sm3_file, sm3_hex
from weir.errors import IntegrityError, WeirError
from weir.model import ReleaseId, ScenarioId
from weir.policy.decision import decision_digest, open_decision
from weir.release.certificate import Certificate, Predicate, read_certificate
from weir.release.findings import Failure, failure
from weir.release.latest import LATEST, read_latest
from weir.release.manifest import CERTIFICATE, CONTENT, MANIFEST, read_manifest
from weir.release.recall import StatedRecall
from weir.release.tombstone import TOMBSTONE, Tombstone, read_tombstone

RELEASES = "releases"
_LIMIT_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedRelease:
    """What a release's certificate states, once the operator's signature over it has held."""

    release_id: ReleaseId
    scenario: ScenarioId
    contract_digest: str
    rows: int
    files: int
    certificate_sm3: str
    manifest_sm3: str
    policy_pack: str
    policy_lapsed: bool
    reviewers_needed: int
    reviewed_by: tuple[str, ...]
    certified_at: datetime
    recall: StatedRecall | None = None
    audit_record: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """The answer: passed only if at least one release or tombstone was found and nothing is wrong
    with any. `delisted` is what was taken from consumers and left a tombstone that holds."""

    releases: tuple[VerifiedRelease, ...]
    failures: tuple[Failure, ...]
    delisted: tuple[Tombstone, ...] = ()

    @property
    def passed(self) -> bool:
        return bool(self.releases or self.delisted) and not self.failures


def verify_release(
    folder: Path, *, operator_key: VerifyingKey, bureau_key: VerifyingKey
) -> Verification:
    """Verify `folder`: one release, or the copy of a scenario's whole bucket.

    A bucket's copy holds latest.json and releases/<release id>/. Every byte of every file counts,
    names included: a changed, missing or additional file is a failure, and so is a release under
    another's name or an old pointer. A delisted release is its tombstone and its certificate: more
    of it is a failure, for it may no longer be used. Never raises for what it finds; needs no
    network.
    """
    if not folder.is_dir():
        return Verification(releases=(), failures=(failure("folder_missing", folder.name),))
    files, failures = _walk(folder)
    if any(path == LATEST or path.startswith(RELEASES + "/") for path in files):
        found = _verify_bucket(folder, files, operator_key, bureau_key)
    else:
        found = _verify_one(folder, "", files, operator_key, bureau_key)
        # Under a release's own name, another release is a replay; any other name is the reader's.
        name = folder.resolve().name
        if name.startswith("rel-") and _names(found) not in ({name}, set()):
            failures.append(failure("release_moved", name))
    return replace(found, failures=(*failures, *found.failures))


def _walk(folder: Path) -> tuple[set[str], list[Failure]]:
    """Relative paths of all regular files, and a failure for all that is neither file nor
    folder."""
    files: set[str] = set()
    failures: list[Failure] = []
    for parent, names, leaves in os.walk(folder):
        for name in [*names, *leaves]:
            path = Path(parent) / name
            mode = path.lstat().st_mode
            relative = path.relative_to(folder).as_posix()
            if stat.S_ISREG(mode):
                files.add(relative)
            elif not stat.S_ISDIR(mode):
                failures.append(failure("file_not_regular", relative))
    return files, failures


def _verify_bucket(
    folder: Path, files: set[str], operator_key: VerifyingKey, bureau_key: VerifyingKey
) -> Verification:
    by_release: dict[str, set[str]] = {}
    failures: list[Failure] = []
    for path in sorted(files - {LATEST}):
        top, *rest = PurePosixPath(path).parts
        if top == RELEASES and len(rest) > 1:
            by_release.setdefault(rest[0], set()).add("/".join(rest[1:]))
        else:
            failures.append(failure("file_unexpected", path))
    releases: list[VerifiedRelease] = []
    delisted: list[Tombstone] = []
    for name, held in sorted(by_release.items()):
        prefix = f"{RELEASES}/{name}/"
        one = _verify_one(folder, prefix, held, operator_key, bureau_key)
        failures.extend(one.failures)
        releases.extend(one.releases)
        delisted.extend(one.delisted)
        failures.extend(failure("release_moved", prefix) for stated in _names(one) - {name})
    scenarios = {str(one.scenario) for one in releases} | {one.scenario for one in delisted}
    if len(scenarios) > 1:
        failures.append(failure("scenario_mixed", RELEASES))
    if LATEST in files:
        failures.extend(_check_latest(folder / LATEST, scenarios, releases, operator_key))
    else:
        failures.append(failure("latest_missing", LATEST))
    return Verification(
        releases=tuple(releases), failures=tuple(failures), delisted=tuple(delisted)
    )


def _names(found: Verification) -> set[str]:
    names = {one.release_id for one in found.delisted}
    return names | {str(one.release_id) for one in found.releases}


def _check_latest(
    path: Path, scenarios: set[str], releases: list[VerifiedRelease], operator_key: VerifyingKey
) -> Iterator[Failure]:
    try:
        latest = read_latest(_small(path), operator_key)
    except WeirError as error:
        yield failure(error.code, LATEST)
        return
    named = [
        release
        for release in releases
        if release.release_id == latest.release_id
        and release.scenario == latest.scenario
        and release.manifest_sm3 == latest.manifest_sm3
        and release.certificate_sm3 == latest.certificate_sm3
        and release.certified_at == latest.certified_at
    ]
    if scenarios - {latest.scenario} or (latest.release_id is not None and not named):
        yield failure("latest_elsewhere", LATEST)
    elif any(latest.older_than(release.certified_at) for release in releases):
        yield failure("latest_outdated", LATEST)


def _verify_one(
    folder: Path,
    prefix: str,
    files: set[str],
    operator_key: VerifyingKey,
    bureau_key: VerifyingKey,
) -> Verification:
    if CERTIFICATE not in files:
        code, place = "certificate_missing", prefix + CERTIFICATE
        if not files:
            code, place = "folder_missing", prefix or folder.name
        return Verification(releases=(), failures=(failure(code, place),))
    try:
        data = _small(folder / prefix / CERTIFICATE)
        certificate = read_certificate(data, operator_key)
    except WeirError as error:
        return Verification(releases=(), failures=(failure(error.code, prefix + CERTIFICATE),))
    if TOMBSTONE in files:
        return _verify_delisted(
            folder, prefix, files, certificate, sm3_hex(data), operator_key, bureau_key
        )
    digests = certificate.digests()
    failures = [
        *_check_files(folder / prefix, prefix, files - {CERTIFICATE}, digests),
        *_check_manifest(folder / prefix / MANIFEST, prefix, certificate),
        *_check_decision(prefix, certificate.predicate, bureau_key),
    ]
    if sorted(s.name for s in certificate.subject) != sorted((*CONTENT, MANIFEST)):
        failures.append(failure("subjects_mismatch", prefix + CERTIFICATE))
    if not certificate.approved():
        failures.append(failure("approvals_insufficient", prefix + CERTIFICATE))
    predicate = certificate.predicate
    release = VerifiedRelease(
        release_id=ReleaseId(predicate.release_id),
        scenario=ScenarioId(predicate.scenario),
        contract_digest=predicate.contract_digest,
        rows=predicate.rows,
        files=len(digests) + 1,
        certificate_sm3=sm3_hex(data),
        manifest_sm3=digests.get(MANIFEST, ""),
        policy_pack=predicate.policy.pack,
        policy_lapsed=predicate.policy.lapsed,
        reviewers_needed=predicate.reviewers_needed,
        reviewed_by=tuple(one.reviewer for one in predicate.approvals),
        certified_at=predicate.certified_at,
        recall=predicate.checked_egress.recall,
        audit_record=predicate.audit_record,
    )
    return Verification(releases=(release,), failures=tuple(failures))


def _verify_delisted(
    folder: Path,
    prefix: str,
    files: set[str],
    certificate: Certificate,
    certificate_sm3: str,
    operator_key: VerifyingKey,
    bureau_key: VerifyingKey,
) -> Verification:
    path = prefix + TOMBSTONE
    try:
        tombstone = read_tombstone(_small(folder / path), operator_key)
    except WeirError as error:
        return Verification(releases=(), failures=(failure(error.code, path),))
    digests, stated = certificate.digests(), certificate.predicate
    failures = list(_check_decision(prefix, stated, bureau_key))
    if (
        tombstone.release_id != stated.release_id
        or tombstone.scenario != stated.scenario
        or tombstone.certificate_sm3 != certificate_sm3
        or tombstone.manifest_sm3 != digests.get(MANIFEST)
        or tombstone.delisted_at < stated.certified_at
        or not tombstone.ordered_as_stated(bureau_key)
    ):
        failures.append(failure("tombstone_mismatch", path))
    for name in sorted(files - {CERTIFICATE, TOMBSTONE}):
        code = "release_delisted" if name in digests else "file_unexpected"
        failures.append(failure(code, prefix + name))
    return Verification(releases=(), failures=tuple(failures), delisted=(tombstone,))


def _check_files(
    folder: Path, prefix: str, files: set[str], digests: dict[str, str]
) -> Iterator[Failure]:
    for name in sorted(digests.keys() - files):
        yield failure("file_missing", prefix + name)
    for name in sorted(files - digests.keys()):
        yield failure("file_unexpected", prefix + name)
    for name in sorted(files & digests.keys()):
        try:
            if sm3_file(folder / name) != digests[name]:
                yield failure("file_changed", prefix + name)
        except OSError:
            yield failure("file_unreadable", prefix + name)


def _check_manifest(path: Path, prefix: str, certificate: Certificate) -> Iterator[Failure]:
    if not path.is_file():
        return
    predicate = certificate.predicate
    try:
        manifest = read_manifest(_small(path))
    except WeirError as error:
        yield failure(error.code, prefix + MANIFEST)
        return
    stated = {file.path: file.sm3 for file in manifest.files}
    certified = {name: sm3 for name, sm3 in certificate.digests().items() if name != MANIFEST}
    if (
        stated != certified
        or manifest.scenario != predicate.scenario
        or manifest.run_id != predicate.run_id
        or manifest.contract_digest != predicate.contract_digest
        or manifest.rows != predicate.rows
        or manifest.provenance != predicate.reported
    ):
        yield failure("manifest_mismatch", prefix + MANIFEST)


def _check_decision(
    prefix: str, predicate: Predicate, bureau_key: VerifyingKey
) -> Iterator[Failure]:
    path = prefix + CERTIFICATE
    try:
        decision = open_decision(Envelope.from_json(predicate.decision), bureau_key)
    except WeirError:
        yield failure("decision_invalid", path)
        return
    if (
        decision.outcome != "agreed"
        or decision.scenario != predicate.scenario
        or decision.contract_digest != predicate.contract_digest
        or decision_digest(decision) != predicate.decision_digest
    ):
        yield failure("decision_not_covering", path)
    elif not decision.decided_at <= predicate.certified_at < decision.valid_until:
        yield failure("decision_out_of_term", path)


def _small(path: Path) -> bytes:
    try:
        with path.open("rb") as source:
            # What is longer than any honest file is cut, and so is in no canonical form.
            return source.read(_LIMIT_BYTES)
    except OSError:
        raise IntegrityError("file_unreadable", "the file cannot be read") from None
