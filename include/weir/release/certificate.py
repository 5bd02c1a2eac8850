"""The release certificate: what the operator signs for a release, checkable without asking anyone.

A DSSE envelope over an in-toto Statement v1. Its subjects are every other file of the release. It
says what was looked for and not found; it never says that no personal information is present.
"""

from __future__ import annotations

import json
from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from weir.contracts.dataset import Name
from weir.crypto.canonical import canonical_json
from weir.crypto.dsse import Envelope, open_envelope, sign_envelope
from weir.crypto.sm2 import SigningKey, VerifyingKey
from weir.errors import ContractError, IntegrityError
from weir.model import DisclosureVerdict, ScanReport
from weir.release.manifest import MANIFEST, Manifest, RunName, Sm3Hex
from weir.release.provenance import Provenance
from weir.release.recall import NOT_EVALUATED, StatedRecall

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE: Literal["https://in-toto.io/Statement/v1"] = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE: Literal["urn:weir:release-certificate:v1"] = "urn:weir:release-certificate:v1"
ReleaseName = r"^rel-[0-9a-f]{32}$"

NOT_SCANNED = (
    "identifiers of kinds other than those listed as covered",
    "people, addresses and organisations described in words, but for columns mostly of them",
    "what could be inferred by joining the product with other data",
)
"""Standing limits of every scan; columns that were not scanned are added by name."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Subject(_Part):
    """A file of the release by its SM3 (GB/T 32905)."""

    name: str = Field(max_length=200)
    digest: dict[Literal["sm3"], Sm3Hex] = Field(min_length=1)


class Egress(_Part):
    """The gate's own scan of every cell that left, its limits, and what it noted beside them.

    `recall` is what is known of how much such a scan finds; certificates made before it was stated
    have none.
    """

    result: Literal["no finding"]
    rows: int
    cells: int
    detector: str
    entities_covered: tuple[str, ...]
    not_scanned: tuple[str, ...]
    notes: tuple[str, ...]
    recall: StatedRecall | None = Field(default=None, exclude_if=lambda value: value is None)


class Policy(_Part):
    """`lapsed` tells that the pack's own term was over and its use acknowledged (第二十四条)."""

    pack: str
    lapsed: bool


class Approval(_Part):
    """Who approved this release's manifest, in what capacity and when (第二十三条第(三)项)."""

    reviewer: str = Field(max_length=200)
    role: str = Field(max_length=100)
    manifest_sm3: Sm3Hex
    approved_at: AwareDatetime


class Predicate(_Part):
    """`checked` values are the gate's own measurements; `reported` is the pipeline's word, whose
    full form is in the manifest. A release whose contract has a standing approval needs no
    reviewers. `audit_record` is where it stands in the audit log: the record of the intent to
    publish it; certificates made before it was stated have none."""

    release_id: str = Field(pattern=ReleaseName)
    scenario: Name
    run_id: RunName
    contract_digest: Sm3Hex
    decision_digest: Sm3Hex
    decision: dict[str, Any]
    policy: Policy
    reviewers_needed: int = Field(default=0, ge=0)
    approvals: tuple[Approval, ...] = ()
    rows: int
    checked_egress: Egress
    checked_disclosure: DisclosureVerdict
    reported: Provenance
    code_version: str = Field(max_length=200)
    audit_record: UUID | None = Field(default=None, exclude_if=lambda value: value is None)
    produced_at: AwareDatetime
    certified_at: AwareDatetime


