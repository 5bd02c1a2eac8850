"""Which of the names, addresses and organisations that a model finds in a column count.

A model errs by spelling: 白鹤林 in 白鹤林水库 looks like a person, 川府发〔2023〕198号 like a door.
What a check digit proves is never weighed; what a model supposes is, against the header and the
shape of the other values.
"""

from __future__ import annotations

from collections.abc import Mapping

from weir.contracts.dataset import Classification
from weir.model import Reason
from weir.privacy.classification.header import HEAD, HeaderReading
from weir.privacy.classification.profile import ColumnProfile

_SHAPES = {"PERSON_NAME": "name", "ADDRESS": "address", "ORGANISATION": "organisation"}
"""By type of the model, the shape that a column of nothing else has."""

_MOST = 0.5
_TEXT = 0.3
"""A column of text has this share of long values: a name may stand anywhere in it."""
_ERRORS = 0.01
"""About as many texts without a name have one by the model's mistake."""
_FEW = 0.1


def counted(
    found: Mapping[str, int], profile: ColumnProfile, header: HeaderReading | None
) -> tuple[dict[str, int], list[Reason]]:
    """Of the cells found by type, the types that count, and a reason for each that does not."""
    kept, reasons = {}, []
    for kind, cells in found.items():
        if kind in _SHAPES and _is_outweighed(kind, cells, profile, header):
            against = f"the header says {header.word}" if header else "few or of another shape"
            reasons.append(
                Reason(
                    code="names_outweighed",
                    what=f"{cells} of {profile.filled} values look like {kind}; "
                    f"not counted: {against}",
                )
            )
        else:
            kept[kind] = cells
    return kept, reasons


def _is_outweighed(
    kind: str, cells: int, profile: ColumnProfile, header: HeaderReading | None
) -> bool:
    if header is not None and kind in header.concept.entities:
        return False
    share = cells / max(profile.filled, 1)
    borne_out = profile.share(_SHAPES[kind])
    if header is not None and header.strength >= HEAD:
        if header.concept.classification is Classification.FREE_TEXT:
            return share < _ERRORS
        return share < _MOST or borne_out < _MOST
    if profile.share("long") >= _TEXT:
        return share < _ERRORS
    return share < _FEW or (share < _MOST and borne_out < share * _MOST)
