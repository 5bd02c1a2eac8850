"""What the gate asks of a product's bytes. Nothing that staging says is taken on trust."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime
from functools import partial as bind

import pyarrow as pa

from weir.crypto.keystore import KeyStore
from weir.crypto.sm2 import VerifyingKey
from weir.disclosure.assess import recheck_disclosure
from weir.errors import (
    DisclosureError,
    IntegrityError,
    LeakError,
    QualityError,
)
from weir.gate.candidate import Candidate
from weir.gate.derive import check_derivation
from weir.gate.figures import check_figures
from weir.gate.receipts import check_receipts, without_receipts
from weir.model import Digest, DisclosureVerdict, ScanReport, require, to_json
from weir.privacy.canaries import Canaries
from weir.privacy.redaction import redact
from weir.privacy.scan import scan_product
from weir.release.data_file import check_columns
from weir.release.dictionary import dictionary_bytes
from weir.release.manifest import DATA, DICTIONARY, NOTICE
from weir.release.notice import notice_bytes
from weir.storage.objects import ObjectStore
from weir.storage.parquet import TableReader


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What the gate measured itself."""

    egress: ScanReport
    disclosure: DisclosureVerdict


def check(
    candidate: Candidate,
    *,
    store: ObjectStore,
    keys: KeyStore,
    masking_keys: KeyStore,
    intake_key: VerifyingKey,
    now: datetime,
    canaries: Canaries,
) -> Checked:
    """Every check over the bytes, cheap ones first. Raises the `RefusedError` of the first that
    fails, in their order here; its text holds names and counts only."""
    check_manifest(candidate)
    check_receipts(candidate, intake_key, now)
    check_documents(candidate)
    check_schema(candidate)
    check_canaries(candidate, canaries)
    return check_product(candidate, store=store, keys=keys, masking_keys=masking_keys)


def check_product(
    candidate: Candidate, *, store: ObjectStore, keys: KeyStore, masking_keys: KeyStore
) -> Checked:
    """What lies in staging is looked at while it is derived again, each on a processor."""
    with ThreadPoolExecutor(1, "derivation") as beside:
        derivation = beside.submit(
            copy_context().run,
            bind(check_derivation, candidate, store=store, keys=keys, masking_keys=masking_keys),
        )
        checked = Checked(egress=check_egress(candidate), disclosure=check_disclosure(candidate))
        derived = derivation.result()
    check_figures(candidate, derived, checked.egress, checked.disclosure)
    return checked


def check_manifest(candidate: Candidate) -> None:
    """The manifest is of this run and of the contract's output, and tells of every input a pull, a
    suite that passed and a scan that passed."""
    manifest, plan, release = candidate.manifest, candidate.plan, candidate.release
    if (
        manifest.scenario != release.scenario
        or manifest.run_id != release.run_id
        or manifest.columns != plan.output_columns
        or manifest.rows != manifest.file(DATA).rows
    ):
        raise IntegrityError(
            "manifest_mismatch",
            "the manifest is not of this run and of the contract's output",
            where=_where(candidate),
            article="第二十三条第(一)项",
            remedy="run the pipeline again under the contract as decided",
        )
    _check_provenance(candidate)
    # A receipt is signed, or refused: its text is none that a worker can write.
    bare = without_receipts(candidate).manifest
    texts = sorted({manifest.run_id, *_texts(to_json(bare.provenance))})
    if redact(pa.array(texts, pa.string())).to_pylist() != texts:
        raise LeakError(
            "identifier_in_manifest",
            "a text of the manifest looks like an identifier",
            where=_where(candidate),
            article="第十九条",
            remedy="find which stage put it there; the manifest names what it holds",
        )


