"""What a manifest tells of a product's way, held against what the gate found itself.

The manifest goes out with the product. Whatever stands in it is therefore derived, verified or
drawn from a closed set: a worker that may write words or references there could carry rows out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from weir.contracts.plan import PlannedInput
from weir.errors import IntegrityError
from weir.gate.candidate import Candidate
from weir.gate.derive import ARTICLE, Derived
from weir.model import DisclosureVerdict, Grade, ScanReport
from weir.policy.terms import Phase, pack_phase


def check_figures(
    candidate: Candidate, derived: Derived, egress: ScanReport, disclosure: DisclosureVerdict
) -> None:
    """Raise `IntegrityError` (`figures_not_derivable`) where the manifest tells of quality,
    disclosure, authorisation or scans anything that the gate's own look does not give.

    Of the scans before masking that every cell was looked at is the worker's word, and no more than
    that: the gate scans the product, whole, and not every snapshot again.
    """
    told, plan = candidate.manifest.provenance, candidate.plan
    # The run went by the pack as it was when the run began, which the receipts vouch for.
    lapsed = pack_phase(plan.policy, candidate.manifest.created_at) is Phase.ENDED
    authorisation = replace(candidate.authorisation, policy_lapsed=lapsed)
    names = {planned.dataset.dataset: planned for planned in plan.inputs}
    wrong = [
        name
        for name, right in {
            "authorisation": told.authorisation == authorisation,
            "quality": told.quality == derived.quality,
            "disclosure": told.disclosure == (derived.disclosure or disclosure),
            "scans_before": all(
                scan.table == snapshot.dataset
                and scan.rows == snapshot.rows
                and _in_form(
                    scan,
                    egress,
                    [column.name for column in names[snapshot.dataset].snapshot_columns],
                    _grade(names[snapshot.dataset]),
                )
                for scan, snapshot in zip(told.scans_before, told.snapshots, strict=True)
            ),
            "scan_after": told.scan_after.table == plan.scenario.scenario
            and told.scan_after.rows == derived.rows_masked
            and _in_form(
                told.scan_after, egress, [column.name for column in plan.output], plan.grade
            ),
        }.items()
        if not right
    ]
    if wrong:
        raise IntegrityError(
            "figures_not_derivable",
            "the manifest tells of the product's way what the gate does not find",
            where={
                "scenario": candidate.release.scenario,
                "release": candidate.release.release_id,
                "parts": ", ".join(wrong),
            },
            article=ARTICLE,
            remedy="run the pipeline again with the same version as the gate's",
        )


def _in_form(scan: ScanReport, egress: ScanReport, columns: Iterable[str], grade: Grade) -> bool:
    """Whether a scan's report says that every cell was looked at, and nothing that a worker could
    choose: any free number would carry something out."""
    scanned = [field.column for field in scan.fields]
    return (
        scan.detector == egress.detector
        and scan.entities_covered == egress.entities_covered
        and not (scan.notes or scan.not_scanned or scan.verdict.reasons)
        and scan.grade == grade
        and (scanned == list(columns) if scan.rows else scanned in ([], list(columns)))
        and all(field.cells_scanned == scan.rows and not field.entities for field in scan.fields)
        and scan.cells == scan.rows * len(scanned)
    )


def _grade(planned: PlannedInput) -> Grade:
    fields = planned.dataset.fields
    grades = (fields[one.source].grade or Grade.GENERAL_4 for one in planned.fields)
    return max(grades, default=Grade.GENERAL_1)
