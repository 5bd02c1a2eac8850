"""How well whole fields are told: by their header alone, and with their values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa

from weir.privacy.classification.header import read_header
from weir.privacy.classification.lexicon import Identifying, concept_of_entity
from weir.privacy.classification.survey import survey
from weir.privacy.detector import Detector
from weir.privacy.evaluation.scoring import Share
from weir.privacy.evaluation.tables import LabelledTable, Wording
from weir.privacy.evaluation.values import MAKERS


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldFigures:
    """Columns of one type each that were given their right class, and columns of look-alikes that
    were taken for direct identifiers."""

    by_header: Share
    with_values: Share
    lookalikes: Share


def field_figures(
    tables: Iterable[LabelledTable], wording: Wording, detector: Detector
) -> FieldFigures:
    """Over the columns that bear a header of the family."""
    kinds = {header: kind for kind, names in wording.headers.items() for header in names}
    by_header, with_values, lookalikes = [], [], []
    for table in tables:
        batch = pa.RecordBatch.from_arrays(table.arrays(), names=list(table.headers))
        told = survey(batch.schema, [batch], name=table.layout, detector=detector)
        for header, field in zip(table.headers, told.fields, strict=True):
            kind = kinds.get(header)
            if kind in MAKERS:
                right = concept_of_entity(kind)
                read = read_header(header)
                of_header = read.concept.classification if read else None
                by_header.append(right is not None and of_header is right.classification)
                with_values.append(
                    right is not None and field.classification is right.classification
                )
            elif kind is not None:
                lookalikes.append(field.identifying is Identifying.DIRECT)
    return FieldFigures(
        by_header=_share(by_header),
        with_values=_share(with_values),
        lookalikes=_share(lookalikes),
    )


def _share(of: list[bool]) -> Share:
    return Share(hits=sum(of), of=len(of))
