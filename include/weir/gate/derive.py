"""The product once more, from the sealed snapshots, by the gate itself.

The stages are the pipeline's own and give equal bytes for equal inputs. So what a worker says of
quality, quarantine, masks and disclosure is compared and never believed, and rows that do not
follow from the snapshots under the contract cannot pass: invented, brought back from quarantine,
left unmasked, doubled or put in another order, they give other bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from hmac import compare_digest

from weir.crypto.borrowed_keys import BorrowedKeys
from weir.crypto.keystore import KeyStore
from weir.disclosure.assess import assess_disclosure
from weir.errors import DisclosureError, IntegrityError, QualityError
from weir.gate.candidate import Candidate
from weir.masking.identifiers import MASKING_KEYS, masking_keys_of
from weir.masking.mask import mask
from weir.model import (
    DatasetId,
    DisclosureVerdict,
    QualityVerdict,
    RunContext,
    StagedProduct,
    require,
)
from weir.privacy.redaction import redact
from weir.quality.check import check_quality
from weir.release.data_file import file_metadata
from weir.release.manifest import DATA
from weir.release.provenance import outward
from weir.storage.objects import SNAPSHOTS, ObjectStore
from weir.storage.overlay import OverlayStore
from weir.storage.scratch import scratch_folder

ARTICLE = "第二十三条第(二)项"


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """What the gate found by doing the pipeline's work again.

    `disclosure` is None where the staged file has all rows that were masked: what is found of it
    is what suppression found.
    """

    quality: tuple[QualityVerdict, ...]
    disclosure: DisclosureVerdict | None
    rows_masked: int


def check_derivation(
    candidate: Candidate, *, store: ObjectStore, keys: KeyStore, masking_keys: KeyStore
) -> Derived:
    """Raise unless the snapshots give exactly the staged data file under the gate's own contract
    and `masking_keys`. What workers find in `keys` opens snapshots and masks nothing here.

    Raises `QualityError` and `DisclosureError` where the snapshots should have been refused,
    `IntegrityError` (`product_not_derivable`) where the product is another one than follows from
    them, also by another key (`masking_key_foreign`, where that key still lies there), and what
    the stages raise: `digest_mismatch`, `key_missing`, `seal_broken` and the like.
    """
    plan = candidate.plan
    where: dict[str, str | int] = {"scenario": candidate.release.scenario}
    context = RunContext(
        scenario=candidate.release.scenario,
        run_id=candidate.release.run_id,
        as_of=candidate.manifest.created_at,
    )
    borrowed = BorrowedKeys(keys, own="quarantine/", apart={MASKING_KEYS: masking_keys})
    snapshots = {one.dataset: one for one in candidate.manifest.provenance.snapshots}
    with scratch_folder(candidate.folder) as folder:
        overlay = OverlayStore(folder, store, {SNAPSHOTS})
        quality = {}
        for planned in plan.inputs:
            snapshot = snapshots[DatasetId(planned.dataset.dataset)]
            verdict = check_quality(
                plan,
                planned,
                snapshot,
                context,
                store=overlay,
                keys=borrowed,
                scratch=folder,
                keep=False,
            )
            require(verdict.verdict, QualityError, dataset=snapshot.dataset, **where)
            quality[snapshot.dataset] = verdict
        product = mask(
            plan,
            snapshots,
            quality,
            context,
            store=overlay,
            keys=borrowed,
            redact=redact,
            metadata=file_metadata(plan),
            scratch=folder,
        )
        staged, disclosed, disclosure = candidate.manifest.file(DATA).sm3, product, None
        if product.data.sm3 != staged:
            disclosed, disclosure = assess_disclosure(
                plan, product, context, store=overlay, scratch=folder
            )
            require(disclosure.verdict, DisclosureError, **where)
    if disclosed.data.sm3 != staged:
        _check_masking_keys(candidate, keys, masking_keys)
        raise _not_derivable(candidate, disclosed)
    return Derived(
        quality=tuple(outward(quality[one]) for one in snapshots),
        disclosure=disclosure,
        rows_masked=product.rows,
    )


def _check_masking_keys(candidate: Candidate, keys: KeyStore, masking_keys: KeyStore) -> None:
    foreign = [
        key_id
        for key_id in masking_keys_of(candidate.plan)
        if not compare_digest(keys.get(key_id), masking_keys.get(key_id))
    ]
    if foreign:
        raise IntegrityError(
            "masking_key_foreign",
            "workers mask with another key than the one that the intake made",
            where={
                "scenario": candidate.release.scenario,
                "release": candidate.release.release_id,
                "key_id": foreign[0],
            },
            article=ARTICLE,
            remedy="find out who wrote to the workers' keystore; the next run's pull restores it",
        )


def _not_derivable(candidate: Candidate, derived: StagedProduct) -> IntegrityError:
    return IntegrityError(
        "product_not_derivable",
        "the staged product is not what the snapshots give under the contract",
        where={
            "scenario": candidate.release.scenario,
            "release": candidate.release.release_id,
            "rows": candidate.manifest.rows,
            "rows_derived": derived.rows,
        },
        article=ARTICLE,
        remedy="find out who staged it; run the pipeline again with the same version as the gate's",
    )
