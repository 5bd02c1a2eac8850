"""Where a product came from and what every stage said of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from weir.model import Authorisation, DisclosureVerdict, QualityVerdict, ScanReport, Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What the pipeline reports of a product; the manifest carries it whole.

    `snapshots`, `quality` and `scans_before` hold one value per input, in contract order;
    `scan_after` is the scan of the masked product. The gate derives quality and disclosure again
    and accepts no other figures; that every cell was scanned before masking is the pipeline's word,
    and the certificate states it apart from what the gate measured itself.
    """

    authorisation: Authorisation
    snapshots: tuple[Snapshot, ...]
    quality: tuple[QualityVerdict, ...]
    scans_before: tuple[ScanReport, ...]
    scan_after: ScanReport
    disclosure: DisclosureVerdict

    def outward(self) -> Self:
        """What of it leaves with a release: no reference to what lies in the operator's store."""
        return replace(
            self,
            quality=tuple(outward(one) for one in self.quality),
            scans_before=tuple(_coverage(one) for one in self.scans_before),
            scan_after=_coverage(self.scan_after),
        )


def _coverage(scan: ScanReport) -> ScanReport:
    """What was looked at, without what was found: the findings stay with operator and bureau."""
    fields = tuple(replace(field, entities={}) for field in scan.fields)
    return replace(scan, notes=(), fields=fields)


def outward(quality: QualityVerdict) -> QualityVerdict:
    """The verdict without where quarantine and report lie."""
    return replace(quality, quarantine=None, quarantine_key_id=None, report=None)
