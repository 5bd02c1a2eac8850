"""Stage `package`: a disclosed product becomes data, dictionary, notice and manifest."""

from __future__ import annotations

from pathlib import Path

from weir.contracts.plan import Plan
from weir.errors import IntegrityError
from weir.model import ObjectRef, Package, RunContext, StagedProduct
from weir.release.data_file import check_columns
from weir.release.dictionary import dictionary_bytes
from weir.release.manifest import (
    CONTENT,
    DATA,
    DICTIONARY,
    JSON,
    MANIFEST,
    NOTICE,
    TEXT,
    Manifest,
    ManifestFile,
)
from weir.release.notice import notice_bytes
from weir.release.provenance import Provenance
from weir.storage.objects import STAGING, ObjectStore
from weir.storage.parquet import TableReader
from weir.storage.scratch import scratch_folder
from weir.storage.table import PARQUET

__all__ = ["Provenance", "package", "staging_prefix"]


def staging_prefix(scenario: str, run_id: str) -> str:
    """Where a run's package lies in the staging bucket, with a slash at the end."""
    return f"{scenario}/{run_id}/package/"


def package(
    plan: Plan,
    product: StagedProduct,
    provenance: Provenance,
    context: RunContext,
    *,
    store: ObjectStore,
    scratch: Path | None = None,
) -> Package:
    """Stage the files of a release under `<scenario>/<run_id>/package/`; the manifest comes last.

    The same product, provenance and context give the same bytes, so a second attempt overwrites
    the first with itself. Raises `SchemaDriftError` when the product is not the contract's output
    and `IntegrityError` (code `product_rows_mismatch`) when it holds other rows than it states.
    """
    prefix = staging_prefix(context.scenario, context.run_id)
    with scratch_folder(scratch) as folder:
        path = folder / "data.parquet"
        store.get_file(product.data, path)
        with path.open("rb") as source:
            table = TableReader(source)
        check_columns(table.schema, plan)
        if table.rows != product.rows:
            raise IntegrityError(
                "product_rows_mismatch",
                "the staged product holds other rows than its reference states",
                where={"rows": table.rows, "rows_stated": product.rows},
            )
        data = store.put_file(STAGING, prefix + DATA, path, content_type=PARQUET)
    staged = {
        DATA: data,
        DICTIONARY: store.put_bytes(
            STAGING, prefix + DICTIONARY, dictionary_bytes(plan), content_type=JSON
        ),
        NOTICE: store.put_bytes(STAGING, prefix + NOTICE, notice_bytes(plan), content_type=TEXT),
    }
    manifest = Manifest(
        scenario=context.scenario,
        run_id=context.run_id,
        contract_digest=plan.contract_digest,
        files=tuple(_entry(path, staged[path], table.rows) for path in CONTENT),
        columns=plan.output_columns,
        rows=table.rows,
        provenance=provenance.outward(),
        created_at=context.as_of,
    )
    return Package(
        manifest=store.put_bytes(
            STAGING, prefix + MANIFEST, manifest.to_bytes(), content_type=JSON
        ),
        files=tuple(staged[path] for path in CONTENT),
        rows=table.rows,
    )


def _entry(path: str, ref: ObjectRef, rows: int) -> ManifestFile:
    return ManifestFile.model_validate(
        {
            "path": path,
            "sm3": ref.sm3,
            "size_bytes": ref.size_bytes,
            "rows": rows if path == DATA else 0,
        }
    )