class Certificate(_Part):
    """The signed statement."""

    type_: Literal["https://in-toto.io/Statement/v1"] = Field(default=STATEMENT_TYPE, alias="_type")
    subject: tuple[Subject, ...]
    predicate_type: Literal["urn:weir:release-certificate:v1"] = Field(
        default=PREDICATE_TYPE, alias="predicateType"
    )
    predicate: Predicate

    def digests(self) -> dict[str, str]:
        """SM3 by file name."""
        return {subject.name: subject.digest["sm3"] for subject in self.subject}

    def approved(self) -> bool:
        """Whether as many distinct people as needed have approved this very manifest in time."""
        stated, manifest = self.predicate, self.digests().get(MANIFEST)
        people = {one.reviewer for one in stated.approvals}
        return len(people) == len(stated.approvals) >= stated.reviewers_needed and all(
            one.manifest_sm3 == manifest and one.approved_at <= stated.certified_at
            for one in stated.approvals
        )

    def sign(self, key: SigningKey) -> bytes:
        """certificate.json"""
        payload = canonical_json(self.model_dump(mode="json", by_alias=True))
        return canonical_json(sign_envelope(payload, PAYLOAD_TYPE, key).to_json())


def subjects(manifest: Manifest, manifest_sm3: str) -> tuple[Subject, ...]:
    """Every file of the release but the certificate itself, in the order of their names."""
    digests = {file.path: file.sm3 for file in manifest.files} | {MANIFEST: manifest_sm3}
    return tuple(Subject(name=name, digest={"sm3": digests[name]}) for name in sorted(digests))


def egress(
    scan: ScanReport, columns: tuple[str, ...], recall: StatedRecall = NOT_EVALUATED
) -> Egress:
    """The scan as the certificate states it; a scan that did not pass has no such form."""
    if not scan.verdict.passed:
        raise ContractError("scan_not_passed", "a refused scan cannot be certified")
    scanned = {field.column for field in scan.fields} - set(scan.not_scanned)
    missed = tuple(f"column {name}" for name in columns if name not in scanned)
    return Egress(
        result="no finding",
        rows=scan.rows,
        cells=scan.cells,
        detector=scan.detector,
        entities_covered=scan.entities_covered,
        not_scanned=missed + NOT_SCANNED,
        notes=tuple(note.what for note in scan.notes),
        recall=recall,
    )


def read_certificate(data: bytes, key: VerifyingKey) -> Certificate:
    """The certificate in `data`, signed by `key`.

    Raises `IntegrityError`: `certificate_malformed` when it is not a certificate in its one byte
    form, `signature_invalid` when `key` has not signed it.
    """
    payload = open_document(data, PAYLOAD_TYPE, key, "certificate_malformed")
    try:
        certificate = Certificate.model_validate_json(payload)
    except ValidationError:
        raise _malformed("certificate_malformed", "the statement has another schema") from None
    if canonical_json(certificate.model_dump(mode="json", by_alias=True)) != payload:
        raise _malformed("certificate_malformed", "the statement is not in canonical form")
    return certificate


def peek_certificate(data: bytes) -> Certificate | None:
    """What a certificate says, whoever signed it: nothing to rely on. None for what is none."""
    try:
        return Certificate.model_validate_json(Envelope.from_json(json.loads(data)).payload)
    except (ValueError, RecursionError, IntegrityError):
        return None


def open_document(data: bytes, payload_type: str, key: VerifyingKey, code: str) -> bytes:
    """The payload of a signed document whose every byte counts.

    An envelope leaves its own text unsigned: spaces, unknown members, further signatures and the
    key's name could change. Here they cannot: anything but the one canonical form with exactly one
    signature by `key` raises `IntegrityError`, under `code` or `signature_invalid`.
    """
    try:
        envelope = Envelope.from_json(json.loads(data))
        canonical = canonical_json(envelope.to_json())
    except (ValueError, RecursionError, IntegrityError, ContractError):
        raise _malformed(code, "the file is not a DSSE envelope") from None
    if canonical != data:
        raise _malformed(code, "the envelope is not in canonical form")
    if [signature.keyid for signature in envelope.signatures] != [key.key_id]:
        raise IntegrityError(
            "signature_invalid",
            "the envelope is not signed by the pinned key alone",
            where={"pinned_key": key.key_id, "signatures": len(envelope.signatures)},
        )
    return open_envelope(envelope, payload_type, (key,))


def _malformed(code: str, what: str) -> IntegrityError:
    return IntegrityError(code, what, remedy="fetch the release again from its bucket")
