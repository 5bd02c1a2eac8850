"""What a manifest tells of a product's way, held against what the gate found itself.

The manifest goes out with the product. Whatever stands in it is therefore derived, verified or
drawn from a closed set: a worker that may write words or references there could carry rows out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from weir.errors import IntegrityError
from weir.gate.candidate import Candidate
from weir.gate.derive import ARTICLE, Derived
from weir.model import ScanReport


def check_figures(candidate: Candidate, derived: Derived, egress: ScanReport) -> None:
    """Raise `IntegrityError` (`figures_not_derivable`) where the manifest tells of quality,
    disclosure, authorisation or scans anything that the gate's own look does not give.

    Of the scans before masking only the counts are left to the worker: the gate scans the product,
    whole, and not every snapshot again.
    """
    told, plan = candidate.manifest.provenance, candidate.plan
    ours = candidate.authorisation
    names = {planned.dataset.dataset: planned for planned in plan.inputs}
    wrong = [
        name
        for name, right in {
            "authorisation": replace(told.authorisation, policy_lapsed=ours.policy_lapsed) == ours,
            "quality": told.quality == derived.quality,
            "disclosure": told.disclosure == derived.disclosure,
            "scans_before": all(
                scan.table == snapshot.dataset
                and scan.rows == snapshot.rows
                and _in_form(
                    scan, egress, (c.name for c in names[snapshot.dataset].snapshot_columns)
                )
                for scan, snapshot in zip(told.scans_before, told.snapshots, strict=True)
            ),
            "scan_after": told.scan_after.table == plan.scenario.scenario
            and told.scan_after.rows == derived.rows_masked
            and _in_form(told.scan_after, egress, (column.name for column in plan.output)),
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


def _in_form(scan: ScanReport, egress: ScanReport, columns: Iterable[str]) -> bool:
    """Whether a scan's report holds numbers and known names only."""
    known = set(columns)
    return (
        scan.detector == egress.detector
        and scan.entities_covered == egress.entities_covered
        and not (scan.notes or scan.not_scanned or scan.verdict.reasons)
        and len({field.column for field in scan.fields}) == len(scan.fields)
        and all(
            field.column in known
            and 0 <= field.cells_scanned <= scan.rows
            and set(field.entities) <= set(scan.entities_covered)
            and all(0 <= cells <= scan.rows for cells in field.entities.values())
            for field in scan.fields
        )
    )