def check_documents(candidate: Candidate) -> None:
    """Dictionary and notice are what the contract renders to: no other words leave."""
    for path, wanted in (
        (DICTIONARY, dictionary_bytes(candidate.plan)),
        (NOTICE, notice_bytes(candidate.plan)),
    ):
        if (candidate.folder / path).read_bytes() != wanted:
            raise IntegrityError(
                "document_mismatch",
                "a document is not what the contract renders to",
                where=_where(candidate) | {"file": path},
                article="第十四条",
                remedy="run the pipeline again with this version's package step",
            )


def check_schema(candidate: Candidate) -> None:
    """The data file is a table in the columns of the contract's output."""
    with _table(candidate) as table:
        check_columns(table.schema, candidate.plan)


def check_canaries(candidate: Candidate, canaries: Canaries) -> None:
    """No cell holds a canary: where one got through, anybody may have."""
    with _table(candidate) as table:
        cells = sum(canaries.cells_in(batch) for batch in table.batches()) if canaries.values else 0
    if cells:
        raise LeakError(
            "canary_in_product",
            "the product holds a canary, which no product may",
            where=_where(candidate) | {"cells": cells},
            article="第十九条",
            remedy="find the field that let it through; the gate has opened an incident",
        )


def check_egress(candidate: Candidate) -> ScanReport:
    """A scan of every cell; a finding refuses the release."""
    with _table(candidate) as table:
        report = scan_product(
            candidate.plan,
            table.batches(by_dictionary=True),
            seed=Digest(candidate.manifest.file(DATA).sm3),
            rows_hint=table.rows,
            # The derivation beside it takes longer, and is what a release waits for.
            threads=1,
        )
    require(report.verdict, LeakError, **_where(candidate))
    scanned = {field.column for field in report.fields}
    wanted = {column.name for column in candidate.plan.output} if report.rows else set()
    if report.rows != candidate.manifest.rows or not wanted <= scanned or report.not_scanned:
        raise LeakError(
            "scan_incomplete",
            "the scan did not look at the whole product",
            where=_where(candidate) | {"rows_scanned": report.rows},
            article="第十九条",
            remedy="report this: a scan must cover every cell",
        )
    return report


def check_disclosure(candidate: Candidate) -> DisclosureVerdict:
    """The contract's disclosure rule, counted again over the product."""
    with _table(candidate) as table:
        verdict = recheck_disclosure(candidate.plan, table)
    require(verdict.verdict, DisclosureError, **_where(candidate))
    return verdict


def _check_provenance(candidate: Candidate) -> None:
    told, plan = candidate.manifest.provenance, candidate.plan
    inputs = [planned.dataset.dataset for planned in plan.inputs]
    verdicts = [
        *(one.verdict for one in told.quality),
        *(one.verdict for one in told.scans_before),
        told.scan_after.verdict,
        told.disclosure.verdict,
    ]
    quality = {one.suite: one.suite_digest for one in told.quality}
    if (
        [snapshot.dataset for snapshot in told.snapshots] != inputs
        or [one.dataset for one in told.quality] != inputs
        or len(told.scans_before) != len(inputs)
        or any(snapshot.scenario != plan.scenario.scenario for snapshot in told.snapshots)
        or any(plan.suite_digests.get(suite) != digest for suite, digest in quality.items())
        or told.authorisation.contract_digest != plan.contract_digest
        or told.authorisation.decision_digest != candidate.authorisation.decision_digest
        or not all(verdict.passed for verdict in verdicts)
    ):
        raise QualityError(
            "provenance_incomplete",
            "the manifest does not tell, of every input, a pull, a suite and a scan that passed",
            where=_where(candidate) | {"inputs": len(inputs)},
            article="第六条",
            remedy="run every stage of the pipeline, under the decision in force",
        )


@contextmanager
def _table(candidate: Candidate) -> Iterator[TableReader]:
    with (candidate.folder / DATA).open("rb") as source:
        yield TableReader(source)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(key)
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _where(candidate: Candidate) -> dict[str, str | int]:
    return {"scenario": candidate.release.scenario, "release": candidate.release.release_id}
