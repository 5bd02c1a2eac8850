"""What the demo runs, and what is meant to become of it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

EDITED = "edited-after-approval"
EDITED_FIELD = "contact_phone"
"""The bureau decided this contract without that field; the file was edited afterwards."""

RELEASED = ("sme-credit", "clinic-planning", "water-open")
REFUSED: Mapping[str, str] = MappingProxyType(
    {
        "prohibited-dataset": "dataset_prohibited",
        EDITED: "decision_for_other_digest",
    }
)
ALL = (*RELEASED, *REFUSED)
