"""Where a product came from and what every stage said of it."""

from __future__ import annotations

from dataclasses import dataclass

from weir.model import Authorisation, DisclosureVerdict, QualityVerdict, ScanReport, Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What the pipeline reports of a product; the manifest carries it whole.

    `snapshots`, `quality` and `scans_before` hold one value per input, in contract order;
    `scan_after` is the scan of the masked product. They are the pipeline's word: the gate checks
    that they are complete, consistent with the contract and all passed, and states them in the
    certificate apart from what it measured itself.
    """

    authorisation: Authorisation
    snapshots: tuple[Snapshot, ...]
    quality: tuple[QualityVerdict, ...]
    scans_before: tuple[ScanReport, ...]
    scan_after: ScanReport
    disclosure: DisclosureVerdict
