"""A scan's detector that also finds names, addresses and organisations.

    TableScan(schema, names_detector()).add(batches)

What it finds are likely names, not identifiers with a check digit: see docs/models/names.md on what
a scan must weigh before it refuses for them.
"""

from __future__ import annotations

from functools import cache

from weir.privacy.bulk import TableBulk
from weir.privacy.detector import Detector, table_kernel
from weir.privacy.names.bulk import NamesBulk


@cache
def names_detector() -> Detector:
    """The entity table's detector with the model that ships with the package."""
    return Detector([TableBulk(table_kernel()), NamesBulk()])
