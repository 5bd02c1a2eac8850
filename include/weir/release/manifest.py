"""The manifest: every file of a product with its SM3, and where the product came from."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
)

from weir.contracts.dataset import Name
from weir.crypto.canonical import canonical_json
from weir.errors import IntegrityError
from weir.model import Column
from weir.release.provenance import Provenance

MANIFEST = "manifest.json"
CERTIFICATE = "certificate.json"
DICTIONARY = "dictionary.json"
NOTICE = "README.txt"
DATA = "data/part-00000.parquet"
CONTENT = (NOTICE, DATA, DICTIONARY)
"""The files a manifest lists, in its order; a release holds these, the manifest and the
certificate, and nothing else."""

JSON = "application/json"
TEXT = "text/plain; charset=utf-8"

MANIFEST_LIMIT_BYTES = 4 * 1024 * 1024

Sm3Hex = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
RunName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:+~-]{0,199}$")]
"""What an orchestrator may call a run; it becomes part of object keys."""


class ManifestFile(BaseModel):
    """One file. `rows` counts the rows of a table and is 0 for a document."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Literal["README.txt", "data/part-00000.parquet", "dictionary.json"]
    sm3: Sm3Hex
    size_bytes: int = Field(ge=0)
    rows: int = Field(ge=0)


class Manifest(BaseModel):
    """manifest.json. Its canonical bytes are its identity: approvals and releases bind to their
    SM3."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    schema_: Literal["weir/manifest/v1"] = Field(default="weir/manifest/v1", alias="schema")
    scenario: Name
    run_id: RunName
    contract_digest: Sm3Hex
    files: tuple[ManifestFile, ...]
    columns: tuple[Column, ...] = Field(min_length=1)
    rows: int = Field(ge=0)
    provenance: Provenance
    created_at: AwareDatetime

    @field_validator("files")
    @classmethod
    def _whole_and_in_order(cls, files: tuple[ManifestFile, ...]) -> tuple[ManifestFile, ...]:
        if tuple(file.path for file in files) != CONTENT:
            raise ValueError(f"files are exactly {', '.join(CONTENT)}, in this order")
        return files

    def to_bytes(self) -> bytes:
        """Canonical JSON: sorted keys, UTF-8, no floats."""
        return canonical_json(self.model_dump(mode="json", by_alias=True))

    def file(self, path: str) -> ManifestFile:
        return next(file for file in self.files if file.path == path)


def read_manifest(data: bytes) -> Manifest:
    """The manifest in `data`.

    Raises `IntegrityError`: `manifest_malformed` when it does not parse or holds what no manifest
    holds, `manifest_not_canonical` when other bytes could mean the same.
    """
    try:
        manifest = Manifest.model_validate_json(data)
    except ValidationError as error:
        raise IntegrityError(
            "manifest_malformed",
            "the manifest does not have the shape of its schema",
            where={"paths": _paths(error), "errors": error.error_count()},
            remedy="stage the product again with this version's package step",
        ) from None
    if manifest.to_bytes() != data:
        raise IntegrityError(
            "manifest_not_canonical",
            "the manifest is not in canonical form",
            remedy="stage the product again with this version's package step",
        )
    return manifest


def _paths(error: ValidationError) -> str:
    # An unknown key is text from outside: only names of our own schema are told.
    known = {"schema", *Manifest.model_fields}
    places = (entry["loc"] for entry in error.errors(include_input=False))
    return ", ".join(sorted({str(place[0]) for place in places if place and place[0] in known}))
